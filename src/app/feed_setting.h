// Owns: the settings of each [[feed]]: a public list of indicators, or a MISP feed. Promises: plain
// data with defaults that work; what is wrong is noted with its remedy. Must not know: what is done
// with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

enum class FeedForm : std::uint8_t { list, csv, misp };

struct FeedSetting {
  std::string name;  // whose the indicators are
  std::string url;   // of a MISP feed: of its folder, without a '/' at its end
  FeedForm form = FeedForm::list;
  std::string columns;  // "3" or "3,4"; empty: all that can be read
  std::string delimiter = ",";
  std::string ca_file;
  base::Duration interval = base::Duration::hours(1);
  int confidence = 50;
  int keep_days = 7;        // what is gone from a list holds so long
  int back_fill_days = 30;  // of a MISP feed
  // Nothing is asked of an address that is not public, whatever the name says it means, and no
  // proxy is used; but for an address that is written itself.
  bool public_only = true;
};

void read_feed(const SettingNode& node, std::vector<FeedSetting>& all, ProblemList& problems);
[[nodiscard]] std::string show_feed(const FeedSetting& setting);
[[nodiscard]] std::vector<std::string> feed_setting_names();

}  // namespace vedette::app
