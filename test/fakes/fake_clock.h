// A clock that moves only when a test moves it. Body of ports::Clock; contract in
// test/contract/clock_contract.h.
#pragma once

#include <atomic>

#include "ports/clock.h"

namespace vedette::fakes {

class FakeClock : public ports::Clock {
 public:
  explicit FakeClock(base::Timestamp start = base::Timestamp::from_unix_seconds(1'780'000'000))
      : now_ticks_(start.ticks) {}

  [[nodiscard]] base::Timestamp now() const override { return {now_ticks_}; }
  [[nodiscard]] base::Duration monotonic() const override { return {monotonic_ticks_}; }
  bool sleep(base::Duration duration, const std::stop_token& stop) override {
    if (stop.stop_requested()) return false;
    advance(duration);
    return true;
  }
  void advance(base::Duration duration) {
    now_ticks_ += duration.ticks;
    monotonic_ticks_ += duration.ticks;
  }
  // Someone sets the clock: `now` jumps, `monotonic` does not.
  void set(base::Timestamp t) { now_ticks_ = t.ticks; }

 private:
  std::atomic<std::int64_t> now_ticks_;
  std::atomic<std::int64_t> monotonic_ticks_ = 0;
};

}  // namespace vedette::fakes
