// Owns: the settings of the door for JSON rows: [ingest]. Promises: plain data with defaults that
// work; without a token there is no door, and a token is never in the file itself; what is wrong is
// noted with its remedy. Must not know: what is done with them. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/secret.h"
#include "notify/channel_address.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct IngestSetting {
  base::Secret token;               // empty: nobody may send
  std::string shown_token;          // the reference
  base::IpAddress address;          // 127.0.0.1 unless set; this machine's own only
  std::uint16_t port = 8344;        // 0: any free one
  std::vector<std::string> hosts;   // names that a request's Host may say, besides our own
  std::vector<std::string> tables;  // that may be written; empty: all

  IngestSetting();
  [[nodiscard]] bool is_open() const { return !token.empty(); }
};

// The [ingest] of the file.
void read_ingest(const SettingNode& node, IngestSetting& ingest,
                 const notify::EnvironmentLookup& environment, ProblemList& problems);
[[nodiscard]] std::string show_ingest(const IngestSetting& ingest);
[[nodiscard]] std::vector<std::string> ingest_setting_names();

}  // namespace vedette::app
