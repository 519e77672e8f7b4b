#include "detect/windows/windows_settings.h"

#include <fmt/format.h>

#include <string_view>

namespace vedette::detect::windows {
namespace {

using base::Duration;
using base::Result;

Result<void> check_span(std::string_view name, Duration value, Duration least, Duration most) {
  if (value >= least && value <= most) return {};
  return base::failure(
      base::ErrorCode::invalid_argument,
      fmt::format("{} is {}; it must be from {} to {}", name, base::format_duration(value),
                  base::format_duration(least), base::format_duration(most)));
}

Result<void> check_number(std::string_view name, int value, int least, int most) {
  if (value >= least && value <= most) return {};
  return base::failure(base::ErrorCode::invalid_argument,
                       fmt::format("{} is {}; it must be from {} to {}", name, value, least, most));
}

}  // namespace

Result<void> check(const WindowsSettings& settings) {
  constexpr Duration minute = Duration::minutes(1), hour = Duration::hours(1),
                     day = Duration::hours(24), year = Duration::hours(24 * 365);
  VEDETTE_TRY_VOID(check_span("rdp_again", settings.rdp_again, {}, year));
  VEDETTE_TRY_VOID(check_span("remember", settings.remember, hour, year));
  VEDETTE_TRY_VOID(check_span("learning", settings.learning, {}, Duration::hours(24 * 90)));
  VEDETTE_TRY_VOID(check_number("failures", settings.failures, 1, 1'000));
  VEDETTE_TRY_VOID(check_span("lookback", settings.lookback, minute, day));
  VEDETTE_TRY_VOID(check_number("lock_outs", settings.lock_outs, 2, 100));
  return check_span("lock_out_window", settings.lock_out_window, minute, day);
}

}  // namespace vedette::detect::windows
