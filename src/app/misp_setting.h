// Owns: the settings of each [[misp]]: whose indicators are pulled, and which. Promises: plain data
// with defaults that work; what is wrong is noted with its remedy; the key is only ever a reference
// (env:NAME, file:PATH), and travels over TLS unless the MISP is on this machine. Must not know:
// what is done with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "notify/channel_address.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct MispSetting {
  std::string name;  // in sources, and whose the indicators are; it stays when the rest changes
  std::string url;   // without a '/' at its end
  std::string key;   // a reference
  std::string ca_file;
  base::Duration interval = base::Duration::minutes(15);
  base::Duration overlap = base::Duration::hours(1);
  int back_fill_days = 365;
  int confidence = 50;
  std::vector<std::string> tags, types;  // empty: any; all that can be read
  bool for_detection_only = true;
  bool warning_lists = true;
  bool sightings = false;  // it is told when one of its indicators is met
};

void read_misp(const SettingNode& node, std::vector<MispSetting>& all,
               const notify::EnvironmentLookup& environment, ProblemList& problems);
[[nodiscard]] std::string show_misp(const MispSetting& setting);
[[nodiscard]] std::vector<std::string> misp_setting_names();

}  // namespace vedette::app
