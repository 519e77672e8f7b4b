// Owns: the machine's clocks, as the body of ports::Clock, and the test clock that starts at a
// chosen moment and runs at a chosen speed. The only place that reads the wall clock. Promises:
// `make_clock` hands out the test clock only in builds with VEDETTE_TEST_HOOKS. Must not know: who
// asks. Called from any thread.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "ports/clock.h"

namespace vedette::net {

class SystemClock : public ports::Clock {
 public:
  [[nodiscard]] base::Timestamp now() const override;
  [[nodiscard]] base::Duration monotonic() const override;
  bool sleep(base::Duration duration, const std::stop_token& stop) override;
};

// Time that starts at `start` when it is made and runs `factor` times as fast as the machine's.
class ScaledClock : public ports::Clock {
 public:
  ScaledClock(base::Timestamp start, double factor);
  [[nodiscard]] base::Timestamp now() const override;
  [[nodiscard]] base::Duration monotonic() const override;
  bool sleep(base::Duration duration, const std::stop_token& stop) override;

 private:
  SystemClock system_;
  base::Timestamp start_;
  base::Duration started_;  // the system's monotonic time when this clock was made
  double factor_;
};

// "2026-06-01T08:00:00Z,60": start and speed (more than 0, at most 1,000,000).
[[nodiscard]] base::Result<std::unique_ptr<ports::Clock>> parse_test_clock(
    std::string_view setting);
// The clock of this run. `test_setting` is the text of VEDETTE_TEST_CLOCK, empty when it is not
// set; a build without test hooks ignores it.
[[nodiscard]] base::Result<std::unique_ptr<ports::Clock>> make_clock(std::string_view test_setting);

}  // namespace vedette::net
