#include "app/identity_setting.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/setting.h"
#include "detect/identity/rules.h"

namespace vedette::app {
namespace {

using detect::identity::Exception;
using detect::identity::IdentityList;
using detect::identity::IdentityNumber;
using detect::identity::IdentitySettings;
using detect::identity::IdentitySwitch;

void read_exceptions(const SettingValue& value, IdentitySettings& settings) {
  const auto texts = value.texts();
  if (!texts) return;
  std::vector<Exception> read;
  for (const auto& text : *texts) {
    auto exception = detect::identity::parse_exception(text);
    if (exception)
      read.push_back(*std::move(exception));
    else
      value.problem(exception.error().message);
  }
  settings.exceptions = std::move(read);
}

template <typename Table>
const auto* find(const Table& table, std::string_view key) {
  const auto found = std::ranges::find_if(table, [&](const auto& each) { return each.key == key; });
  return found == table.end() ? nullptr : &*found;
}

// Every name there is.
std::vector<std::string_view> keys() {
  std::vector<std::string_view> all;
  for (const auto& each : detect::identity::switches()) all.push_back(each.key);
  for (const auto& each : detect::identity::lists()) all.push_back(each.key);
  all.emplace_back("zone");
  all.emplace_back("exceptions");
  for (const auto& each : detect::identity::numbers()) all.push_back(each.key);
  return all;
}

// False: there is no such setting.
bool read_one(std::string_view key, const SettingValue& value, IdentitySettings& settings) {
  if (const IdentityNumber* number = find(detect::identity::numbers(), key))
    assign(settings.*number->member, value.integer(number->least, number->most));
  else if (const IdentitySwitch* one = find(detect::identity::switches(), key))
    assign(settings.*one->member, value.boolean());
  else if (const IdentityList* list = find(detect::identity::lists(), key))
    assign(settings.*list->member, value.texts());
  else if (key == "zone")
    assign(settings.zone, value.text());
  else if (key == "exceptions")
    read_exceptions(value, settings);
  else
    return false;
  return true;
}

}  // namespace

std::vector<std::string> texts_of(const std::vector<Exception>& exceptions) {
  std::vector<std::string> texts;
  for (const auto& each : exceptions) texts.push_back(each.text);
  return texts;
}

void read_identity(const SettingNode& node, IdentitySettings& settings, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [identity] in a line of its own, not identity = ...");
  for (const auto& [key, value] : *node.as_table())
    if (!read_one(key, SettingValue(value, "identity." + key, problems), settings))
      problems.add(value.line, fmt::format("[identity] has no setting \"{}\"; {}",
                                           base::encode_terminal(key, 100), advice(key, keys())));
  if (const auto checked = detect::identity::check(settings); !checked)
    problems.add(node.line, "identity." + checked.error().message);
}

std::string show_identity(const IdentitySettings& settings) {
  std::string text = "\n[identity]\n";
  for (const IdentitySwitch& each : detect::identity::switches())
    text += fmt::format("{} = {}  # {}\n", each.key, settings.*each.member, each.meaning);
  for (const IdentityList& each : detect::identity::lists())
    text +=
        fmt::format("{} = {}  # {}\n", each.key, show_texts(settings.*each.member), each.meaning);
  text +=
      fmt::format("zone = {}  # {}\n", toml_string(settings.zone), detect::identity::zone_meaning);
  text += fmt::format("exceptions = {}\n", show_texts(texts_of(settings.exceptions)));
  for (const IdentityNumber& each : detect::identity::numbers())
    text += fmt::format("{} = {}  # {}..{} {}; {}\n", each.key, settings.*each.member, each.least,
                        each.most, each.unit, each.meaning);
  return text;
}

std::vector<std::string> identity_setting_names() {
  std::vector<std::string> names;
  for (const auto key : keys()) names.push_back("identity." + std::string(key));
  return names;
}

}  // namespace vedette::app
