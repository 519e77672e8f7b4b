// Owns: how often a service may be asked: so many requests in any span of that length, and none
// before a wait that it asked for is over. Promises: never more than that; what is kept in reserve
// is there for who may use it. Must not know: what is asked, who. One thread.
#pragma once

#include <cstddef>
#include <deque>

#include "base/time.h"

namespace vedette::collect::cloud {

struct Quota {
  std::size_t requests = 5;
  base::Duration per = base::Duration::seconds(10);
};

class RequestBudget {
 public:
  explicit RequestBudget(Quota quota) : quota_(quota) {}

  // How long until a request may be made that leaves `reserve` others; zero: now. Times are those
  // of the monotonic clock.
  [[nodiscard]] base::Duration wait_needed(base::Duration now, std::size_t reserve = 0);
  void spend(base::Duration now);
  void block_until(base::Duration then);
  [[nodiscard]] std::size_t requests() const { return quota_.requests; }

 private:
  void forget_old(base::Duration now);

  const Quota quota_;
  std::deque<base::Duration> spent_;  // of the last span; at most quota_.requests
  base::Duration blocked_until_;
};

}  // namespace vedette::collect::cloud
