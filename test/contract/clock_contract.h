// What every body of ports::Clock must do. A World has `ports::Clock& clock()`; its time passes by
// itself or by sleeping.
#pragma once

#include <gtest/gtest.h>

#include "ports/clock.h"

namespace vedette::contract {

template <typename World>
class ClockContract : public testing::Test {
 protected:
  World world_;
};
TYPED_TEST_SUITE_P(ClockContract);

TYPED_TEST_P(ClockContract, TellsATimeOfThisAge) {
  const base::Timestamp now = this->world_.clock().now();
  EXPECT_GT(now, *base::parse_iso("2024-01-01T00:00:00Z"));
  EXPECT_LT(now, *base::parse_iso("2200-01-01T00:00:00Z"));
}

TYPED_TEST_P(ClockContract, MonotonicNeverGoesBack) {
  base::Duration last = this->world_.clock().monotonic();
  for (int i = 0; i < 1000; ++i) {
    const base::Duration next = this->world_.clock().monotonic();
    ASSERT_GE(next, last);
    last = next;
  }
}

TYPED_TEST_P(ClockContract, ASleepLastsAtLeastAsLongAsAsked) {
  auto& clock = this->world_.clock();
  const std::stop_source nobody;
  const base::Duration before = clock.monotonic();
  const base::Timestamp before_now = clock.now();
  EXPECT_TRUE(clock.sleep(base::Duration::milliseconds(3), nobody.get_token()));
  EXPECT_GE(clock.monotonic(), before + base::Duration::milliseconds(3));
  EXPECT_GT(clock.now(), before_now);
}

TYPED_TEST_P(ClockContract, NothingToSleepIsNoWait) {
  const std::stop_source nobody;
  EXPECT_TRUE(this->world_.clock().sleep({}, nobody.get_token()));
  EXPECT_TRUE(this->world_.clock().sleep({-5}, nobody.get_token()));
}

TYPED_TEST_P(ClockContract, AStopEndsTheSleep) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(this->world_.clock().sleep(base::Duration::hours(1), stop.get_token()));
}

REGISTER_TYPED_TEST_SUITE_P(ClockContract, TellsATimeOfThisAge, MonotonicNeverGoesBack,
                            ASleepLastsAtLeastAsLongAsAsked, NothingToSleepIsNoWait,
                            AStopEndsTheSleep);

}  // namespace vedette::contract
