// Owns: the one way to learn what time it is. Real body: net/system_clock.h. Fake:
// test/fakes/fake_clock.h. Contract: test/contract/clock_contract.h.
// Promises: `now` may jump (someone set the clock); `monotonic` never goes back.
// Called from any thread.
#pragma once

#include <stop_token>

#include "base/time.h"

namespace vedette::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  // Processing time, UTC.
  [[nodiscard]] virtual base::Timestamp now() const = 0;
  // Time since some fixed moment; for deadlines and intervals.
  [[nodiscard]] virtual base::Duration monotonic() const = 0;
  // Waits that long, or until stop is asked for. True when the time has passed.
  virtual bool sleep(base::Duration duration, const std::stop_token& stop) = 0;
};

}  // namespace vedette::ports
