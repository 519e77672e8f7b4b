#include "app/room_incident.h"

#include <gtest/gtest.h>

#include "fakes/memory_incident_store.h"

namespace vedette::app {
namespace {

class RoomIncidentTest : public ::testing::Test {
 protected:
  base::Timestamp at(int seconds) const { return start + base::Duration::seconds(seconds); }
  std::vector<model::Incident> incidents() { return *store.list({}); }
  std::unique_ptr<RoomIncident> next_process() {
    return std::make_unique<RoomIncident>(store, incident::BookSettings{{"chat"}}, "/data");
  }

  const base::Timestamp start = *base::parse_iso("2026-06-01T08:00:00Z");
  const std::string shortage = "the disk with /data has 100 MB free";
  fakes::MemoryIncidentStore store;
  std::unique_ptr<RoomIncident> room = next_process();
};

TEST_F(RoomIncidentTest, EachTimeIsOneAlertFromItsBeginningToItsEnd) {
  EXPECT_FALSE(*room->look("", at(0)));
  EXPECT_TRUE(incidents().empty());
  EXPECT_TRUE(*room->look(shortage, at(1)));
  EXPECT_FALSE(*room->look(shortage + ", still", at(2)));
  ASSERT_EQ(incidents().size(), 1U);
  const model::Alert opened = incidents()[0].alerts[0];
  EXPECT_EQ(opened.rule, "room_short");
  EXPECT_EQ(opened.status, model::AlertStatus::open);
  EXPECT_EQ(opened.severity, model::Severity::high);
  EXPECT_EQ(opened.reasons[0], shortage);
  EXPECT_EQ(opened.first_event, at(1));
  EXPECT_TRUE(*room->look("", at(60)));
  EXPECT_FALSE(*room->look("", at(61)));
  ASSERT_EQ(incidents().size(), 1U);
  const model::Alert closed = incidents()[0].alerts[0];
  EXPECT_EQ(closed.id, opened.id);
  EXPECT_EQ(closed.status, model::AlertStatus::closed);
  EXPECT_EQ(closed.closed, at(60));
  EXPECT_EQ(closed.reasons.back(), "there is room again");
  EXPECT_TRUE(*room->look(shortage, at(100)));
  ASSERT_EQ(incidents().size(), 1U) << "soon after it is the same incident";
  ASSERT_EQ(incidents()[0].alerts.size(), 2U);
  EXPECT_NE(incidents()[0].alerts[1].id, opened.id);
  EXPECT_EQ(store.outbox(std::nullopt, 10)->size(), 3U);
}

TEST_F(RoomIncidentTest, AShortageThatCouldNotBeKeptIsToldWhenThereIsRoom) {
  EXPECT_FALSE(*room->look("", at(0)));
  store.fail_with(base::Error{base::ErrorCode::limit_exceeded, "the disk is full"});
  EXPECT_FALSE(room->look(shortage, at(1)));
  EXPECT_FALSE(room->look(shortage, at(2)));
  store.fail_with(std::nullopt);
  EXPECT_TRUE(*room->look("", at(3)));
  EXPECT_FALSE(*room->look("", at(4)));
  ASSERT_EQ(incidents().size(), 1U);
  ASSERT_EQ(incidents()[0].alerts.size(), 1U);
  const model::Alert& told = incidents()[0].alerts[0];
  EXPECT_EQ(told.first_event, at(1));
  EXPECT_EQ(told.closed, at(3));
  EXPECT_EQ(store.outbox(std::nullopt, 10)->size(), 2U);
}

TEST_F(RoomIncidentTest, WhatADeadProcessLeftOpenGoesOn) {
  EXPECT_TRUE(*room->look(shortage, at(1)));
  const auto id = incidents()[0].alerts[0].id;
  room = next_process();
  EXPECT_FALSE(*room->look(shortage, at(100))) << "it is known already";
  room = next_process();
  EXPECT_TRUE(*room->look("", at(200)));
  ASSERT_EQ(incidents().size(), 1U);
  ASSERT_EQ(incidents()[0].alerts.size(), 1U);
  EXPECT_EQ(incidents()[0].alerts[0].id, id);
  EXPECT_EQ(incidents()[0].alerts[0].status, model::AlertStatus::closed);
}

TEST_F(RoomIncidentTest, WhatCouldNotBeRecordedIsTriedAgain) {
  EXPECT_FALSE(*room->look("", at(0)));
  store.fail_with(base::Error{base::ErrorCode::limit_exceeded, "the disk is full"});
  EXPECT_FALSE(room->look(shortage, at(1)));
  store.fail_with(std::nullopt);
  EXPECT_TRUE(*room->look(shortage, at(2)));
  EXPECT_EQ(incidents().size(), 1U);
}

}  // namespace
}  // namespace vedette::app
