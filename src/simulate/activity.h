// Owns: the short runs of lines that are no log-in by ssh: cron, sudo, su, passwd, health checks,
// and scanners that never try to authenticate. None of them may make an alert. Promises: one line a
// step, like Connection. Must not know: attacks. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "simulate/connection.h"

namespace vedette::simulate {

enum class ActivityKind : std::uint8_t {
  cron,
  sudo,
  sudo_failed,
  su,
  su_failed,
  password_change,
  health_check,
  scan_silent,
  scan_http,
  scan_old_ciphers,
  scan_reset,
  scan_timeout,
  scan_throttled,
};
inline constexpr std::size_t activity_kinds = 13;

class Activity {
 public:
  // `address` is the scanner's or the health checker's; ignored by the local kinds.
  void start(ActivityKind kind, const base::IpAddress& address, std::uint8_t host,
             std::size_t account, World& world, SeededRandom& random);
  Step step(std::string& out, std::int64_t time_us, LineWriter& writer, World& world,
            SeededRandom& random);
  [[nodiscard]] static std::uint32_t lines_of(ActivityKind kind);

 private:
  void write_local(std::string& out, std::int64_t time_us, LineWriter& writer, const World& world,
                   const Host& host) const;
  void write_su(std::string& out, std::int64_t time_us, LineWriter& writer, const Host& host,
                const Account& account) const;
  void write_scan(std::string& out, std::int64_t time_us, LineWriter& writer,
                  const Host& host) const;
  [[nodiscard]] std::int64_t delay_us(SeededRandom& random) const;

  std::string address_text_;
  std::uint32_t pid_ = 0;
  std::uint32_t variant_ = 0;
  std::uint32_t account_ = 0;
  std::uint16_t port_ = 0;
  ActivityKind kind_ = ActivityKind::cron;
  std::uint8_t host_ = 0;
  std::uint8_t line_ = 0;
};

}  // namespace vedette::simulate
