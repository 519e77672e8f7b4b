#include "incident/origin_reading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include "fakes/memory_incident_store.h"
#include "incident/actions.h"
#include "incident/incident_book.h"

namespace vedette::incident {
namespace {

using base::Duration;
using base::Timestamp;
using model::Classification;
using model::IncidentReading;
using model::IncidentStatus;
using model::Toucher;

constexpr Timestamp created = Timestamp::from_unix_seconds(1'780'272'000);

IncidentReading reading_at(int minutes) {
  IncidentReading reading;
  model::IncidentOrigin& origin = reading.origin;
  origin.provider = "Microsoft Sentinel";
  origin.id = "/subscriptions/s/incidents/3005";
  origin.number = "3005";
  origin.etag = "e" + std::to_string(minutes);
  origin.created = created;
  origin.changed = created + Duration::minutes(minutes);
  origin.status = "New";
  origin.title = "Credential phishing mail";
  origin.alert_ids = {"a1"};
  origin.entities = {{"Ip", "203.0.113.7"}, {"Account", "bo@contoso.com"}, {"Mailbox", "bo"}};
  origin.accounts = {{"1111", "bo@contoso.com", ""}};
  reading.severity = "Medium";
  reading.first_event = created - Duration::minutes(20);
  reading.last_event = created - Duration::minutes(10);
  return reading;
}

class OriginReadingTest : public testing::Test {
 protected:
  OriginReadingTest() { begin_anew(); }
  bool read(const IncidentReading& reading) {
    const auto done = book_->record({}, now_, {}, std::span(&reading, 1));
    EXPECT_TRUE(done);
    now_ = now_ + Duration::minutes(1);
    return done && done->incidents_opened + done->incidents_changed > 0;
  }
  model::Incident incident() { return **store_->find(1); }
  Toucher touched_by() { return incident().origin->touched_by; }
  std::string last_entry() { return store_->timeline(1)->back().text; }

  void begin_anew() {
    store_ = std::make_unique<fakes::MemoryIncidentStore>();
    book_ = std::make_unique<IncidentBook>(*store_, BookSettings{.channels = {"mail"}});
  }

  std::unique_ptr<fakes::MemoryIncidentStore> store_;
  std::unique_ptr<IncidentBook> book_;
  Timestamp now_ = created + Duration::minutes(5);
};

TEST_F(OriginReadingTest, BecomesOneOfOurs) {
  EXPECT_TRUE(read(reading_at(0)));
  const auto found = incident();
  EXPECT_EQ(found.title, "Credential phishing mail");
  EXPECT_EQ(found.severity, model::Severity::medium);
  EXPECT_EQ(found.status, IncidentStatus::new_incident);
  EXPECT_EQ(found.origin->lineage_created, created);
  ASSERT_EQ(found.alerts.size(), 1U);
  EXPECT_EQ(found.alerts[0].entities[0].value, "bo@contoso.com") << "whom it is about comes first";
  EXPECT_EQ(found.alerts[0].entities[1].value, "203.0.113.7");
  EXPECT_TRUE(store_->outbox(std::nullopt, 10)->empty()) << "policies tell of it";
  EXPECT_EQ(touched_by(), Toucher::nobody);
}

TEST_F(OriginReadingTest, AReplayTellsNothingTwice) {
  auto second = reading_at(10);
  second.origin.status = "Active";
  EXPECT_TRUE(read(reading_at(0)));
  EXPECT_TRUE(read(second));
  const auto before = incident();
  const auto timeline = *store_->timeline(1);
  EXPECT_FALSE(read(reading_at(0)));
  EXPECT_FALSE(read(second));
  EXPECT_EQ(incident(), before);
  EXPECT_EQ(*store_->timeline(1), timeline);
  // The address is the same whatever its case.
  auto shouted = second;
  shouted.origin.id = "/SUBSCRIPTIONS/s/incidents/3005";
  EXPECT_FALSE(read(shouted));
}

TEST_F(OriginReadingTest, RenamingAndLabelsAcknowledgeNothing) {
  read(reading_at(0));
  auto renamed = reading_at(1);
  renamed.origin.title = "Case 4711";
  renamed.origin.labels = {"checked"};
  renamed.severity = "High";
  EXPECT_TRUE(read(renamed));
  EXPECT_EQ(incident().title, "Case 4711");
  EXPECT_EQ(incident().severity, model::Severity::high);
  EXPECT_EQ(touched_by(), Toucher::nobody);
  EXPECT_FALSE(incident().acknowledged.is_set());
}

TEST_F(OriginReadingTest, WhoChangedItDecides) {
  struct Change {
    std::string by;
    Toucher touched;
  };
  for (const auto& [by, touched] :
       {Change{"", Toucher::unclear}, Change{"Automation rule - close noise", Toucher::automation},
        Change{"anna@contoso.com", Toucher::person}}) {
    begin_anew();
    read(reading_at(0));
    auto taken = reading_at(1);
    taken.origin.status = "Active";
    taken.origin.changed_by = by;
    read(taken);
    EXPECT_EQ(touched_by(), touched) << by;
    EXPECT_EQ(incident().acknowledged.is_set(), touched == Toucher::person) << by;
    EXPECT_EQ(incident().status, IncidentStatus::active);
  }
}

TEST_F(OriginReadingTest, CommentsOfPeopleCountAndThoseOfProgramsDoNot) {
  read(reading_at(0));
  auto commented = reading_at(1);
  commented.comments = {{"c1", "playbook", "looked up 203.0.113.7", Toucher::automation, created}};
  EXPECT_TRUE(read(commented));
  EXPECT_EQ(touched_by(), Toucher::automation);
  EXPECT_FALSE(incident().acknowledged.is_set());
  commented.comments.push_back({"c2", "anna@contoso.com", "mine", Toucher::person, created});
  EXPECT_TRUE(read(commented)) << "a comment is news though nothing else changed";
  EXPECT_EQ(touched_by(), Toucher::person);
  EXPECT_TRUE(incident().acknowledged.is_set());
  EXPECT_EQ(last_entry(), "mine");
  EXPECT_FALSE(read(commented));
}

TEST_F(OriginReadingTest, APersonsTouchAfterAnUnclearOneIsKnown) {
  read(reading_at(0));
  auto taken = reading_at(1);
  taken.origin.owner = "SOC queue";
  read(taken);
  EXPECT_EQ(touched_by(), Toucher::unclear);
  taken.comments = {{"c1", "anna@contoso.com", "mine", Toucher::person, created}};
  read(taken);
  EXPECT_EQ(touched_by(), Toucher::person);
}

TEST_F(OriginReadingTest, ClosingAndReopening) {
  read(reading_at(0));
  auto closed = reading_at(1);
  closed.origin.status = "Closed";
  closed.origin.classification = "FalsePositive";
  closed.closing_comment = "a test";
  closed.comments = {{"c1", "anna@contoso.com", "done", Toucher::person, created}};
  read(closed);
  EXPECT_EQ(incident().status, IncidentStatus::closed);
  EXPECT_EQ(incident().classification, Classification::false_positive);
  EXPECT_EQ(incident().closing_comment, "a test");
  auto reopened = reading_at(2);
  reopened.comments = closed.comments;
  read(reopened);
  EXPECT_EQ(incident().status, IncidentStatus::new_incident);
  EXPECT_TRUE(incident().reopened.is_set());
  EXPECT_FALSE(incident().acknowledged.is_set()) << "that was before";
  EXPECT_EQ(touched_by(), Toucher::nobody);
}

TEST_F(OriginReadingTest, WhatPeopleDidHereStays) {
  read(reading_at(0));
  ASSERT_TRUE(act(*store_, 1, [&](const model::Incident& found) {
    return acknowledge(found, {"anna", now_});
  }));
  auto more = reading_at(3);
  more.origin.alert_ids = {"a1", "a2"};
  EXPECT_TRUE(read(more));
  EXPECT_EQ(incident().status, IncidentStatus::active) << "it is New there still";
  EXPECT_TRUE(incident().acknowledged.is_set());
}

TEST_F(OriginReadingTest, OneThatWasTakenBeforeWeCameIsUnclear) {
  auto taken = reading_at(0);
  taken.origin.status = "Active";
  taken.origin.owner = "SOC queue";
  read(taken);
  EXPECT_EQ(touched_by(), Toucher::unclear);
}

TEST_F(OriginReadingTest, OurOwnAlertsDoNotJoinIt) {
  read(reading_at(0));
  model::Alert alert;
  alert.id = 77;
  alert.rule = "sentinel_incident";
  alert.entities = {{model::EntityType::account, "bo@contoso.com"}};
  alert.first_event = alert.last_event = created;
  const AlertNews news{model::AlertChange::opened, alert};
  ASSERT_TRUE(book_->record(std::span(&news, 1), now_));
  EXPECT_EQ(store_->list({})->size(), 2U);
}

// Whatever order versions come in, the end is that of the newest.
TEST_F(OriginReadingTest, AnyOrderEndsTheSame) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    begin_anew();
    std::vector<IncidentReading> versions;
    for (int i = 0; i < 6; ++i) {
      auto& version = versions.emplace_back(reading_at(i));
      version.origin.status = std::array{"New", "Active", "Closed"}.at(random() % 3);
      version.origin.title = "t" + std::to_string(random() % 3);
    }
    const auto newest = versions.back();
    std::ranges::shuffle(versions, random);
    for (const auto& version : versions) read(version);
    EXPECT_EQ(incident().title, newest.origin.title);
    EXPECT_EQ(model::name_of(incident().status), newest.origin.status);
  }
}

}  // namespace
}  // namespace vedette::incident
