// Owns: the settings of [intel]: what is told of matches, which warning lists are read, how far
// back is looked when an indicator comes. Promises: what is wrong is noted with its range. Must not
// know: what is done with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "detect/indicator_watch.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct IntelSettings : detect::IndicatorSettings {
  std::vector<std::string> warning_lists;  // files, and folders of *.json
  int retro_days = 30;                     // 0: what is stored is not looked through
};

void read_intel(const SettingNode& node, IntelSettings& settings, ProblemList& problems);
[[nodiscard]] std::string show_intel(const IntelSettings& settings);
[[nodiscard]] std::vector<std::string> intel_setting_names();

}  // namespace vedette::app
