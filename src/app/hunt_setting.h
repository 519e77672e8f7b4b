// Owns: the settings of hunts that `serve` runs by itself: each [[scheduled_hunt]]. Promises: plain
// data; what is wrong is noted with its remedy. Must not know: which hunts there are. Any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct ScheduledHunt {
  std::string name;
  base::Duration every;  // zero: nobody said
  std::string on;        // "workspace:NAME"; empty: here
  std::vector<std::pair<std::string, std::string>> parameters;
};

void read_scheduled_hunt(const SettingNode& node, std::vector<ScheduledHunt>& hunts,
                         ProblemList& problems);
[[nodiscard]] std::string show_scheduled_hunt(const ScheduledHunt& hunt);
[[nodiscard]] std::vector<std::string> scheduled_hunt_setting_names();

}  // namespace vedette::app
