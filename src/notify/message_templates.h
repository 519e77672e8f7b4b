// Owns: the templates of all kinds of messages: those that come with the program
// (content/messages), and those that a folder of the user's has in their place.
// Promises: a file that is no template, or holds an unknown field, is an error with its name.
// Must not know: sinks. Immutable once made; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "notify/template.h"

namespace vedette::notify {

enum class MessageTemplate : std::uint8_t {
  mail_subject,
  mail_text,
  mail_html,
  discord,
  slack,
  teams,
  webhook,  // there is none unless the user has one: the body is the alert's own JSON
  jira,
  jira_update,
  servicenow,
  servicenow_update,
  github,
  github_update,
  policy_subject,  // of mails that policies send
  policy_text,
  policy_html,
};
inline constexpr std::size_t message_template_count = 16;

// "mail.html": the file's name.
[[nodiscard]] std::string_view name_of(MessageTemplate which);

class MessageTemplates {
 public:
  // Those that come with the program.
  [[nodiscard]] static std::shared_ptr<const MessageTemplates> built_in();
  // The folder's files in their places. Other files than templates are an error, since one whose
  // name is misspelt would be ignored.
  [[nodiscard]] static base::Result<std::shared_ptr<const MessageTemplates>> load(
      const std::filesystem::path& folder);

  // Null: there is none (webhook).
  [[nodiscard]] const Template* find(MessageTemplate which) const;
  [[nodiscard]] std::string fill(MessageTemplate which, const FieldSource& fields) const;

 private:
  [[nodiscard]] base::Result<void> put(MessageTemplate which, std::string_view text);

  std::array<std::optional<Template>, message_template_count> templates_;
};

using Templates = std::shared_ptr<const MessageTemplates>;

}  // namespace vedette::notify
