#include "app/indicator_hits.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detect/indicator_watch.h"
#include "fakes/memory_incident_store.h"

namespace vedette::app {
namespace {

const base::Timestamp noon = *base::parse_iso("2026-06-01T12:00:00Z");

model::Incident met(std::uint64_t number, base::Timestamp updated) {
  model::Alert alert;
  alert.rule = detect::indicator_match;
  alert.id = number;
  alert.reasons = {fmt::format("203.0.113.7 is an indicator of MISP with confidence 100"),
                   fmt::format("indicator--{}", number)};
  model::Incident incident;
  incident.identity = number;
  incident.updated = updated;
  incident.alerts = {alert};
  return incident;
}

TEST(IndicatorHitsTest, AllThatChangedAreReadHoweverManyAreNewer) {
  fakes::MemoryIncidentStore store;
  constexpr std::uint64_t count = 2'350;
  for (std::uint64_t i = 1; i <= count; ++i)
    ASSERT_TRUE(
        store.commit({.incidents = {met(i, i == 2 ? noon : noon + base::Duration::hours(1))}}));
  const auto all = read_indicator_hits(store, "MISP", noon);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), count);
  EXPECT_EQ(all->back().indicator, "indicator--1");
  EXPECT_EQ(all->back().value, "203.0.113.7");
  EXPECT_EQ(read_indicator_hits(store, "MISP", noon + base::Duration::minutes(1))->size(),
            count - 1);
  EXPECT_TRUE(read_indicator_hits(store, "another", noon)->empty());
}

}  // namespace
}  // namespace vedette::app
