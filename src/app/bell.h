// Owns: one thread waking another: "there may be something to do". Promises: a ring before the wait
// ends the wait at once; several rings are one. Must not know: what there is to do. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/time.h"

namespace vedette::app {

class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_all();
  }
  // True when it was rung; false when that time passed, or a stop was asked for.
  bool wait(base::Duration at_most, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const auto span = std::chrono::milliseconds(at_most.whole_milliseconds());
    changed_.wait_for(lock, stop, span, [this] { return rung_; });
    return std::exchange(rung_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool rung_ = false;
};

}  // namespace vedette::app
