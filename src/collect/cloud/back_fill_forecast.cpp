#include "collect/cloud/back_fill_forecast.h"

#include <algorithm>

namespace vedette::collect::cloud {
namespace {

using base::Duration;

constexpr double seconds_of_day = 86'400;
// Of three days on end one is no weekend.
constexpr double seconds_known = 3 * seconds_of_day;

// Calls `use(weekday, seconds)` for each day's part of the window.
template <typename Use>
void for_each_day(const Window& window, const Use& use) {
  const std::int64_t day_ticks = Duration::hours(24).ticks;
  for (std::int64_t at = window.from.ticks; at < window.to.ticks;) {
    const std::int64_t day = at / day_ticks;
    const std::int64_t end = std::min((day + 1) * day_ticks, window.to.ticks);
    use(static_cast<std::size_t>(day % 7), Duration{end - at}.as_seconds());
    at = end;
  }
}

}  // namespace

void BackFillForecast::note(const Window& window, std::uint64_t records) {
  const double span = (window.to - window.from).as_seconds();
  if (span <= 0) return;
  seconds_ += span;
  for_each_day(window, [&](std::size_t weekday, double seconds) {
    days_[weekday].records += static_cast<double>(records) * seconds / span;
    days_[weekday].seconds += seconds;
  });
}

std::optional<double> BackFillForecast::records_in(const std::vector<Window>& windows) const {
  double left = 0;
  for (const Window& window : windows) left += (window.to - window.from).as_seconds();
  if (seconds_ < std::min(seconds_known, left)) return std::nullopt;
  double busiest = 0;
  for (const Weekday& day : days_)
    if (day.seconds > 0) busiest = std::max(busiest, day.records / day.seconds);
  double records = 0;
  for (const Window& window : windows)
    for_each_day(window, [&](std::size_t weekday, double seconds) {
      const Weekday& day = days_[weekday];
      // Some hours of a day say little of the rest of it.
      const double known = std::min(1.0, day.seconds / seconds_of_day);
      const double own = day.seconds > 0 ? day.records / day.seconds : 0;
      records += seconds * (known * own + (1 - known) * busiest);
    });
  return records;
}

}  // namespace vedette::collect::cloud
