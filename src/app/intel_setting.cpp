#include "app/intel_setting.h"

#include <fmt/format.h>

#include <array>

#include "app/setting.h"
#include "base/text.h"

namespace vedette::app {
namespace {

// "SOURCE=80".
bool read_confidence(const std::string& text, IntelSettings& settings) {
  const std::size_t mark = text.rfind('=');
  if (mark == std::string::npos || mark == 0) return false;
  const auto number = base::parse_unsigned(base::trim(std::string_view(text).substr(mark + 1)));
  if (!number || *number > 100) return false;
  const std::string source(base::trim(std::string_view(text).substr(0, mark)));
  return settings.confidence_of.emplace(source, static_cast<int>(*number)).second;
}

constexpr std::array intel_settings{
    Setting<IntelSettings>{
        "intel", "alert_confidence",
        [](const SettingValue& v, IntelSettings& s) {
          assign(s.alert_confidence, v.integer(0, 100));
        },
        [](const IntelSettings& s) { return std::to_string(s.alert_confidence); }},
    Setting<IntelSettings>{"intel", "window",
                           [](const SettingValue& v, IntelSettings& s) {
                             IntelSettings wanted = s;
                             assign(wanted.window, v.duration());
                             if (const auto checked = detect::check(wanted); checked)
                               s.window = wanted.window;
                             else
                               v.problem("must be 1 minute to 30 days");
                           },
                           [](const IntelSettings& s) { return show_duration(s.window); }},
    Setting<IntelSettings>{
        "intel", "confidence_of",
        [](const SettingValue& v, IntelSettings& s) {
          const auto texts = v.texts();
          if (!texts) return;
          s.confidence_of.clear();
          for (const auto& text : *texts)
            if (!read_confidence(text, s))
              v.problem(
                  fmt::format("\"{}\" is no \"SOURCE=80\" (0 to 100), or names a source again",
                              base::encode_terminal(text, 100)));
        },
        [](const IntelSettings& s) {
          std::vector<std::string> texts;
          for (const auto& [source, confidence] : s.confidence_of)
            texts.push_back(fmt::format("{}={}", source, confidence));
          return show_texts(texts);
        }},
    Setting<IntelSettings>{
        "intel", "warning_lists",
        [](const SettingValue& v, IntelSettings& s) { assign(s.warning_lists, v.texts()); },
        [](const IntelSettings& s) { return show_texts(s.warning_lists); }},
    Setting<IntelSettings>{
        "intel", "retro_days",
        [](const SettingValue& v, IntelSettings& s) { assign(s.retro_days, v.integer(0, 3650)); },
        [](const IntelSettings& s) { return std::to_string(s.retro_days); }},
};

}  // namespace

void read_intel(const SettingNode& node, IntelSettings& settings, ProblemList& problems) {
  if (const auto* table = node.as_table())
    read_members(*table, "intel", intel_settings, settings, problems);
  else
    problems.add(node.line, "write [intel] in a line of its own, not intel = ...");
}

std::string show_intel(const IntelSettings& settings) {
  return "\n[intel]\n" + show_members(intel_settings, settings);
}

std::vector<std::string> intel_setting_names() {
  return names_of(intel_settings);
}

}  // namespace vedette::app
