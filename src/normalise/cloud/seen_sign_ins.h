// Owns: which sign-ins the log-in detectors have been given already: services are asked for the
// same time again and again, since their records come late. Promises: an id is new once while it is
// remembered: at least a day and an hour after its receipt (the longest overlap is a day), as long
// as there is room (limits::seen_sign_ins_max; the oldest leaves first). Must not know: what a
// sign-in says. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vedette::normalise::cloud {

struct SeenSignIn {
  std::uint64_t id = 0;
  base::Timestamp received;
};

class SeenSignIns {
 public:
  // False: it was seen before.
  bool add(std::uint64_t id, base::Timestamp received);
  // In the order of their receipt, for the next run.
  [[nodiscard]] std::vector<SeenSignIn> all() const { return {order_.begin(), order_.end()}; }
  void recall(const std::vector<SeenSignIn>& seen);
  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  std::unordered_set<std::uint64_t> known_;
  std::deque<SeenSignIn> order_;
};

}  // namespace vedette::normalise::cloud
