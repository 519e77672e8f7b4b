#include "base/local_time.h"

#include <date/tz.h>

#include <string_view>

namespace vedette::base {

std::int64_t local_seconds(const TimeZone& zone, Timestamp instant) {
  const std::int64_t seconds = instant.unix_seconds();
  const std::string_view name = zone.name();
  // A fixed offset is the same at every moment.
  if (name == "UTC" || name.starts_with('+') || name.starts_with('-'))
    return seconds - zone.to_utc(0).unix_seconds();
  const date::sys_seconds moment{std::chrono::seconds(seconds)};
  // A zone that was found once is found again.
  return seconds + date::locate_zone(name)->get_info(moment).offset.count();
}

}  // namespace vedette::base
