#include "app/hunt_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/setting.h"
#include "hunt/hunt_limits.h"

namespace vedette::app {
namespace {

constexpr std::size_t scheduled_max = 200;

void read_parameters(const SettingValue& value, ScheduledHunt& hunt) {
  const auto texts = value.texts();
  if (!texts) return;
  for (const auto& text : *texts) {
    const std::size_t equal = text.find('=');
    if (equal == std::string::npos)
      return value.problem("is a list of \"NAME=VALUE\", as in [\"users=20\"]");
    hunt.parameters.emplace_back(text.substr(0, equal), text.substr(equal + 1));
  }
}

void read_every(const SettingValue& value, ScheduledHunt& hunt) {
  const auto every = value.duration();
  if (!every) return;
  if (*every < hunt::least_interval || *every > hunt::greatest_interval)
    return value.problem("must be from 1m to 31d");
  hunt.every = *every;
}

constexpr std::array hunt_settings{
    Setting<ScheduledHunt>{
        "scheduled_hunt", "name",
        [](const SettingValue& v, ScheduledHunt& h) { assign(h.name, v.text()); },
        [](const ScheduledHunt& h) { return toml_string(h.name); }},
    Setting<ScheduledHunt>{"scheduled_hunt", "every", &read_every,
                           [](const ScheduledHunt& h) { return show_duration(h.every); }},
    Setting<ScheduledHunt>{"scheduled_hunt", "on",
                           [](const SettingValue& v, ScheduledHunt& h) { assign(h.on, v.text()); },
                           [](const ScheduledHunt& h) { return toml_string(h.on); }},
    Setting<ScheduledHunt>{"scheduled_hunt", "parameters", &read_parameters,
                           [](const ScheduledHunt& h) {
                             std::vector<std::string> texts;
                             for (const auto& [name, value] : h.parameters)
                               texts.push_back(fmt::format("{}={}", name, value));
                             return show_texts(texts);
                           }},
};

}  // namespace

void read_scheduled_hunt(const SettingNode& node, std::vector<ScheduledHunt>& hunts,
                         ProblemList& problems) {
  ScheduledHunt hunt;
  read_members(*node.as_table(), "scheduled_hunt", hunt_settings, hunt, problems);
  if (hunt.on == "local") hunt.on.clear();
  if (hunt.name.empty() || hunt.every.ticks == 0)
    return problems.add(node.line,
                        "[[scheduled_hunt]] needs name, as `vedette hunt list` shows it, and "
                        "every, as in \"1h\"");
  if (std::ranges::find(hunts, hunt.name, &ScheduledHunt::name) != hunts.end())
    return problems.add(node.line, fmt::format("scheduled_hunt.name: \"{}\" stands there twice",
                                               base::encode_terminal(hunt.name, 100)));
  if (hunts.size() >= scheduled_max)
    return problems.add(node.line,
                        fmt::format("there are more than {} scheduled hunts", scheduled_max));
  hunts.push_back(std::move(hunt));
}

std::string show_scheduled_hunt(const ScheduledHunt& hunt) {
  return "\n[[scheduled_hunt]]\n" + show_members(hunt_settings, hunt);
}

std::vector<std::string> scheduled_hunt_setting_names() {
  return names_of(hunt_settings);
}

}  // namespace vedette::app
