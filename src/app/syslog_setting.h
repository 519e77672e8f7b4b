// Owns: the settings of one door for syslog: [[syslog]]. Promises: plain data with defaults that
// work; what is wrong is noted with its remedy. Must not know: what is done with them. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/time.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

enum class SyslogTransport : std::uint8_t { tcp, udp, tls };

struct SyslogSetting {
  SyslogTransport transport = SyslogTransport::tcp;
  base::IpAddress address;               // 127.0.0.1 unless set
  std::optional<std::uint16_t> port;     // 514 unless set
  std::vector<base::IpNetwork> senders;  // empty: everybody who reaches the port
  std::uint64_t connections_max = 256;
  std::uint64_t message_bytes_max = 64 * 1024;
  base::Duration idle_timeout = base::Duration::hours(1);
  // Messages of several machines come out of order by so much.
  base::Duration lateness = base::Duration::seconds(5);
  std::string certificate, key, client_ca;  // files, for TLS

  SyslogSetting();
  [[nodiscard]] std::uint16_t port_or_default() const;
  // "syslog:tcp:514": how the journal, health and the log call it.
  [[nodiscard]] std::string source() const;
};

// One [[syslog]] of the file, added to the others.
void read_syslog(const SettingNode& node, std::vector<SyslogSetting>& doors, ProblemList& problems);
[[nodiscard]] std::string show_syslog(const SyslogSetting& door);
[[nodiscard]] std::vector<std::string> syslog_setting_names();

}  // namespace vedette::app
