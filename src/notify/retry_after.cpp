#include "notify/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/http_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::notify {

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
  const auto date = base::parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, base::Duration{},
                    base::Duration::seconds(static_cast<int>(longest)));
}

}  // namespace vedette::notify
