#include "notify/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cmath>

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

}  // namespace vedette::notify
