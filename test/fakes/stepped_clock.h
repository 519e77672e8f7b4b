// A clock whose sleepers really wait until the test moves time past their moment: for code that
// sleeps on a thread of its own. Body of ports::Clock; contract in test/contract/clock_contract.h.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include "ports/clock.h"

namespace vedette::fakes {

class SteppedClock : public ports::Clock {
 public:
  explicit SteppedClock(base::Timestamp start = base::Timestamp::from_unix_seconds(1'780'000'000))
      : now_(start) {}

  [[nodiscard]] base::Timestamp now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  [[nodiscard]] base::Duration monotonic() const override {
    const std::lock_guard lock(mutex_);
    return monotonic_;
  }
  bool sleep(base::Duration duration, const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    const base::Duration until = monotonic_ + duration;
    const auto sleeper = sleepers_.insert(until);
    changed_.notify_all();
    const bool passed = changed_.wait(lock, stop, [&] { return monotonic_ >= until; });
    sleepers_.erase(sleeper);
    changed_.notify_all();
    return passed && !stop.stop_requested();
  }

  void advance(base::Duration duration) {
    const std::lock_guard lock(mutex_);
    monotonic_ = monotonic_ + duration;
    now_ = now_ + duration;
    changed_.notify_all();
  }
  // Returns once that many threads sleep (past the present moment), with the shortest time left.
  base::Duration wait_for_sleepers(std::size_t count) {
    std::unique_lock lock(mutex_);
    const auto asleep = [this] {
      return static_cast<std::size_t>(
          std::distance(sleepers_.upper_bound(monotonic_), sleepers_.end()));
    };
    changed_.wait(lock, [&] { return asleep() >= count; });
    if (count == 0) return {};
    return {sleepers_.upper_bound(monotonic_)->ticks - monotonic_.ticks};
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  base::Timestamp now_;
  base::Duration monotonic_;
  std::multiset<base::Duration> sleepers_;  // when each wants to wake
};

}  // namespace vedette::fakes
