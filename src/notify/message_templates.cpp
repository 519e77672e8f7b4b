#include "notify/message_templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

#include "base/encode.h"
#include "base/file_text.h"
#include "base/limits.h"
#include "base/text.h"
#include "notify/built_in_templates.h"

namespace vedette::notify {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::array<std::string_view, message_template_count> names{"mail_subject.txt",
                                                                     "mail.txt",
                                                                     "mail.html",
                                                                     "discord.json",
                                                                     "slack.json",
                                                                     "teams.json",
                                                                     "webhook.json",
                                                                     "jira.json",
                                                                     "jira_update.json",
                                                                     "servicenow.json",
                                                                     "servicenow_update.json",
                                                                     "github.json",
                                                                     "github_update.json",
                                                                     "policy_subject.txt",
                                                                     "policy.txt",
                                                                     "policy.html"};

}  // namespace

std::string_view name_of(MessageTemplate which) {
  return names.at(static_cast<std::size_t>(which));
}

Result<void> MessageTemplates::put(MessageTemplate which, std::string_view text) {
  const std::string_view name = name_of(which);
  const bool is_json = name.ends_with(".json");
  // A subject is one line; the line end is the file's.
  if (which == MessageTemplate::mail_subject || which == MessageTemplate::policy_subject)
    text = base::trim(text);
  templates_.at(static_cast<std::size_t>(which)) = VEDETTE_TRY(
      Template::parse(std::string(name), text, is_json ? TemplateForm::json : TemplateForm::text));
  return {};
}

std::shared_ptr<const MessageTemplates> MessageTemplates::built_in() {
  static const auto made = [] {
    auto all = std::make_shared<MessageTemplates>();
    for (std::size_t i = 0; i < message_template_count; ++i) {
      const auto which = static_cast<MessageTemplate>(i);
      const std::string_view text = built_in_template(which);
      if (text.empty()) continue;
      [[maybe_unused]] const auto done = all->put(which, text);
      assert(done);  // held by the tests
    }
    return std::shared_ptr<const MessageTemplates>(std::move(all));
  }();
  return made;
}

Result<std::shared_ptr<const MessageTemplates>> MessageTemplates::load(
    const std::filesystem::path& folder) {
  auto all = std::make_shared<MessageTemplates>(*built_in());
  std::error_code error;
  std::filesystem::directory_iterator entries(folder, error);
  const std::string shown = base::encode_terminal(folder.string());
  if (error) return base::system_failure("cannot look into " + shown, error.value());
  for (std::size_t count = 0; entries != std::filesystem::directory_iterator();
       entries.increment(error)) {
    if (error || ++count > base::limits::template_files_max) break;
    const std::string name = entries->path().filename().string();
    if (name.starts_with(".") || name.ends_with("~")) continue;  // an editor's, a system's
    const auto known = std::ranges::find(names, name);
    if (known == names.end()) {
      const std::string_view near =
          base::nearest(name, std::vector<std::string_view>(names.begin(), names.end()));
      return base::failure(
          ErrorCode::invalid_argument,
          fmt::format("{}: {} is the name of no template; {}", shown,
                      base::encode_terminal(name, 100),
                      near.empty() ? fmt::format("there are: {}", fmt::join(names, ", "))
                                   : fmt::format("did you mean {}?", near)));
    }
    const auto which = static_cast<MessageTemplate>(known - names.begin());
    auto put = all->put(
        which, VEDETTE_TRY(base::read_file(entries->path(), base::limits::template_bytes_max)));
    if (!put) return std::unexpected(base::Error(put.error()).within(shown));
  }
  if (error) return base::system_failure("cannot look into " + shown, error.value());
  return all;
}

const Template* MessageTemplates::find(MessageTemplate which) const {
  const auto& found = templates_.at(static_cast<std::size_t>(which));
  return found ? &*found : nullptr;
}

std::string MessageTemplates::fill(MessageTemplate which, const FieldSource& fields) const {
  const Template* found = find(which);
  assert(found != nullptr);
  return found->fill(fields);
}

}  // namespace vedette::notify
