// Owns: how many requests a service takes in a span of time.
// Promises: rejected requests count too, as the services say; the wait that is told is enough when
// nothing is asked meanwhile. Must not know: who asks. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>

#include "base/time.h"

namespace vedette::simulate::tenant {

class Quota {
 public:
  Quota(std::size_t requests, base::Duration window) : requests_(requests), window_(window) {}

  // Counts a request; false when it is one too many.
  bool take(base::Timestamp now) {
    while (!taken_.empty() && (now - taken_.front() >= window_ || taken_.front() > now))
      taken_.pop_front();
    const bool free = taken_.size() < requests_;
    taken_.push_back(now);
    // More than twice the quota need not be remembered: it is refused anyway.
    if (taken_.size() > 2 * requests_) taken_.pop_front();
    return free;
  }
  // Until a request will be taken.
  [[nodiscard]] base::Duration wait(base::Timestamp now) const {
    if (taken_.size() < requests_) return {};
    const base::Timestamp blocking = taken_[taken_.size() - requests_];
    return std::max(window_ - (now - blocking), base::Duration{});
  }

 private:
  const std::size_t requests_;
  const base::Duration window_;
  std::deque<base::Timestamp> taken_;
};

}  // namespace vedette::simulate::tenant
