#include "collect/cloud/request_budget.h"

#include <algorithm>

namespace vedette::collect::cloud {
namespace {

// The service's span begins when a request reaches it, which may take longer for the first of two.
constexpr base::Duration travel_slack = base::Duration::milliseconds(250);

}  // namespace

void RequestBudget::forget_old(base::Duration now) {
  while (!spent_.empty() && spent_.front() + quota_.per + travel_slack <= now) spent_.pop_front();
}

base::Duration RequestBudget::wait_needed(base::Duration now, std::size_t reserve) {
  forget_old(now);
  base::Duration wait{std::max<std::int64_t>(0, blocked_until_.ticks - now.ticks)};
  const std::size_t usable = quota_.requests > reserve ? quota_.requests - reserve : 1;
  if (spent_.size() >= usable) {
    // When so many of the oldest are over that one more fits.
    const base::Duration freed = spent_[spent_.size() - usable] + quota_.per + travel_slack - now;
    wait = std::max(wait, freed);
  }
  return wait;
}

void RequestBudget::spend(base::Duration now) {
  forget_old(now);
  spent_.push_back(now);
}

void RequestBudget::block_until(base::Duration then) {
  blocked_until_ = std::max(blocked_until_, then);
}

}  // namespace vedette::collect::cloud
