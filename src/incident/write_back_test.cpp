#include "incident/write_back.h"

#include <gtest/gtest.h>

#include "incident/actions.h"
#include "incident/origin_reading.h"

namespace vedette::incident {
namespace {

using base::Duration;
using model::TimelineKind;

constexpr base::Timestamp now = base::Timestamp::from_unix_seconds(1'780'272'000);
const Person anna{"anna", now};

model::Incident fresh() {
  model::Incident incident;
  incident.number = 7;
  auto& origin = incident.origin.emplace();
  origin.provider = "Microsoft Sentinel";
  origin.status = "New";
  origin.etag = "\"1\"";
  return incident;
}

TEST(WriteBack, WhatStandsThereIsNotTold) {
  EXPECT_TRUE(plan_write_back(fresh(), {}).empty());
  model::Incident ours = fresh();
  ours.origin.reset();
  EXPECT_TRUE(plan_write_back(acknowledge(ours, anna)->incident, {}).empty());
  model::Incident merged = acknowledge(fresh(), anna)->incident;
  merged.merged_into = 3;
  EXPECT_TRUE(plan_write_back(merged, {}).empty());
}

TEST(WriteBack, StatusOwnerAndClassification) {
  const auto active = acknowledge(fresh(), anna)->incident;
  EXPECT_EQ(plan_write_back(active, {}).status, "Active");
  EXPECT_TRUE(plan_write_back(written_back(active, plan_write_back(active, {})), {}).empty());
  const auto owned = assign(active, anna, "bo@contoso.com")->incident;
  EXPECT_EQ(plan_write_back(owned, {}).owner, "bo@contoso.com");
  EXPECT_EQ(plan_write_back(assign(active, anna, "night shift")->incident, {}).owner, "")
      << "Sentinel knows nobody of that name";
  const auto closed =
      close(owned, anna, model::Classification::benign_positive, "a test")->incident;
  const WriteBack end = plan_write_back(closed, {});
  EXPECT_EQ(end.status, "Closed");
  EXPECT_EQ(end.classification, "BenignPositive");
  EXPECT_EQ(end.closing_comment, "a test");
  const auto told = written_back(closed, end);
  EXPECT_TRUE(plan_write_back(told, {}).empty());
  EXPECT_EQ(plan_write_back(reopen(told, anna)->incident, {}).status, "Active");
}

// A person's comment goes there once, under one name, and does not come back as news.
TEST(WriteBack, CommentsAreToldOnce) {
  const auto said = comment(fresh(), anna, "I look at it");
  ASSERT_TRUE(said);
  auto timeline = said->entries;
  timeline.push_back({7, TimelineKind::commented, now, now, "carl@contoso.com", "said there"});
  timeline.push_back({7, TimelineKind::policy, now, {}, "vedette", "a step"});
  const WriteBack plan = plan_write_back(said->incident, timeline);
  ASSERT_EQ(plan.comments.size(), 1U);
  EXPECT_EQ(plan.comments[0].text, "anna in Vedette: I look at it");
  EXPECT_TRUE(is_own_comment(plan.comments[0].id));
  EXPECT_EQ(plan.comments[0].id.size(), 36U) << plan.comments[0].id;
  EXPECT_EQ(plan_write_back(said->incident, timeline).comments[0].id, plan.comments[0].id);
  EXPECT_TRUE(plan_write_back(written_back(said->incident, plan), timeline).comments.empty());
  // Told, and the program died before it noted so: the reading brings it back.
  model::IncidentReading reading;
  reading.origin = *fresh().origin;
  reading.origin.changed = now + Duration::minutes(1);
  reading.comments = {{plan.comments[0].id, "our app", "anna in Vedette: I look at it",
                       model::Toucher::automation, now + Duration::minutes(1)}};
  const auto again = apply_reading(&said->incident, reading, now + Duration::minutes(2));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->entries.empty());
  EXPECT_TRUE(plan_write_back(again->incident, timeline).comments.empty());
}

}  // namespace
}  // namespace vedette::incident
