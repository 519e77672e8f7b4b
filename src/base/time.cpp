#include "base/time.h"

#include <fmt/format.h>

#include <charconv>

namespace vedette::base {
namespace {

// Floor division: instants before 1970 split into a day and a time of day like any other.
constexpr std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

struct Parts {
  CivilDate date;
  int hour = 0, minute = 0, second = 0;
  std::int64_t fraction_ticks = 0;
};

Parts split(Timestamp t) {
  const std::int64_t since_epoch = t.ticks - unix_epoch_ticks;
  const std::int64_t seconds = floor_divide(since_epoch, ticks_per_second);
  const std::int64_t days = floor_divide(seconds, 86400);
  const auto of_day = static_cast<int>(seconds - days * 86400);
  return {civil_from_days(days), of_day / 3600, of_day / 60 % 60, of_day % 60,
          since_epoch - seconds * ticks_per_second};
}

// Exactly `digits` decimal digits at text[at]; -1 when they are not all digits.
int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Reads ".123" at `at` (moving it past), giving ticks; nothing there is zero, a bare "." is -1.
std::int64_t fraction_at(std::string_view text, std::size_t& at) {
  if (at >= text.size() || text[at] != '.') return 0;
  const std::size_t first = ++at;
  std::int64_t ticks = 0;
  std::int64_t unit = ticks_per_second / 10;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    ticks += (text[at] - '0') * unit;
    unit /= 10;
  }
  return at == first ? -1 : ticks;
}

// Reads "Z" or "+hh:mm" to the end of the text, in seconds east of UTC.
std::optional<int> zone_at(std::string_view text, std::size_t at) {
  if (text.substr(at) == "Z" || text.substr(at) == "z") return 0;
  if (text.size() != at + 6 || text[at + 3] != ':') return std::nullopt;
  if (text[at] != '+' && text[at] != '-') return std::nullopt;
  const int hours = number_at(text, at + 1, 2);
  const int minutes = number_at(text, at + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  const int seconds = hours * 3600 + minutes * 60;
  return text[at] == '-' ? -seconds : seconds;
}

constexpr int days_in_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

}  // namespace

CivilDate civil_from_days(std::int64_t days) {
  const std::int64_t z = days + 719468;
  const std::int64_t era = floor_divide(z, 146097);
  const std::int64_t day_of_era = z - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  const auto year = static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  return {year, month, day};
}

std::string format_iso(Timestamp t) {
  const Parts p = split(t);
  std::string text = "0000-00-00T00:00:00";
  const auto put = [&text](std::size_t at, int digits, std::int64_t value) {
    for (int i = digits; i > 0; --i, value /= 10)
      text[at + static_cast<std::size_t>(i) - 1] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, p.date.year);
  put(5, 2, p.date.month);
  put(8, 2, p.date.day);
  put(11, 2, p.hour);
  put(14, 2, p.minute);
  put(17, 2, p.second);
  if (p.fraction_ticks != 0) {
    text += ".0000000";
    put(20, 7, p.fraction_ticks);
    while (text.back() == '0') text.pop_back();
  }
  return text + 'Z';
}

std::string format_seconds(Timestamp t) {
  const Parts p = split(t);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", p.date.year, p.date.month, p.date.day,
                     p.hour, p.minute, p.second);
}

std::string format_duration(Duration d) {
  const std::int64_t s = d.whole_seconds();
  if (s < 1) return fmt::format("{} ms", d.whole_milliseconds());
  if (s < 60) return fmt::format("{} s", s);
  const auto pair = [](std::int64_t big, const char* big_unit, std::int64_t small,
                       const char* small_unit) {
    return small == 0 ? fmt::format("{} {}", big, big_unit)
                      : fmt::format("{} {} {} {}", big, big_unit, small, small_unit);
  };
  if (s < 3600) return pair(s / 60, "min", s % 60, "s");
  if (s < 86400) return pair(s / 3600, "h", s / 60 % 60, "min");
  return pair(s / 86400, "d", s / 3600 % 24, "h");
}

std::optional<Timestamp> parse_iso(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  const int year = number_at(text, 0, 4), month = number_at(text, 5, 2),
            day = number_at(text, 8, 2);
  const int hour = number_at(text, 11, 2), minute = number_at(text, 14, 2);
  const int second = number_at(text, 17, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23) return std::nullopt;
  if (minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  if (day > days_in_month(year, month)) return std::nullopt;
  std::size_t at = 19;
  const std::int64_t fraction = fraction_at(text, at);
  if (fraction < 0 || at >= text.size()) return std::nullopt;
  const auto zone_seconds = zone_at(text, at);
  if (!zone_seconds) return std::nullopt;
  const std::int64_t seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 +
                               minute * 60 + second - *zone_seconds;
  return Timestamp{unix_epoch_ticks + seconds * ticks_per_second + fraction};
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::int64_t unit_ticks = 0;
  if (unit.empty() || unit == "s") unit_ticks = ticks_per_second;
  if (unit == "ms") unit_ticks = ticks_per_millisecond;
  if (unit == "m" || unit == "min") unit_ticks = ticks_per_second * 60;
  if (unit == "h") unit_ticks = ticks_per_second * 3600;
  if (unit == "d") unit_ticks = ticks_per_second * 86400;
  if (unit_ticks == 0) return std::nullopt;
  std::int64_t ticks = 0;
  if (__builtin_mul_overflow(number, unit_ticks, &ticks)) return std::nullopt;
  return Duration{ticks};
}

}  // namespace vedette::base
