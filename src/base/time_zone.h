// Owns: local time to UTC and back for the time zones of the system's tzdata, and fixed offsets.
// Promises: a local time that exists twice (clocks set back) is the earlier one; one that does not
// exist (clocks set forward) is read as if the clocks had not been set yet. Must not know: which
// zone is wanted. Called from one thread at a time (it caches the last quarter hour).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace vedette::base {

class TimeZone {
 public:
  // "UTC", "local" (the system's), "+02:00", "-0530" or a tzdata name such as "Europe/Berlin".
  [[nodiscard]] static Result<TimeZone> find(std::string_view name);
  [[nodiscard]] static TimeZone fixed(Duration east_of_utc);

  // The instant at which this zone's clocks show the given seconds since 1970-01-01T00:00:00 local
  // time.
  [[nodiscard]] Timestamp to_utc(std::int64_t local_seconds) const;
  // What this zone's clocks show at the instant, in seconds since 1970-01-01T00:00:00 local time.
  [[nodiscard]] std::int64_t to_local(Timestamp time) const;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Rules;                         // the tzdata library stays in time_zone.cpp
  std::shared_ptr<const Rules> rules_;  // null for a fixed offset
  std::int64_t fixed_offset_s_ = 0;
  std::string name_ = "UTC";
  mutable std::int64_t cached_span_ = INT64_MIN;
  mutable std::int64_t cached_offset_s_ = 0;
};

}  // namespace vedette::base
