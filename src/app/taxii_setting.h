// Owns: the settings of each [[taxii]]: whose collections are pulled, and which. Promises: plain
// data with defaults that work; what is wrong is noted with its remedy; a password or token is only
// ever a reference, and travels over TLS unless the server is on this machine. Must not know: what
// is done with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "notify/channel_address.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct TaxiiSetting {
  std::string name;  // in sources, and whose the indicators are; it stays when the rest changes
  std::string url;   // of the discovery, an API root or a collection
  std::string user;
  std::string password, token;  // references; one of them, or none
  std::string ca_file;
  std::vector<std::string> collections;  // ids or titles; empty: all that may be read
  base::Duration interval = base::Duration::minutes(15);
  int back_fill_days = 365;
  int confidence = 50;
};

void read_taxii(const SettingNode& node, std::vector<TaxiiSetting>& all,
                const notify::EnvironmentLookup& environment, ProblemList& problems);
[[nodiscard]] std::string show_taxii(const TaxiiSetting& setting);
[[nodiscard]] std::vector<std::string> taxii_setting_names();

}  // namespace vedette::app
