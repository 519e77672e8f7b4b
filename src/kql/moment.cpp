#include "kql/moment.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/time.h"
#include "fmt/format.h"
#include "kql/syntax/literal.h"

namespace vedette::kql {

namespace {

constexpr std::int64_t second_ticks = base::ticks_per_second;
constexpr std::int64_t epoch_days = 719'162;  // days from 0001-01-01 to 1970-01-01

// A cursor over text that reads digits and separators.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c) {
    if (front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (front() == ' ' || front() == '\t') rest_.remove_prefix(1);
  }
  // Up to `digits_max` digits; the number of digits read in `width`.
  std::optional<int> number(std::size_t digits_max, std::size_t* width = nullptr) {
    std::size_t count = 0;
    int value = 0;
    while (count < rest_.size() && count < digits_max && rest_[count] >= '0' && rest_[count] <= '9')
      value = value * 10 + (rest_[count++] - '0');
    if (count == 0) return std::nullopt;
    rest_.remove_prefix(count);
    if (width != nullptr) *width = count;
    return value;
  }
  std::int64_t fraction() {
    std::int64_t ticks = 0;
    std::int64_t unit = second_ticks;
    while (front() >= '0' && front() <= '9') {
      unit /= 10;
      ticks += unit * (front() - '0');
      rest_.remove_prefix(1);
    }
    return ticks;
  }
  std::string_view word() {
    std::size_t count = 0;
    while (count < rest_.size() && ((rest_[count] | 32) >= 'a' && (rest_[count] | 32) <= 'z'))
      ++count;
    const std::string_view word = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return word;
  }

 private:
  std::string_view rest_;
};

int month_of(std::string_view word) {
  static constexpr std::array<std::string_view, 12> names{"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
  if (word.size() < 3) return 0;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (base::equals_ignoring_case(word.substr(0, 3), names[i])) return static_cast<int>(i) + 1;
  return 0;
}

// [h:mm[:ss[.f]]] [AM|PM] [Z|GMT|UTC|+hh[:mm]], to the end.
bool read_time(Reader& in, MomentParts& parts, std::int64_t& offset_ticks) {
  in.skip_spaces();
  if (in.done()) return true;
  if (in.front() >= '0' && in.front() <= '9') {
    const auto hour = in.number(2);
    if (!hour || !in.take(':')) return false;
    const auto minute = in.number(2);
    if (!minute) return false;
    parts.hour = *hour;
    parts.minute = *minute;
    if (in.take(':')) {
      const auto second = in.number(2);
      if (!second) return false;
      parts.second = *second;
      if (in.take('.') || in.take(',')) parts.fraction_ticks = in.fraction();
    }
  }
  in.skip_spaces();
  std::string_view word = in.word();
  if (base::equals_ignoring_case(word, "am") || base::equals_ignoring_case(word, "pm")) {
    if (parts.hour < 1 || parts.hour > 12) return false;
    parts.hour = parts.hour % 12 + ((word.front() | 32) == 'p' ? 12 : 0);
    in.skip_spaces();
    word = in.word();
  }
  if (!word.empty() && !base::equals_ignoring_case(word, "z") &&
      !base::equals_ignoring_case(word, "gmt") && !base::equals_ignoring_case(word, "utc"))
    return false;
  if (in.front() == '+' || in.front() == '-') {
    const std::int64_t sign = in.take('-') ? -1 : (in.take('+'), 1);
    const auto hours = in.number(2);
    (void)in.take(':');
    const auto minutes = in.number(2);
    if (!hours || *hours > 14) return false;
    offset_ticks = sign * (*hours * 3600LL + minutes.value_or(0) * 60LL) * second_ticks;
  }
  return in.done();
}

std::optional<std::int64_t> finish(Reader& in, MomentParts parts) {
  if (!in.take('T')) (void)in.take('t');
  std::int64_t offset = 0;
  if (!read_time(in, parts, offset)) return std::nullopt;
  std::int64_t carried = 0;
  if (parts.hour == 24 && parts.minute == 0 && parts.second == 0) {
    parts.hour = 0;
    carried = ticks_per_day;
  }
  const auto ticks = ticks_of(parts);
  if (!ticks) return std::nullopt;
  const std::int64_t result = *ticks + carried - offset;
  if (result < 0 || result > datetime_ticks_max) return std::nullopt;
  return result;
}

// 8 Nov 2014 ..., Sat, 8 Nov 14 ..., Saturday, 08-Nov-14 ..., Nov 8, 2014 ...
std::optional<std::int64_t> parse_with_month_name(std::string_view text) {
  Reader in(text);
  MomentParts parts;
  std::string_view word = in.word();
  if (!word.empty() && month_of(word) == 0) {
    (void)in.take(',');
    in.skip_spaces();
    word = in.word();
  }
  const auto skip = [&in] {
    while (in.front() == ' ' || in.front() == '-' || in.front() == ',' || in.front() == '.')
      (void)in.take(in.front());
  };
  if (word.empty()) {
    const auto day = in.number(2);
    skip();
    word = in.word();
    if (!day) return std::nullopt;
    parts.day = *day;
  } else {
    skip();
    const auto day = in.number(2);
    if (!day) return std::nullopt;
    parts.day = *day;
  }
  parts.month = month_of(word);
  skip();
  std::size_t width = 0;
  const auto year = in.number(4, &width);
  if (parts.month == 0 || !year) return std::nullopt;
  parts.year = width > 2 ? *year : *year + (*year < 50 ? 2000 : 1900);
  return finish(in, parts);
}

}  // namespace

int days_in_month(int year, int month) {
  static constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month == 2 && base::is_leap_year(year)) return 29;
  return days[static_cast<std::size_t>(month - 1)];
}

