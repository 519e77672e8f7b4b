#include "app/intel_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"

namespace vedette::app {
namespace {

using detect::IndicatorSettings;

constexpr std::array intel_settings{
    Setting<IndicatorSettings>{
        "intel", "alert_confidence",
        [](const SettingValue& v, IndicatorSettings& s) {
          assign(s.alert_confidence, v.integer(0, 100));
        },
        [](const IndicatorSettings& s) { return std::to_string(s.alert_confidence); }},
    Setting<IndicatorSettings>{"intel", "window",
                               [](const SettingValue& v, IndicatorSettings& s) {
                                 IndicatorSettings wanted = s;
                                 assign(wanted.window, v.duration());
                                 if (const auto checked = detect::check(wanted); checked)
                                   s.window = wanted.window;
                                 else
                                   v.problem("must be 1 minute to 30 days");
                               },
                               [](const IndicatorSettings& s) { return show_duration(s.window); }},
};

}  // namespace

void read_intel(const SettingNode& node, IndicatorSettings& settings, ProblemList& problems) {
  if (const auto* table = node.as_table())
    read_members(*table, "intel", intel_settings, settings, problems);
  else
    problems.add(node.line, "write [intel] in a line of its own, not intel = ...");
}

std::string show_intel(const IndicatorSettings& settings) {
  return "\n[intel]\n" + show_members(intel_settings, settings);
}

std::vector<std::string> intel_setting_names() {
  return names_of(intel_settings);
}

}  // namespace vedette::app
