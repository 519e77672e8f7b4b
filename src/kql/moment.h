// Owns: datetime and timespan as text, in Kusto's forms.
// Promises: ticks of 100 ns; years 1 to 9999; what cannot be read is empty, never a guess.
// Source: Microsoft's "The datetime data type", "The timespan data type". Called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::kql {

inline constexpr std::int64_t ticks_per_day = 864'000'000'000;
inline constexpr std::int64_t datetime_ticks_max =
    3'155'378'975'999'999'999;  // 9999-12-31T23:59:59.9999999

// ISO 8601 in its usual looser forms (a space for the T, parts left out, an offset),
// month/day/year, and the two forms with month names (RFC 822 and RFC 850).
[[nodiscard]] std::optional<std::int64_t> parse_datetime(std::string_view text);
// [-][d.]hh:mm[:ss[.fffffff]], a number of days, or a literal such as 5m.
[[nodiscard]] std::optional<std::int64_t> parse_timespan(std::string_view text);
// 2017-10-15T12:00:00.0000000Z, as tostring() writes it.
[[nodiscard]] std::string format_datetime_full(std::int64_t ticks);
// [-][d.]hh:mm:ss[.fffffff], as tostring() writes it.
[[nodiscard]] std::string format_timespan_full(std::int64_t ticks);

struct MomentParts {
  int year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int64_t fraction_ticks = 0;
};
[[nodiscard]] MomentParts parts_of(std::int64_t ticks);
// Empty when a part is out of its range.
[[nodiscard]] std::optional<std::int64_t> ticks_of(const MomentParts& parts);
[[nodiscard]] int days_in_month(int year, int month);

}  // namespace vedette::kql