std::optional<std::int64_t> ticks_of(const MomentParts& parts) {
  if (parts.year < 1 || parts.year > 9999 || parts.month < 1 || parts.month > 12 || parts.day < 1 ||
      parts.day > days_in_month(parts.year, parts.month) || parts.hour < 0 || parts.hour > 23 ||
      parts.minute < 0 || parts.minute > 59 || parts.second < 0 || parts.second > 59)
    return std::nullopt;
  const std::int64_t days = base::days_from_civil(parts.year, parts.month, parts.day) + epoch_days;
  return days * ticks_per_day +
         (parts.hour * 3600LL + parts.minute * 60LL + parts.second) * second_ticks +
         parts.fraction_ticks;
}

MomentParts parts_of(std::int64_t ticks) {
  std::int64_t days = ticks / ticks_per_day;
  std::int64_t rest = ticks % ticks_per_day;
  if (rest < 0) {
    rest += ticks_per_day;
    --days;
  }
  const base::CivilDate date = base::civil_from_days(days - epoch_days);
  MomentParts parts;
  parts.year = date.year;
  parts.month = date.month;
  parts.day = date.day;
  const std::int64_t seconds = rest / second_ticks;
  parts.hour = static_cast<int>(seconds / 3600);
  parts.minute = static_cast<int>(seconds / 60 % 60);
  parts.second = static_cast<int>(seconds % 60);
  parts.fraction_ticks = rest % second_ticks;
  return parts;
}

std::optional<std::int64_t> parse_datetime(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return std::nullopt;
  Reader in(text);
  std::size_t width = 0;
  const auto first = in.number(8, &width);
  if (!first) return parse_with_month_name(text);
  MomentParts parts;
  if (width == 8 && !in.done() && in.front() != 'T') return std::nullopt;
  if (width == 8) {
    parts.year = *first / 10'000;
    parts.month = *first / 100 % 100;
    parts.day = *first % 100;
    return finish(in, parts);
  }
  const char separator = in.front();
  if (in.done() && width == 4) {
    parts.year = *first;
    return ticks_of(parts);
  }
  if (separator != '-' && separator != '/' && separator != '.') return parse_with_month_name(text);
  (void)in.take(separator);
  const auto second = in.number(2);
  if (!second) return parse_with_month_name(text);
  std::optional<int> third;
  if (in.take(separator)) {
    third = in.number(4);
    if (!third) return std::nullopt;
  }
  if (width == 4) {
    parts.year = *first;
    parts.month = *second;
    parts.day = third.value_or(1);
  } else if (third && width <= 2) {
    parts.month = *first;
    parts.day = *second;
    parts.year = *third;
  } else {
    return std::nullopt;
  }
  return finish(in, parts);
}

std::optional<std::int64_t> parse_timespan(std::string_view text) {
  text = base::trim(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::size_t digits = 0;
  while (digits < text.size() &&
         ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.'))
    ++digits;
  std::optional<std::int64_t> ticks;
  if (text.find(':') == std::string_view::npos) {
    if (digits == 0) return std::nullopt;
    const auto unit = digits == text.size()
                          ? std::optional<std::int64_t>(ticks_per_day)
                          : syntax::ticks_of_unit(base::trim(text.substr(digits)));
    if (unit) ticks = syntax::scale_ticks(text.substr(0, digits), *unit);
  } else {
    std::int64_t days = 0;
    const std::size_t point = text.find('.');
    if (point != std::string_view::npos && point < text.find(':')) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + point, days);
      if (error != std::errc{} || end != text.data() + point || days > 10'675'199)
        return std::nullopt;
      text.remove_prefix(point + 1);
    }
    Reader in(text);
    const auto hours = in.number(2);
    if (!hours || !in.take(':')) return std::nullopt;
    const auto minutes = in.number(2);
    if (!minutes) return std::nullopt;
    std::int64_t fraction = 0;
    int seconds = 0;
    if (in.take(':')) {
      const auto read = in.number(2);
      if (!read) return std::nullopt;
      seconds = *read;
      if (in.take('.')) fraction = in.fraction();
    }
    if (!in.done() || *hours > 23 || *minutes > 59 || seconds > 59) return std::nullopt;
    ticks = days * ticks_per_day + (*hours * 3600LL + *minutes * 60LL + seconds) * second_ticks +
            fraction;
  }
  if (ticks && negative) *ticks = -*ticks;
  return ticks;
}

std::string format_datetime_full(std::int64_t ticks) {
  const MomentParts parts = parts_of(ticks);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z", parts.year, parts.month,
                     parts.day, parts.hour, parts.minute, parts.second, parts.fraction_ticks);
}

std::string format_timespan_full(std::int64_t ticks) {
  std::string out = ticks < 0 ? "-" : "";
  std::uint64_t rest =
      ticks < 0 ? ~static_cast<std::uint64_t>(ticks) + 1 : static_cast<std::uint64_t>(ticks);
  const std::uint64_t days = rest / ticks_per_day;
  rest %= ticks_per_day;
  const std::uint64_t fraction = rest % second_ticks;
  const std::uint64_t seconds = rest / second_ticks;
  if (days != 0) out += fmt::format("{}.", days);
  out += fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (fraction != 0) out += fmt::format(".{:07}", fraction);
  return out;
}

}  // namespace vedette::kql
