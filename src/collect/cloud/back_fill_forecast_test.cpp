#include "collect/cloud/back_fill_forecast.h"

#include <gtest/gtest.h>

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Timestamp;

const Timestamp monday = *base::parse_iso("2026-06-01T00:00:00Z");

TEST(BackFillForecast, SaysNothingBeforeThreeDaysWereRead) {
  BackFillForecast forecast;
  const std::vector<Window> left{{monday - Duration::hours(24 * 30), monday}};
  EXPECT_FALSE(forecast.records_in(left));
  forecast.note({monday - Duration::hours(71), monday}, 1'000);
  EXPECT_FALSE(forecast.records_in(left));
  forecast.note({monday - Duration::hours(72), monday - Duration::hours(71)}, 0);
  EXPECT_TRUE(forecast.records_in(left));
  // What is left is less than that: as much need not have been read.
  BackFillForecast short_one;
  short_one.note({monday - Duration::hours(2), monday}, 10);
  EXPECT_NEAR(*short_one.records_in({{monday - Duration::hours(4), monday - Duration::hours(2)}}),
              10, 0.01);
}

TEST(BackFillForecast, KnowsQuietDaysFromBusyOnes) {
  BackFillForecast forecast;
  // Back over a weekend, which says nothing of the days before, into Friday.
  forecast.note({monday - Duration::hours(48), monday}, 200);
  EXPECT_FALSE(
      forecast.records_in({{monday - Duration::hours(24 * 9), monday - Duration::hours(48)}}));
  forecast.note({monday - Duration::hours(24 * 3), monday - Duration::hours(48)}, 1'000);
  // Sunday and Saturday as they were, the five others as Friday.
  EXPECT_NEAR(
      *forecast.records_in({{monday - Duration::hours(24 * 10), monday - Duration::hours(24 * 3)}}),
      5'200, 1);
}

}  // namespace
}  // namespace vedette::collect::cloud
