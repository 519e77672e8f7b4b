// Owns: points in time and spans of it, in Kusto's unit: ticks of 100 ns since
// 0001-01-01T00:00:00Z. Promises: pure arithmetic; civil dates by Howard Hinnant's algorithms
// (proleptic Gregorian). Must not know: the wall clock. Time comes only through ports/clock.h.
// Called from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::base {

inline constexpr std::int64_t ticks_per_second = 10'000'000;
inline constexpr std::int64_t ticks_per_millisecond = 10'000;
// 1970-01-01T00:00:00Z in ticks.
inline constexpr std::int64_t unix_epoch_ticks = 621'355'968'000'000'000;

struct Duration {
  std::int64_t ticks = 0;

  static constexpr Duration seconds(std::int64_t n) { return {n * ticks_per_second}; }
  static constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
  static constexpr Duration hours(std::int64_t n) { return seconds(n * 3600); }
  static constexpr Duration milliseconds(std::int64_t n) { return {n * ticks_per_millisecond}; }
  [[nodiscard]] constexpr double as_seconds() const {
    return static_cast<double>(ticks) / static_cast<double>(ticks_per_second);
  }
  [[nodiscard]] constexpr std::int64_t whole_seconds() const { return ticks / ticks_per_second; }
  [[nodiscard]] constexpr std::int64_t whole_milliseconds() const {
    return ticks / ticks_per_millisecond;
  }
  constexpr auto operator<=>(const Duration&) const = default;
};

struct Timestamp {
  std::int64_t ticks = 0;

  static constexpr Timestamp from_unix_seconds(std::int64_t seconds) {
    return {unix_epoch_ticks + seconds * ticks_per_second};
  }
  [[nodiscard]] constexpr std::int64_t unix_seconds() const {
    return (ticks - unix_epoch_ticks) / ticks_per_second;
  }
  [[nodiscard]] constexpr bool is_set() const { return ticks != 0; }
  constexpr auto operator<=>(const Timestamp&) const = default;
};

constexpr Timestamp operator+(Timestamp t, Duration d) {
  return {t.ticks + d.ticks};
}
constexpr Timestamp operator-(Timestamp t, Duration d) {
  return {t.ticks - d.ticks};
}
constexpr Duration operator-(Timestamp a, Timestamp b) {
  return {a.ticks - b.ticks};
}
constexpr Duration operator+(Duration a, Duration b) {
  return {a.ticks + b.ticks};
}
constexpr Duration operator-(Duration a, Duration b) {
  return {a.ticks - b.ticks};
}

struct CivilDate {
  int year = 1;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
};

// Days since 1970-01-01 of a civil date, and back. Source:
// howardhinnant.github.io/date_algorithms.html
[[nodiscard]] constexpr std::int64_t days_from_civil(int year, int month, int day) {
  const int y = year - (month <= 2 ? 1 : 0);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto year_of_era = static_cast<std::int64_t>(y) - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}
[[nodiscard]] CivilDate civil_from_days(std::int64_t days);
[[nodiscard]] constexpr bool is_leap_year(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// 2026-06-01T08:15:30.1234567Z: fraction digits only as needed, at most seven (hunt's JSON form).
[[nodiscard]] std::string format_iso(Timestamp t);
// 2026-06-01 08:15:30Z: for people, whole seconds.
[[nodiscard]] std::string format_seconds(Timestamp t);
// 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h: for people.
[[nodiscard]] std::string format_duration(Duration d);
// RFC 3339 with an optional fraction (any digits, cut to 100 ns) and Z or +hh:mm; the whole text
// must match.
[[nodiscard]] std::optional<Timestamp> parse_iso(std::string_view text);
// 90, 90s, 10m, 2h, 1d, 500ms. Seconds when no unit is given. Empty for anything else or negative.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

}  // namespace vedette::base
