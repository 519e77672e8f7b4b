// Owns: the settings of [intel]. Promises: what is wrong is noted with its range. Must not know:
// what is done with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "detect/indicator_watch.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

void read_intel(const SettingNode& node, detect::IndicatorSettings& settings,
                ProblemList& problems);
[[nodiscard]] std::string show_intel(const detect::IndicatorSettings& settings);
[[nodiscard]] std::vector<std::string> intel_setting_names();

}  // namespace vedette::app
