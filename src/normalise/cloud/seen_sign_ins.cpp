#include "normalise/cloud/seen_sign_ins.h"

#include "base/limits.h"

namespace vedette::normalise::cloud {

bool SeenSignIns::add(std::uint64_t id, base::Timestamp received) {
  constexpr base::Duration remembered = base::Duration::hours(25);
  const auto is_old = [&] {
    return !order_.empty() && order_.front().received < received - remembered;
  };
  while (is_old() || order_.size() >= base::limits::seen_sign_ins_max) {
    known_.erase(order_.front().id);
    order_.pop_front();
  }
  if (!known_.insert(id).second) return false;
  order_.push_back({id, received});
  return true;
}

void SeenSignIns::recall(const std::vector<SeenSignIn>& seen) {
  known_.clear();
  order_.clear();
  for (const auto& [id, received] : seen) add(id, received);
}

}  // namespace vedette::normalise::cloud
