#include "app/identity_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/setting.h"

namespace vedette::app {
namespace {

using detect::identity::IdentityNumber;
using detect::identity::IdentitySettings;

template <auto Member>
constexpr Setting<IdentitySettings> truth(std::string_view key) {
  return {"identity", key,
          [](const SettingValue& v, IdentitySettings& s) { assign(s.*Member, v.boolean()); },
          [](const IdentitySettings& s) { return std::string(s.*Member ? "true" : "false"); }};
}

template <auto Member>
constexpr Setting<IdentitySettings> list(std::string_view key) {
  return {"identity", key,
          [](const SettingValue& v, IdentitySettings& s) { assign(s.*Member, v.texts()); },
          [](const IdentitySettings& s) { return show_texts(s.*Member); }};
}

void read_exceptions(const SettingValue& value, IdentitySettings& settings) {
  const auto texts = value.texts();
  if (!texts) return;
  for (const auto& text : *texts) {
    auto exception = detect::identity::parse_exception(text);
    if (exception)
      settings.exceptions.push_back(*std::move(exception));
    else
      value.problem(exception.error().message);
  }
}

std::string show_exceptions(const IdentitySettings& settings) {
  std::vector<std::string> texts;
  for (const auto& each : settings.exceptions) texts.push_back(each.text);
  return show_texts(texts);
}

// What is no number.
constexpr std::array others{
    truth<&IdentitySettings::enabled>("enabled"),
    truth<&IdentitySettings::every_administrator_use>("every_administrator_use"),
    Setting<IdentitySettings>{
        "identity", "zone",
        [](const SettingValue& v, IdentitySettings& s) { assign(s.zone, v.text()); },
        [](const IdentitySettings& s) { return toml_string(s.zone); }},
    list<&IdentitySettings::high_risk_countries>("high_risk_countries"),
    list<&IdentitySettings::break_glass>("break_glass"),
    list<&IdentitySettings::on_call>("on_call"),
    list<&IdentitySettings::holidays>("holidays"),
    Setting<IdentitySettings>{"identity", "exceptions", read_exceptions, show_exceptions},
};

}  // namespace

void read_identity(const SettingNode& node, IdentitySettings& settings, ProblemList& problems) {
  if (node.as_table() == nullptr)
    return problems.add(node.line, "write [identity] in a line of its own, not identity = ...");
  const auto numbers = detect::identity::numbers();
  SettingNode::Table rest;
  for (const auto& [key, value] : *node.as_table()) {
    const auto number = std::ranges::find(numbers, key, &IdentityNumber::key);
    if (number == numbers.end()) {
      rest.push_back({key, value});
      continue;
    }
    assign(settings.*number->member, SettingValue(value, "identity." + std::string(key), problems)
                                         .integer(number->least, number->most));
  }
  // A name that is wrong is most often meant to be one of the numbers.
  std::vector<std::string_view> names;
  for (const auto& each : numbers) names.push_back(each.key);
  for (const auto& each : others) names.push_back(each.key);
  std::erase_if(rest, [&](const auto& each) {
    if (std::ranges::find(names, each.name) != names.end()) return false;
    problems.add(each.node.line,
                 fmt::format("[identity] has no setting \"{}\"; {}",
                             base::encode_terminal(each.name, 100), advice(each.name, names)));
    return true;
  });
  read_members(rest, "identity", others, settings, problems);
  if (const auto checked = detect::identity::check(settings); !checked)
    problems.add(node.line, "identity." + checked.error().message);
}

std::string show_identity(const IdentitySettings& settings) {
  std::string text = "\n[identity]\n" + show_members(others, settings);
  for (const IdentityNumber& each : detect::identity::numbers())
    text += fmt::format("{} = {}  # {}..{} {}; {}\n", each.key, settings.*each.member, each.least,
                        each.most, each.unit, each.meaning);
  return text;
}

std::vector<std::string> identity_setting_names() {
  std::vector<std::string> names = names_of(others);
  for (const IdentityNumber& each : detect::identity::numbers())
    names.push_back("identity." + std::string(each.key));
  return names;
}

}  // namespace vedette::app
