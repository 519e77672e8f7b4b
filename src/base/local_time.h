// Owns: UTC to the local time of a zone, the way back of base/time_zone.h. Promises: also in the
// night in which the clocks are set. Must not know: what is asked for. Any thread.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "base/time_zone.h"

namespace vedette::base {

// What the zone's clocks show at that instant, in seconds since 1970-01-01T00:00:00 local time.
[[nodiscard]] std::int64_t local_seconds(const TimeZone& zone, Timestamp instant);

}  // namespace vedette::base
