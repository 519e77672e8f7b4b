// Owns: what can be chosen about a simulated auth.log, and the reading of those choices from words.
// Promises: `check` names the option that is off and says what would be right.
// Must not know: files, the wall clock (the caller gives `start`). Called from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::simulate {

enum class AuthlogFormat : std::uint8_t {
  rfc3164,  // Jun  1 08:15:30 (no year, no zone): rsyslog's traditional files
  rfc3339,  // 2026-06-01T08:15:30.123456+00:00: rsyslog since Debian 12
  journal,  // 2026-06-01T08:15:30.123456+0000: journalctl -o short-iso-precise
};

enum class SshdNaming : std::uint8_t {
  sshd,          // OpenSSH up to 9.7
  sshd_session,  // OpenSSH 9.8 and later
  mixed,         // hosts of both kinds, some with sshd-auth (OpenSSH 10)
};

struct AuthlogOptions {
  std::uint64_t seed = 1;
  std::uint32_t rate_lines_per_second = 100;  // in event time
  base::Timestamp start;
  int zone_minutes = 0;  // east of UTC; the stamps are local time
  AuthlogFormat format = AuthlogFormat::rfc3164;
  SshdNaming naming = SshdNaming::sshd;
  // The log ends at the first of these that is not zero; all zero: it never ends.
  std::uint64_t lines_max = 0;
  std::uint64_t bytes_max = 0;
  base::Duration duration;
  std::vector<std::string> hosts = {"sim-bastion", "sim-edge-1", "sim-web-1", "sim-edge-2"};
  // The script of `vedette demo` in place of random attacks (simulate/story.h).
  bool story = false;
};

[[nodiscard]] base::Result<AuthlogFormat> parse_authlog_format(std::string_view text);
[[nodiscard]] base::Result<SshdNaming> parse_sshd_naming(std::string_view text);
// 500, 64kB, 10MB, 1GB (decimal) and KiB, MiB, GiB.
[[nodiscard]] base::Result<std::uint64_t> parse_size_bytes(std::string_view text);
// +02:00, -0330, Z, UTC.
[[nodiscard]] base::Result<int> parse_zone_minutes(std::string_view text);
[[nodiscard]] base::Result<void> check(const AuthlogOptions& options);

}  // namespace vedette::simulate
