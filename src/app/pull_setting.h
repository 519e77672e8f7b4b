// Owns: the settings of queries whose rows are pulled from elsewhere into a table here, again and
// again: each [[pull]]. Promises: plain data with defaults that work; what is wrong is noted with
// its remedy. Must not know: what is asked there. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace vedette::app {

class ProblemList;
struct Configuration;
struct SettingNode;

struct PullSetting {
  std::string name;
  std::string on;  // "workspace:production", "adx:lake"
  std::string query;
  std::string into;  // a table here
  std::string time = "TimeGenerated";
  std::vector<std::string> keys;
  base::Duration every = base::Duration::minutes(15);
  base::Duration overlap = base::Duration::minutes(10);
  int back_fill_days = 1;
};

void read_pull(const SettingNode& node, std::vector<PullSetting>& pulls, ProblemList& problems);
// That each names a place that there is, and a table that may be written.
void check_pulls(const Configuration& configuration, ProblemList& problems);
[[nodiscard]] std::string show_pull(const PullSetting& pull);
[[nodiscard]] std::vector<std::string> pull_setting_names();

}  // namespace vedette::app
