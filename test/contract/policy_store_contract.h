// What every body of ports::PolicyStore must do. A World has `ports::PolicyStore& store()` and
// `ports::IncidentStore& incidents()`, empty at first, and `void reopen()`, after which they are
// what a new process would find.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/sample_alert.h"
#include "ports/policy_store.h"

namespace vedette::contract {

template <typename World>
class PolicyStoreContract : public testing::Test {
 protected:
  static base::Timestamp at(std::int64_t seconds) {
    return base::Timestamp::from_unix_seconds(1'780'000'000 + seconds);
  }
  std::uint64_t add_incident(std::uint64_t alert_id) {
    model::Incident incident;
    incident.identity = alert_id;
    incident.alerts = {fakes::sample_alert(alert_id)};
    ports::IncidentCommit change;
    change.incidents = {incident};
    return world_.incidents().commit(change).value().front();
  }
  static model::PolicyCase sample_case(std::uint64_t incident, const std::string& policy = "p") {
    model::PolicyCase one;
    one.incident = incident;
    one.policy = policy;
    one.state = model::CaseState::acting;
    one.episode = 3;
    one.why = "its label";
    one.matched = at(1);
    one.started = at(2);
    one.first_told = at(3);
    one.last_warned = at(4);
    one.steps_done = 5;
    one.ask_why = "the clock was set back";
    one.ending = "e";
    one.told = "bo: lock: done\n";
    one.changed = at(6);
    return one;
  }
  static ports::OutboxMessage message(std::uint64_t incident, const std::string& key) {
    ports::OutboxMessage made;
    made.key = key;
    made.incident = incident;
    made.channel = "mail";
    made.alert = fakes::sample_alert(99);
    made.created = at(0);
    made.notice.emplace();
    made.notice->subject = "🚨 Twill Incident Detected";
    made.notice->deadline = at(7);
    made.notice->notes = {"a", "b"};
    return made;
  }
  std::vector<model::PolicyCase> cases(std::uint64_t incident) {
    return world_.store().cases(incident).value();
  }
  World world_;
};

TYPED_TEST_SUITE_P(PolicyStoreContract);

TYPED_TEST_P(PolicyStoreContract, ArmingTakesTheEarliersPlace) {
  ports::PolicyStore& store = this->world_.store();
  EXPECT_TRUE(store.armed().value().empty());
  const model::ArmedPolicy twill{"twill", "h1", model::ActionMode::propose, this->at(1), "anna"};
  model::ArmedPolicy phishing{"phishing", "h2", model::ActionMode::dry_run, this->at(2), "bo"};
  ASSERT_TRUE(store.arm(twill));
  ASSERT_TRUE(store.arm(phishing));
  phishing.mode = model::ActionMode::automatic;
  phishing.hash = "h3";
  ASSERT_TRUE(store.arm(phishing));
  this->world_.reopen();
  EXPECT_EQ(this->world_.store().armed().value(), (std::vector{phishing, twill}));
  EXPECT_TRUE(this->world_.store().disarm("twill").value());
  EXPECT_FALSE(this->world_.store().disarm("twill").value());
  EXPECT_EQ(this->world_.store().armed().value(), (std::vector{phishing}));
}

TYPED_TEST_P(PolicyStoreContract, AStepIsOneTransactionWithItsMessages) {
  const auto number = this->add_incident(1);
  const auto one = this->sample_case(number);
  ports::CaseCommit change;
  change.cases = {one};
  change.entries = {{number, model::TimelineKind::policy, this->at(9), {}, "vedette", "warned"}};
  change.messages = {this->message(number, "k1")};
  ASSERT_TRUE(this->world_.store().save(change));
  // The same again, as after a crash behind the commit.
  ASSERT_TRUE(this->world_.store().save({.cases = {one}, .messages = change.messages}));
  this->world_.reopen();
  EXPECT_EQ(this->cases(number), (std::vector{one}));
  const auto outbox = this->world_.incidents().outbox(std::nullopt, 10).value();
  ASSERT_EQ(outbox.size(), 1U);
  EXPECT_EQ(outbox[0].notice, change.messages[0].notice);
  const auto timeline = this->world_.incidents().timeline(number).value();
  ASSERT_EQ(timeline.size(), 1U);
  EXPECT_EQ(timeline[0].kind, model::TimelineKind::policy);
}

TYPED_TEST_P(PolicyStoreContract, OfNoIncidentNothingIsKept) {
  const auto number = this->add_incident(1);
  ports::CaseCommit change;
  change.cases = {this->sample_case(number), this->sample_case(77)};
  change.messages = {this->message(number, "k1")};
  const auto saved = this->world_.store().save(change);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, base::ErrorCode::not_found);
  EXPECT_TRUE(this->cases(number).empty());
  EXPECT_TRUE(this->world_.incidents().outbox(std::nullopt, 10).value().empty());
}

TYPED_TEST_P(PolicyStoreContract, WhatIsStillOfInterest) {
  const auto open = this->add_incident(1), closed = this->add_incident(2),
             left = this->add_incident(3);
  auto running = this->sample_case(closed, "a"), over = this->sample_case(open, "b"),
       forgotten = this->sample_case(left, "c");
  running.state = model::CaseState::running;
  over.state = forgotten.state = model::CaseState::over;
  ASSERT_TRUE(this->world_.store().save({.cases = {running, over, forgotten}}));
  for (const auto number : {closed, left}) {
    model::Incident incident = *this->world_.incidents().find(number).value();
    incident.status = model::IncidentStatus::closed;
    ports::IncidentCommit change;
    change.incidents = {incident};
    ASSERT_TRUE(this->world_.incidents().commit(change));
  }
  EXPECT_EQ(this->cases(0), (std::vector{over, running}));
  EXPECT_EQ(this->cases(left), (std::vector{forgotten}));
}

REGISTER_TYPED_TEST_SUITE_P(PolicyStoreContract, ArmingTakesTheEarliersPlace,
                            AStepIsOneTransactionWithItsMessages, OfNoIncidentNothingIsKept,
                            WhatIsStillOfInterest);

}  // namespace vedette::contract
