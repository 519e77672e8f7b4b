#include "notify/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::notify {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Two or four digits at a place; -1 for anything else.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  const auto number = base::parse_unsigned(text.substr(at, count));
  return number ? static_cast<int>(*number) : -1;
}

// "Sun, 06 Nov 1994 08:49:37 GMT": fixed places; the day's name is not needed.
std::optional<base::Timestamp> parse_http_date(std::string_view text) {
  constexpr std::string_view shape = "???, ?? ??? ???? ??:??:?? GMT";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != '?' && shape[i] != text[i]) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const int day = digits_at(text, 5, 2), year = digits_at(text, 12, 4);
  const int hour = digits_at(text, 17, 2), minute = digits_at(text, 20, 2);
  const int second = digits_at(text, 23, 2);
  if (month == months.end() || day < 1 || day > 31 || year < 1 || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const auto days = base::days_from_civil(year, static_cast<int>(month - months.begin()) + 1, day);
  return base::Timestamp::from_unix_seconds(days * 86'400 + hour * 3'600 + minute * 60 + second);
}

}  // namespace

std::optional<base::Duration> wait_from_seconds(double seconds) {
  if (!(seconds >= 0)) return std::nullopt;  // also refuses NaN
  const double bounded = std::min(seconds, static_cast<double>(base::limits::retry_after_s_max));
  return base::Duration{
      static_cast<std::int64_t>(std::ceil(bounded * static_cast<double>(base::ticks_per_second)))};
}

std::optional<base::Duration> parse_wait_seconds(std::string_view text) {
  text = base::trim(text);
  double seconds = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return wait_from_seconds(seconds);
}

std::optional<base::Duration> parse_retry_after(std::string_view text, base::Timestamp now) {
  text = base::trim(text);
  constexpr auto longest = static_cast<std::uint64_t>(base::limits::retry_after_s_max);
  const bool all_digits =
      !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (all_digits) {
    // More digits than 64 bits hold is still a number: the longest wait.
    const std::uint64_t seconds = base::parse_unsigned(text).value_or(longest);
    return base::Duration::seconds(static_cast<std::int64_t>(std::min(seconds, longest)));
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, base::Duration{},
                    base::Duration::seconds(static_cast<int>(longest)));
}

}  // namespace vedette::notify
