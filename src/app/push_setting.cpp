#include "app/push_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/setting.h"
#include "app/tenant_setting.h"
#include "base/encode.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::Duration;
using model::ObservableType;

constexpr std::size_t pushes_max = 16, texts_max = 256, source_bytes_max = 256;
constexpr std::string_view reserved_source = "Microsoft Sentinel";

struct TypeWord {
  std::string_view name;
  std::vector<ObservableType> types;
};
const std::vector<TypeWord>& type_words() {
  static const std::vector<TypeWord> words{
      {"ip", {ObservableType::ipv4, ObservableType::ipv6, ObservableType::network}},
      {"domain", {ObservableType::domain, ObservableType::hostname}},
      {"url", {ObservableType::url}},
      {"email", {ObservableType::email}},
      {"hash",
       {ObservableType::md5, ObservableType::sha1, ObservableType::sha256,
        ObservableType::sha512}}};
  return words;
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool is_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_dash ? c != '-' : !is_digit) return false;
  }
  return true;
}

void read_name(const SettingValue& value, PushSetting& setting) {
  const auto text = value.text();
  if (text && !is_source_name(*text)) return value.problem("may hold letters, digits and - . _");
  assign(setting.name, text);
}

void read_workspace(const SettingValue& value, PushSetting& setting) {
  const auto text = value.text();
  if (text && !is_guid(*text))
    return value.problem("is no GUID; it stands on the workspace's page as Workspace ID");
  assign(setting.workspace_id, text);
}

void read_system(const SettingValue& value, PushSetting& setting) {
  const auto text = value.text();
  if (text && (text->size() > source_bytes_max || *text == reserved_source))
    return value.problem("may have up to 256 bytes, and not be \"Microsoft Sentinel\"");
  assign(setting.source_system, text);
}

void read_sources(const SettingValue& value, PushSetting& setting) {
  const auto texts = value.texts();
  if (texts && texts->size() > texts_max)
    return value.problem(fmt::format("has more than {} elements", texts_max));
  assign(setting.filter.sources, texts);
}

void read_types(const SettingValue& value, PushSetting& setting) {
  const auto texts = value.texts();
  if (!texts) return;
  setting.filter.types.clear();
  std::vector<std::string_view> names;
  for (const auto& word : type_words()) names.push_back(word.name);
  for (const auto& text : *texts) {
    const auto found = std::ranges::find(type_words(), text, &TypeWord::name);
    if (found == type_words().end())
      value.problem(fmt::format("\"{}\" is no type of indicators; {}",
                                base::encode_terminal(text, 100), advice(text, names)));
    else
      setting.filter.types.insert(found->types.begin(), found->types.end());
  }
}

std::string show_types(const PushSetting& setting) {
  std::vector<std::string> words;
  for (const auto& word : type_words())
    if (setting.filter.types.contains(word.types.front())) words.emplace_back(word.name);
  return show_texts(words);
}

void read_interval(const SettingValue& value, PushSetting& setting) {
  const auto span = value.duration();
  if (span && (*span < Duration::minutes(1) || *span > Duration::hours(24)))
    return value.problem("must be from 1 minute to 24 hours");
  assign(setting.interval, span);
}

constexpr std::array settings{
    Setting<PushSetting>{"push", "name", &read_name,
                         [](const PushSetting& s) { return toml_string(s.name); }},
    Setting<PushSetting>{"push", "tenant",
                         [](const SettingValue& v, PushSetting& s) { assign(s.tenant, v.text()); },
                         [](const PushSetting& s) { return toml_string(s.tenant); }},
    Setting<PushSetting>{"push", "workspace_id", &read_workspace,
                         [](const PushSetting& s) { return toml_string(s.workspace_id); }},
    Setting<PushSetting>{"push", "source_system", &read_system,
                         [](const PushSetting& s) { return toml_string(s.source_system); }},
    Setting<PushSetting>{"push", "sources", &read_sources,
                         [](const PushSetting& s) { return show_texts(s.filter.sources); }},
    Setting<PushSetting>{"push", "types", &read_types, &show_types},
    Setting<PushSetting>{"push", "confidence",
                         [](const SettingValue& v, PushSetting& s) {
                           assign(s.filter.confidence, v.integer(0, 100));
                         },
                         [](const PushSetting& s) { return std::to_string(s.filter.confidence); }},
    Setting<PushSetting>{"push", "interval", &read_interval,
                         [](const PushSetting& s) { return show_duration(s.interval); }},
};

}  // namespace

void read_push(const SettingNode& node, std::vector<PushSetting>& all, ProblemList& problems) {
  PushSetting setting;
  read_members(*node.as_table(), "push", settings, setting, problems);
  const auto wrong = [&](const std::string& text) { problems.add(node.line, "[[push]] " + text); };
  if (setting.workspace_id.empty())
    wrong("needs workspace_id, the GUID on the page of the Log Analytics workspace");
  if (setting.name.empty()) setting.name = "sentinel";
  if (std::ranges::find(all, setting.name, &PushSetting::name) != all.end())
    wrong(fmt::format("name: \"{}\" is taken by another one", setting.name));
  if (all.size() >= pushes_max) return wrong(fmt::format("there are more than {}", pushes_max));
  all.push_back(std::move(setting));
}

void check_pushes(const std::vector<PushSetting>& pushes, const std::vector<TenantSetting>& tenants,
                  ProblemList& problems) {
  for (const PushSetting& push : pushes) {
    if (push.tenant.empty() ||
        std::ranges::find(tenants, push.tenant, &TenantSetting::name) != tenants.end())
      continue;
    std::vector<std::string_view> names;
    for (const auto& each : tenants) names.push_back(each.name);
    problems.add(0,
                 fmt::format("push.tenant: there is no [[tenant]] \"{}\"; {}",
                             base::encode_terminal(push.tenant, 100),
                             names.empty() ? "write one with that name, or leave it out for this "
                                             "machine's own identity"
                                           : advice(push.tenant, names)));
  }
}

std::string show_push(const PushSetting& setting) {
  return "\n[[push]]\n" + show_members(settings, setting);
}

std::vector<std::string> push_setting_names() {
  return names_of(settings);
}

}  // namespace vedette::app
