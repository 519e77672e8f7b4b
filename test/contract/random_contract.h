// What every body of ports::Random must do. A World has `ports::Random& random()`.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "ports/random.h"

namespace vedette::contract {

template <typename World>
class RandomContract : public testing::Test {
 protected:
  World world_;
};
TYPED_TEST_SUITE_P(RandomContract);

TYPED_TEST_P(RandomContract, ValuesDiffer) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(this->world_.random().next());
  EXPECT_EQ(seen.size(), 1000U);
}

// 64,000 fair coins land on one side 32,000 times, give or take 126: ten times that never happens.
TYPED_TEST_P(RandomContract, BitsAreBalanced) {
  int ones = 0;
  std::uint64_t any = 0, all = ~0ULL;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = this->world_.random().next();
    ones += std::popcount(value);
    any |= value;
    all &= value;
  }
  EXPECT_NEAR(ones, 32'000, 1'260);
  EXPECT_EQ(any, ~0ULL);
  EXPECT_EQ(all, 0U);
}

REGISTER_TYPED_TEST_SUITE_P(RandomContract, ValuesDiffer, BitsAreBalanced);

}  // namespace vedette::contract
