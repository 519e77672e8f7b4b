// Owns: the settings of one channel ([[channel]]): where it is, what it is told, when and how.
// Promises: plain data with defaults that work; what is wrong is noted with its line and remedy;
// secrets are values that cannot be printed, of which only the reference is shown. Must not know:
// how anything is sent. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "model/alert.h"
#include "notify/channel.h"
#include "notify/delivery_rules.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct ChannelSetting {
  std::string name;  // in the outbox, the metrics and the log; unique
  notify::ChannelAddress address;
  std::vector<std::string> to;  // mail addresses; when there are any, the channel is mail
  base::Secret signing_secret;  // empty: unsigned
  notify::TicketOptions ticket;
  model::Severity least_severity = model::Severity::informational;
  notify::DeliveryRules rules;
  std::string shown_url, shown_signing_secret, shown_token;  // the references, or "***"
  std::string shown_quiet, quiet_zone;                       // as written
  std::size_t line = 0;                                      // of the file
  bool is_of_page = false;  // from the web app: only public addresses are connected to

  [[nodiscard]] bool is_mail() const { return !to.empty(); }
  // "mail", "discord", "jira" ...
  [[nodiscard]] std::string kind() const;
};

// One [[channel]] of the file.
void read_channel(const SettingNode& node, std::vector<ChannelSetting>& channels,
                  const notify::EnvironmentLookup& environment, ProblemList& problems);
// What only makes sense between channels: fall-backs.
void check_channels(const std::vector<ChannelSetting>& channels, ProblemList& problems);
[[nodiscard]] std::string show_channel(const ChannelSetting& channel);
[[nodiscard]] std::vector<std::string> channel_setting_names();

}  // namespace vedette::app
