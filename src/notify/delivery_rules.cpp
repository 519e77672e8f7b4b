#include "notify/delivery_rules.h"

#include "base/local_time.h"
#include "base/text.h"

namespace vedette::notify {
namespace {

constexpr int minutes_a_day = 24 * 60;

std::optional<int> minute_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() - colon != 3)
    return std::nullopt;
  const auto hour = base::parse_unsigned(text.substr(0, colon));
  const auto minute = base::parse_unsigned(text.substr(colon + 1));
  if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute != 0))
    return std::nullopt;
  return static_cast<int>(*hour * 60 + *minute) % minutes_a_day;
}

}  // namespace

std::optional<QuietHours> parse_quiet_hours(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = minute_of(base::trim(text.substr(0, dash)));
  const auto end = minute_of(base::trim(text.substr(dash + 1)));
  if (!begin || !end || *begin == *end) return std::nullopt;
  QuietHours hours;
  hours.begin_minute = *begin;
  hours.end_minute = *end;
  return hours;
}

bool QuietHours::contains(base::Timestamp moment) const {
  const std::int64_t of_day = (base::local_seconds(zone, moment) / 60) % minutes_a_day;
  if (begin_minute < end_minute) return of_day >= begin_minute && of_day < end_minute;
  return of_day >= begin_minute || of_day < end_minute;
}

// Minute by minute by the zone's clocks, so that a night in which they are set has its true end.
base::Timestamp QuietHours::end_after(base::Timestamp moment) const {
  base::Timestamp end = moment;
  for (int i = 0; i <= 2 * minutes_a_day && contains(end); ++i)
    end = base::Timestamp::from_unix_seconds((end.unix_seconds() / 60 + 1) * 60);
  return end;
}

}  // namespace vedette::notify
