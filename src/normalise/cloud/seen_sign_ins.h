// Owns: what the detectors have been given of cloud services already (log-ins, versions of sign-ins,
// changes of the directory): services are asked for the same time again and again, since their
// records come late. Promises: a key is new once while it is remembered: two days and an hour after
// its receipt (the daily sweep reads two days again), as long as there is room (the oldest leaves
// first); what was read back from before is remembered apart, so that a back-fill does not push out
// what is live. Must not know: what a record says. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_set>
#include <vector>

#include "base/time.h"

namespace vedette::normalise::cloud {

struct SeenSignIn {
  std::uint64_t key = 0;
  base::Timestamp received;
  std::uint64_t is_live = 1;  // a whole word: these are saved as bytes
};

class SeenSignIns {
 public:
  // False: it was seen before.
  bool add(std::uint64_t key, base::Timestamp received, bool is_live);
  // Each kind in the order of its receipt, for the next run.
  [[nodiscard]] std::vector<SeenSignIn> all() const;
  void recall(const std::vector<SeenSignIn>& seen);

 private:
  struct Memory {
    std::unordered_set<std::uint64_t> known;
    std::deque<SeenSignIn> order;
    void add(const SeenSignIn& seen, std::size_t most);
  };

  Memory live_, back_;
};

}  // namespace vedette::normalise::cloud
