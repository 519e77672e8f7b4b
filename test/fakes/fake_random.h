// Randomness that repeats: a sequence from a seed. Body of ports::Random; contract in
// test/contract/random_contract.h.
#pragma once

#include <atomic>

#include "base/hash.h"
#include "ports/random.h"

namespace vedette::fakes {

class FakeRandom : public ports::Random {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : seed_(seed) {}
  [[nodiscard]] std::uint64_t next() override { return base::hash_words(seed_, ++count_); }

 private:
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace vedette::fakes
