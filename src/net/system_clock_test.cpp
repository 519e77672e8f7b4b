#include "net/system_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace vedette::net {
namespace {

TEST(SystemClock, AStopFromAnotherThreadEndsASleep) {
  SystemClock clock;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(clock.sleep(base::Duration::hours(24), stop.get_token()));
}

TEST(ScaledClock, StartsWhereItIsToldAndRunsFaster) {
  const SystemClock system;
  const auto start = *base::parse_iso("2026-06-01T08:00:00Z");
  ScaledClock clock(start, 1000);
  EXPECT_GE(clock.now(), start);
  const base::Duration before = system.monotonic();
  const std::stop_source nobody;
  EXPECT_TRUE(clock.sleep(base::Duration::seconds(2), nobody.get_token()));
  const base::Duration waited{system.monotonic().ticks - before.ticks};
  EXPECT_GE(clock.now(), start + base::Duration::seconds(2));
  EXPECT_GE(waited, base::Duration::milliseconds(2));
  EXPECT_LT(waited, base::Duration::seconds(2));
}

TEST(ScaledClock, SettingIsReadStrictly) {
  const auto clock = parse_test_clock("2026-06-01T08:00:00Z,60");
  ASSERT_TRUE(clock);
  EXPECT_LT((*clock)->now(), *base::parse_iso("2026-06-01T09:00:00Z"));
  for (const char* bad :
       {"", "2026-06-01T08:00:00Z", "2026-06-01T08:00:00Z,", "2026-06-01T08:00:00Z,0",
        "2026-06-01T08:00:00Z,-1", "2026-06-01T08:00:00Z,nan", "2026-06-01T08:00:00Z,1x",
        "2026-06-01,1", "2026-06-01T08:00:00Z,1e9"})
    EXPECT_FALSE(parse_test_clock(bad)) << bad;
}

TEST(ScaledClock, IsOnlyForBuildsWithTestHooks) {
  const auto clock = make_clock("2001-01-01T00:00:00Z,1");
  ASSERT_TRUE(clock);
  const bool test_time = (*clock)->now() < *base::parse_iso("2002-01-01T00:00:00Z");
#if VEDETTE_TEST_HOOKS
  EXPECT_TRUE(test_time);
  EXPECT_FALSE(make_clock("nonsense"));
#else
  EXPECT_FALSE(test_time);
  EXPECT_TRUE(make_clock("nonsense"));
#endif
}

}  // namespace
}  // namespace vedette::net
