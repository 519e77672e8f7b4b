#include "detect/login_settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette::detect {
namespace {

using base::Duration;

base::Result<void> check_number(const char* name, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("{} is {}; it must be from {} to {}", name, value, least, most));
}

base::Result<void> check_span(const char* name, Duration value, Duration least, Duration most) {
  if (value >= least && value <= most) return {};
  return base::failure(
      base::ErrorCode::invalid_argument,
      fmt::format("{} is {}; it must be from {} to {}", name, base::format_duration(value),
                  base::format_duration(least), base::format_duration(most)));
}

}  // namespace

base::Result<void> check(const LoginSettings& s) {
  const Duration second = Duration::seconds(1), minute = Duration::minutes(1);
  const Duration day = Duration::hours(24);
  VEDETTE_TRY_VOID(check_number("threshold", s.attempts, 1, 100));
  VEDETTE_TRY_VOID(check_span("window", s.window, second, day));
  VEDETTE_TRY_VOID(check_number("spray-users", s.spray_users, 2, 32));
  VEDETTE_TRY_VOID(check_span("spray-window", s.spray_window, minute, day));
  VEDETTE_TRY_VOID(check_number("user-attempts", s.user_attempts, 2, 100));
  VEDETTE_TRY_VOID(check_number("user-addresses", s.user_addresses, 2, s.user_attempts));
  VEDETTE_TRY_VOID(check_span("user-window", s.user_window, second, day));
  VEDETTE_TRY_VOID(check_number("network-attempts", s.network_attempts, 2, 200));
  VEDETTE_TRY_VOID(check_number("network-addresses", s.network_addresses, 2, s.network_attempts));
  VEDETTE_TRY_VOID(check_span("network-window", s.network_window, second, day));
  VEDETTE_TRY_VOID(check_span("success-lookback", s.success_lookback, minute, day));
  VEDETTE_TRY_VOID(check_number("success-failures", s.success_failures, 2, 1000));
  VEDETTE_TRY_VOID(check_span("quiet-time", s.quiet, second, day));
  VEDETTE_TRY_VOID(check_span("update-interval", s.update_interval, second, day));
  return check_span("lateness", s.lateness, Duration{}, Duration::minutes(10));
}

Duration longest_span(const LoginSettings& s) {
  return std::max(
      {s.window, s.spray_window, s.user_window, s.network_window, s.success_lookback, s.quiet});
}

}  // namespace vedette::detect
