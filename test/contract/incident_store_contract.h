// What every body of ports::IncidentStore must do. A World has `ports::IncidentStore& store()`,
// empty at first, and `void reopen()`, after which `store()` is what a new process would find.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "fakes/sample_alert.h"
#include "ports/incident_store.h"

namespace vedette::contract {

template <typename World>
class IncidentStoreContract : public testing::Test {
 protected:
  static base::Timestamp at(std::int64_t seconds) {
    return base::Timestamp::from_unix_seconds(1'780'000'000 + seconds);
  }
  static model::Incident sample_incident(std::uint64_t alert_id) {
    model::Incident incident;
    incident.identity = alert_id;
    incident.title = "SSH brute force from 203.0.113.7";
    incident.alerts = {fakes::sample_alert(alert_id)};
    incident.first_event = incident.alerts[0].first_event;
    incident.last_event = incident.alerts[0].last_event;
    incident.created = incident.updated = at(0);
    return incident;
  }
  static model::TimelineEntry entry(const std::string& text, std::uint64_t number = 0) {
    return {number, model::TimelineKind::commented, at(1), at(-5), "anna", text};
  }
  static ports::OutboxMessage message(const std::string& key, std::uint64_t alert_id,
                                      const std::string& channel = "chat") {
    ports::OutboxMessage message;
    message.key = key;
    message.channel = channel;
    message.alert = fakes::sample_alert(alert_id);
    message.created = at(0);
    return message;
  }
  // Numbers of new incidents for these alerts, each with a message of that key to "chat".
  std::vector<std::uint64_t> fill(const std::vector<std::uint64_t>& alert_ids) {
    ports::IncidentCommit change;
    for (const auto id : alert_ids) {
      change.messages.push_back({change.incidents.size(), message("key" + std::to_string(id), id)});
      change.incidents.push_back(sample_incident(id));
    }
    const auto numbers = world_.store().commit(change);
    EXPECT_TRUE(numbers) << numbers.error().message;
    return numbers.value_or(std::vector<std::uint64_t>());
  }
  std::vector<std::string> due_keys(std::int64_t seconds, const std::string& channel = "chat") {
    std::vector<std::string> keys;
    const auto found = world_.store().due(channel, at(seconds), 100, {});
    EXPECT_TRUE(found);
    if (found)
      for (const auto& message : *found) keys.push_back(message.key);
    return keys;
  }

  World world_;
};
TYPED_TEST_SUITE_P(IncidentStoreContract);

TYPED_TEST_P(IncidentStoreContract, BeginsEmpty) {
  auto& store = this->world_.store();
  EXPECT_EQ(store.find(1)->has_value(), false);
  EXPECT_EQ(store.find_by_alert(1)->has_value(), false);
  EXPECT_TRUE(store.list({})->empty());
  EXPECT_TRUE(store.timeline(1)->empty());
  EXPECT_EQ(*store.watermark(), 0U);
  EXPECT_EQ(store.detector_checkpoint()->has_value(), false);
  EXPECT_TRUE(this->due_keys(0).empty());
  EXPECT_EQ(*store.waiting("chat"), 0U);
  EXPECT_EQ(*store.remote_id("chat", 1), "");
  EXPECT_TRUE(store.outbox(std::nullopt, 10)->empty());
}

TYPED_TEST_P(IncidentStoreContract, KeepsAllOfAnIncident) {
  auto incident = this->sample_incident(0xFFFF'FFFF'FFFF'FFF0);
  incident.severity = model::Severity::high;
  incident.severity_set_by_person = true;
  incident.status = model::IncidentStatus::closed;
  incident.classification = model::Classification::benign_positive;
  incident.closing_comment = "pen test, \"ordered\"\n";
  incident.owner = "anna";
  incident.tasks = {{"ask \"him\"\n", "anna", "bert", this->at(30), this->at(90)},
                    {"block it", "bert", "", this->at(40), {}}};
  incident.acknowledged = this->at(60);
  incident.closed = this->at(120);
  auto& second = incident.alerts.emplace_back(fakes::sample_alert(2));
  second.rule = "success_after_failures";
  second.status = model::AlertStatus::withdrawn;
  second.entities = {{model::EntityType::network, "198.51.100.0/24"},
                     {model::EntityType::file, std::string("raw \xFF\x00 bytes", 12)}};
  second.merged_into = 0x8000'0000'0000'0001;
  second.location.has_coordinates = true;
  second.location.latitude = -0.1;
  second.location.longitude = 179.999999999;
  second.closed = this->at(3);
  ASSERT_TRUE(this->world_.store().commit({.incidents = {incident}}));
  this->world_.reopen();
  incident.number = 1;
  incident.revision = 1;
  EXPECT_EQ(this->world_.store().find(1)->value(), incident);
  EXPECT_EQ(this->world_.store().find_by_alert(2)->value().number, 1U);
  EXPECT_EQ(this->world_.store().find_by_alert(incident.identity)->value(), incident);
}

TYPED_TEST_P(IncidentStoreContract, NumbersGrowByOneAndChangesKeepThem) {
  EXPECT_EQ(this->fill({10, 20}), (std::vector<std::uint64_t>{1, 2}));
  auto& store = this->world_.store();
  auto first = store.find(1)->value();
  first.owner = "anna";
  first.alerts.push_back(fakes::sample_alert(11));
  first.alerts[0].event_count = 99;
  const auto numbers = store.commit({.incidents = {first, this->sample_incident(30)}});
  EXPECT_EQ(*numbers, (std::vector<std::uint64_t>{1, 3}));
  first.revision = 2;
  this->world_.reopen();
  EXPECT_EQ(this->world_.store().find(1)->value(), first);
  EXPECT_EQ(this->world_.store().find_by_alert(11)->value().number, 1U);
}

TYPED_TEST_P(IncidentStoreContract, WhoComesSecondReadsAgain) {
  this->fill({10});
  auto& store = this->world_.store();
  auto mine = store.find(1)->value(), theirs = mine;
  theirs.owner = "bert";
  ASSERT_TRUE(store.commit({.incidents = {theirs}}));
  mine.owner = "anna";
  const auto refused = store.commit({.incidents = {this->sample_incident(20), mine},
                                     .timeline = {{0, this->entry("not kept")}},
                                     .watermark = 7});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::unavailable);
  EXPECT_EQ(store.find(1)->value().owner, "bert");
  EXPECT_FALSE(store.find_by_alert(20)->has_value()) << "nothing of a refused commit is kept";
  EXPECT_EQ(*store.watermark(), 0U);
  EXPECT_TRUE(store.timeline(2)->empty());
}

TYPED_TEST_P(IncidentStoreContract, AnIdentityIsUnique) {
  this->fill({10});
  const auto again = this->world_.store().commit({.incidents = {this->sample_incident(10)}});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::ErrorCode::unavailable);
  EXPECT_EQ(this->world_.store().list({})->size(), 1U);
}

TYPED_TEST_P(IncidentStoreContract, AnUnknownIncidentIsAnError) {
  auto incident = this->sample_incident(10);
  incident.number = 5;
  auto& store = this->world_.store();
  EXPECT_EQ(store.commit({.incidents = {incident}}).error().code, base::ErrorCode::not_found);
  EXPECT_FALSE(store.commit({.timeline = {{0, this->entry("nobody's", 5)}}}));
  EXPECT_FALSE(store.commit({.timeline = {{0, this->entry("nobody's")}}}));
  EXPECT_FALSE(store.commit({.messages = {{0, this->message("k", 1)}}}));
  EXPECT_FALSE(store.record({.messages = {this->message("k", 1)}}));
}

TYPED_TEST_P(IncidentStoreContract, TheTimelineKeepsItsOrder) {
  auto& store = this->world_.store();
  ASSERT_TRUE(store.commit(
      {.incidents = {this->sample_incident(10), this->sample_incident(20)},
       .timeline = {{1, this->entry("one")}, {0, this->entry("other")}, {1, this->entry("two")}}}));
  ASSERT_TRUE(store.commit({.timeline = {{0, this->entry("three", 2)}}}));
  this->world_.reopen();
  EXPECT_EQ(*this->world_.store().timeline(2),
            (std::vector{this->entry("one", 2), this->entry("two", 2), this->entry("three", 2)}));
  EXPECT_EQ(this->world_.store().timeline(1)->size(), 1U);
}

TYPED_TEST_P(IncidentStoreContract, ListsTheNewestFirstAndFilters) {
  auto& store = this->world_.store();
  std::vector<model::Incident> incidents;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    auto incident = this->sample_incident(i);
    incident.status = static_cast<model::IncidentStatus>(i % 3);
    incident.severity = i <= 2 ? model::Severity::high : model::Severity::low;
    incident.owner = i == 4 ? "anna" : "";
    if (i == 2 || i == 5) incident.updated = incident.updated + base::Duration::hours(1);
    incidents.push_back(incident);
  }
  ASSERT_TRUE(store.commit({.incidents = incidents}));
  const auto numbers = [&](ports::IncidentFilter filter) {
    std::vector<std::uint64_t> found;
    const auto listed = store.list(filter);
    EXPECT_TRUE(listed);
    if (listed)
      for (const auto& incident : *listed) found.push_back(incident.number);
    return found;
  };
  using Numbers = std::vector<std::uint64_t>;
  EXPECT_EQ(numbers({}), (Numbers{6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(numbers({.limit = 2}), (Numbers{6, 5}));
  EXPECT_EQ(numbers({.limit = 2, .before_number = 5}), (Numbers{4, 3}));
  EXPECT_EQ(numbers({.status = model::IncidentStatus::active}), (Numbers{4, 1}));
  EXPECT_EQ(numbers({.open_only = true}), (Numbers{6, 4, 3, 1}));
  EXPECT_EQ(numbers({.least_severity = model::Severity::medium}), (Numbers{2, 1}));
  EXPECT_EQ(numbers({.owner = "anna"}), (Numbers{4}));
  EXPECT_EQ(numbers({.updated_since = incidents[1].updated}), (Numbers{5, 2}));
  EXPECT_EQ(numbers({.limit = 1, .before_number = 5, .updated_since = incidents[1].updated}),
            (Numbers{2}));
  EXPECT_EQ(numbers({.open_only = true, .owner = "bert"}), Numbers{});
  EXPECT_EQ(store.list({.limit = 1})->at(0).alerts.size(), 1U);
}

TYPED_TEST_P(IncidentStoreContract, FindsOpenIncidentsByTheGroupingEntity) {
  auto& store = this->world_.store();
  const model::Entity address{model::EntityType::ip, "203.0.113.7"};
  auto closed = this->sample_incident(1), withdrawn = this->sample_incident(2);
  closed.status = model::IncidentStatus::closed;
  withdrawn.alerts[0].status = model::AlertStatus::withdrawn;
  ASSERT_TRUE(store.commit(
      {.incidents = {closed, withdrawn, this->sample_incident(3), this->sample_incident(4)}}));
  const auto found = store.find_open(address);
  ASSERT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at(0).number, 3U);
  EXPECT_EQ(found->at(1).number, 4U);
  // "root" is in it, but it is not what it is about.
  EXPECT_TRUE(store.find_open({model::EntityType::account, "root"})->empty());
  EXPECT_TRUE(store.find_open({model::EntityType::host, "203.0.113.7"})->empty());
  // What was closed is not found any more.
  auto third = found->at(0);
  third.status = model::IncidentStatus::closed;
  auto fourth = found->at(1);
  fourth.alerts[0].status = model::AlertStatus::withdrawn;
  ASSERT_TRUE(store.commit({.incidents = {third, fourth}}));
  EXPECT_TRUE(store.find_open(address)->empty());
}

TYPED_TEST_P(IncidentStoreContract, WatermarkAndCheckpointNeverGoBack) {
  auto& store = this->world_.store();
  const std::string state("\0state\xFF", 7);
  ASSERT_TRUE(store.commit({.watermark = 10, .detector_checkpoint = state}));
  ASSERT_TRUE(store.commit({.watermark = 15}));
  ASSERT_TRUE(store.commit({.watermark = 5, .detector_checkpoint = "older"}));
  this->world_.reopen();
  auto& reopened = this->world_.store();
  EXPECT_EQ(*reopened.watermark(), 15U);
  EXPECT_EQ(reopened.detector_checkpoint()->value().position, 10U);
  EXPECT_EQ(reopened.detector_checkpoint()->value().state, state);
  EXPECT_FALSE(reopened.commit({.detector_checkpoint = "of what?"}));
}

TYPED_TEST_P(IncidentStoreContract, AMessagesKeyIsUnique) {
  this->fill({10});
  auto& store = this->world_.store();
  auto again = this->message("key10", 10);
  again.incident = 1;
  again.alert.event_count = 5;
  ASSERT_TRUE(store.commit({.messages = {{0, again}}}));
  const auto outbox = store.outbox(std::nullopt, 10);
  ASSERT_EQ(outbox->size(), 1U);
  EXPECT_EQ(outbox->at(0).alert, fakes::sample_alert(10));
}

TYPED_TEST_P(IncidentStoreContract, OneMessageOfAnIncidentIsDueAtATime) {
  this->fill({10, 20});
  auto& store = this->world_.store();
  auto later = this->message("later", 10), elsewhere = this->message("mail", 10, "mail");
  later.incident = elsewhere.incident = 1;
  ASSERT_TRUE(store.commit({.messages = {{0, later}, {0, elsewhere}}}));
  EXPECT_EQ(this->due_keys(0), (std::vector<std::string>{"key10", "key20"}));
  EXPECT_EQ(this->due_keys(0, "mail"), (std::vector<std::string>{"mail"}));
  EXPECT_EQ(store.due("chat", this->at(0), 1, {})->size(), 1U);
  EXPECT_EQ(*store.waiting("chat"), 3U);
  auto sent = store.due("chat", this->at(0), 1, {})->at(0);
  const auto waiting_behind = store.behind(sent, 10);
  ASSERT_EQ(waiting_behind->size(), 1U);
  EXPECT_EQ(waiting_behind->at(0).key, "later");
  sent.state = ports::OutboxState::sent;
  sent.settled = this->at(9);
  ASSERT_TRUE(store.record({.messages = {sent}}));
  EXPECT_EQ(this->due_keys(0), (std::vector<std::string>{"key20", "later"}));
  EXPECT_EQ(*store.waiting("chat"), 2U);
}

TYPED_TEST_P(IncidentStoreContract, AnAttemptIsKeptWithItsReceipt) {
  this->fill({10});
  auto& store = this->world_.store();
  auto message = store.due("chat", this->at(0), 1, {})->at(0);
  EXPECT_EQ(message.incident, 1U);
  EXPECT_EQ(message.alert, fakes::sample_alert(10));
  message.attempts = 3;
  message.maybe_delivered = true;
  message.next_attempt = this->at(60);
  message.error = "it answered 500";
  ASSERT_TRUE(store.record({.messages = {message}}));
  EXPECT_TRUE(this->due_keys(59).empty());
  this->world_.reopen();
  EXPECT_EQ(this->due_keys(60), (std::vector<std::string>{"key10"}));
  EXPECT_EQ(this->world_.store().outbox(ports::OutboxState::waiting, 10)->at(0), message);
  message.state = ports::OutboxState::sent;
  message.remote_id = "9001";
  message.settled = this->at(61);
  const auto receipt = this->entry("told chat", 1);
  ASSERT_TRUE(this->world_.store().record({.messages = {message}, .receipts = {receipt}}));
  this->world_.reopen();
  auto& reopened = this->world_.store();
  EXPECT_EQ(reopened.outbox(ports::OutboxState::sent, 10)->at(0), message);
  EXPECT_TRUE(reopened.outbox(ports::OutboxState::waiting, 10)->empty());
  EXPECT_EQ(reopened.timeline(1)->at(0), receipt);
  EXPECT_EQ(*reopened.remote_id("chat", 10), "9001");
  EXPECT_EQ(*reopened.remote_id("mail", 10), "");
  EXPECT_EQ(*reopened.remote_id("chat", 11), "");
}

TYPED_TEST_P(IncidentStoreContract, TheNewestRemoteIdCounts) {
  this->fill({10});
  auto& store = this->world_.store();
  auto later = this->message("later", 10), last = this->message("last", 10);
  later.incident = last.incident = 1;
  ASSERT_TRUE(store.commit({.messages = {{0, later}, {0, last}}}));
  for (const char* remote_id : {"9001", "9002", ""}) {
    auto message = store.due("chat", this->at(0), 1, {})->at(0);
    message.state = ports::OutboxState::sent;
    message.remote_id = remote_id;
    ASSERT_TRUE(store.record({.messages = {message}}));
  }
  EXPECT_EQ(*store.remote_id("chat", 10), "9002");
}

TYPED_TEST_P(IncidentStoreContract, AClockThatWasSetBackHoldsNothingUp) {
  this->fill({10});
  auto& store = this->world_.store();
  auto message = store.due("chat", this->at(0), 1, {})->at(0);
  message.next_attempt = this->at(base::limits::retry_after_s_max);
  ASSERT_TRUE(store.record({.messages = {message}}));
  EXPECT_TRUE(this->due_keys(0).empty());
  EXPECT_EQ(this->due_keys(-1), (std::vector<std::string>{"key10"}));
}

TYPED_TEST_P(IncidentStoreContract, AFoldIsOneChange) {
  this->fill({10});
  auto& store = this->world_.store();
  auto later = this->message("later", 10);
  later.incident = 1;
  later.change = model::AlertChange::updated;
  ASSERT_TRUE(store.commit({.messages = {{0, later}}}));
  auto first = store.due("chat", this->at(0), 1, {})->at(0);
  later = store.behind(first, 10)->at(0);
  first.state = ports::OutboxState::unneeded;
  later.change = model::AlertChange::opened;
  auto unknown = later;
  unknown.id = 77;
  EXPECT_FALSE(store.record({.messages = {first, unknown}}));
  EXPECT_EQ(this->due_keys(0), (std::vector<std::string>{"key10"})) << "all of it or nothing";
  ASSERT_TRUE(store.record({.messages = {first, later}}));
  EXPECT_EQ(store.due("chat", this->at(0), 10, {}), (std::vector{later}));
}

TYPED_TEST_P(IncidentStoreContract, HoldsWhatIsNotSevereEnough) {
  auto low = this->sample_incident(10), grows = this->sample_incident(20);
  auto quiet = this->message("quiet", 10), first = this->message("first", 20),
       worse = this->message("worse", 21), other = this->message("other", 20, "mail");
  quiet.alert.severity = first.alert.severity = model::Severity::low;
  worse.alert.severity = model::Severity::high;
  auto& store = this->world_.store();
  ASSERT_TRUE(store.commit(
      {.incidents = {low, grows}, .messages = {{0, quiet}, {1, first}, {1, worse}, {1, other}}}));
  ports::HoldRules hold;
  hold.least_severity = model::Severity::medium;
  const auto keys = [&] {
    std::vector<std::string> all;
    const auto due = store.due("chat", this->at(0), 10, hold);
    for (const auto& message : *due) all.push_back(message.key);
    return all;
  };
  // A more severe one behind it: the whole incident is not held, in its order.
  EXPECT_EQ(keys(), (std::vector<std::string>{"first"}));
  hold.least_severity = model::Severity::low;
  EXPECT_EQ(keys(), (std::vector<std::string>{"quiet", "first"}));
  // What was begun is not held.
  hold.least_severity = model::Severity::high;
  auto begun = store.due("chat", this->at(0), 1, {})->at(0);
  begun.attempts = 1;
  ASSERT_TRUE(store.record({.messages = {begun}}));
  EXPECT_EQ(keys(), (std::vector<std::string>{"quiet", "first"}));
}

TYPED_TEST_P(IncidentStoreContract, HoldsWhatWasToldOfLate) {
  auto& store = this->world_.store();
  this->fill({10, 11, 12});
  auto told = store.due("chat", this->at(0), 1, {})->at(0);
  told.state = ports::OutboxState::sent;
  told.settled = this->at(0);
  ASSERT_TRUE(store.record({.messages = {told}}));
  ports::HoldRules hold;
  const auto count = [&] { return store.due("chat", this->at(60), 10, hold)->size(); };
  EXPECT_EQ(count(), 2U);
  hold.told_since = this->at(-1);
  EXPECT_EQ(count(), 0U) << "the same rule and address";
  hold.told_since = this->at(0);
  EXPECT_EQ(count(), 2U);
  hold.told_since = this->at(-1);
  auto back = this->message("back", 11);
  back.incident = 2;
  back.change = model::AlertChange::withdrawn;
  ASSERT_TRUE(store.commit({.messages = {{0, back}}}));
  EXPECT_EQ(count(), 1U) << "one that is taken back";
  auto worse = this->message("worse", 13);
  worse.alert.entities[0].value = "198.51.100.1";
  worse.incident = 1;
  ASSERT_TRUE(store.commit({.messages = {{0, worse}}}));
  EXPECT_EQ(count(), 2U) << "another address";
  this->world_.reopen();
  EXPECT_EQ(this->world_.store().due("chat", this->at(60), 10, hold)->size(), 2U);
}

TYPED_TEST_P(IncidentStoreContract, AnEditIsNotHeld) {
  auto& store = this->world_.store();
  this->fill({10});
  auto told = store.due("chat", this->at(0), 1, {})->at(0);
  told.state = ports::OutboxState::sent;
  told.settled = this->at(0);
  told.remote_id = "9001";
  ASSERT_TRUE(store.record({.messages = {told}}));
  auto update = this->message("update", 10);
  update.incident = 1;
  ASSERT_TRUE(store.commit({.messages = {{0, update}}}));
  ports::HoldRules hold;
  hold.told_since = this->at(-1);
  EXPECT_TRUE(store.due("chat", this->at(1), 1, hold)->empty());
  hold.edits = true;
  EXPECT_EQ(store.due("chat", this->at(1), 1, hold)->size(), 1U);
  EXPECT_EQ(*store.ticket("chat", 1), "9001");
  EXPECT_EQ(*store.ticket("mail", 1), "");
  EXPECT_EQ(*store.ticket("chat", 2), "");
}

TYPED_TEST_P(IncidentStoreContract, KeepsDigestsAndCountsThemOnce) {
  auto& store = this->world_.store();
  this->fill({10, 11, 12});
  auto rows = *store.due("chat", this->at(0), 10, {});
  rows[0].batch = rows[2].batch = "digest";
  ASSERT_TRUE(store.record({.messages = {rows[0], rows[2]}}));
  this->world_.reopen();
  auto& later = this->world_.store();
  EXPECT_EQ(*later.batch("chat", "digest"), (std::vector{rows[0], rows[2]}));
  EXPECT_TRUE(later.batch("mail", "digest")->empty());
  EXPECT_TRUE(later.batch("chat", "")->empty());
  for (auto& row : rows) {
    row.state = ports::OutboxState::sent;
    row.settled = this->at(5);
  }
  ASSERT_TRUE(later.record({.messages = rows}));
  EXPECT_EQ(*later.sent_since("chat", this->at(4)), 2U);
  EXPECT_EQ(*later.sent_since("chat", this->at(5)), 0U);
  EXPECT_TRUE(later.batch("chat", "digest")->empty()) << "nothing of it waits";
}

TYPED_TEST_P(IncidentStoreContract, AddsAMessageForAnotherChannelOnce) {
  auto& store = this->world_.store();
  this->fill({10, 11});
  auto late = *store.overdue("chat", this->at(0), 10);
  ASSERT_EQ(late.size(), 2U);
  EXPECT_TRUE(store.overdue("chat", this->at(-1), 10)->empty());
  EXPECT_EQ(store.overdue("chat", this->at(0), 1)->size(), 1U);
  auto other = this->message("key10_other", 10, "mail");
  other.incident = 1;
  other.via = "chat";
  late[0].fell_back = true;
  const auto receipt = this->entry("mail is told too", 1);
  const ports::OutboxRecord both{.messages = {late[0]}, .added = {other}, .receipts = {receipt}};
  ASSERT_TRUE(store.record(both));
  ASSERT_TRUE(store.record({.added = {other}}));
  this->world_.reopen();
  auto& later = this->world_.store();
  EXPECT_EQ(*later.overdue("chat", this->at(0), 10), (std::vector{late[1]}));
  EXPECT_EQ(*later.waiting("mail"), 1U);
  EXPECT_EQ(later.due("mail", this->at(0), 10, {})->at(0).via, "chat");
  EXPECT_TRUE(later.overdue("mail", this->at(0), 10)->empty()) << "it falls back no further";
  EXPECT_EQ(later.timeline(1)->size(), 1U);
  auto nobodys = other;
  nobodys.key = "nobody's";
  nobodys.incident = 77;
  EXPECT_FALSE(later.record({.messages = {late[1]}, .added = {nobodys}}));
}

TYPED_TEST_P(IncidentStoreContract, ForgetsWhatWasClosedLongAgoAndIsSettled) {
  this->fill({10, 11, 12, 13});
  auto& store = this->world_.store();
  const auto close = [&](std::uint64_t number, std::int64_t seconds) {
    auto incident = *store.find(number).value();
    incident.status = model::IncidentStatus::closed;
    incident.closed = this->at(seconds);
    ASSERT_TRUE(store.commit({.incidents = {incident}, .timeline = {{0, this->entry("closed")}}}));
  };
  const auto settle = [&](std::uint64_t number, std::int64_t seconds) {
    const auto due = store.due("chat", this->at(0), 100, {});
    for (auto message : *due) {
      if (message.incident != number) continue;
      message.state = ports::OutboxState::sent;
      message.settled = this->at(seconds);
      ASSERT_TRUE(store.record({.messages = {message}}));
    }
  };
  close(1, 10);  // old and told
  settle(1, 5);
  close(2, 10);   // old, its message still waits
  close(3, 500);  // closed of late, told long ago
  settle(3, 5);
  settle(4, 5);  // open, told long ago
  const ports::IncidentRetention retention{this->at(100), this->at(50)};
  const auto forgotten = store.forget(retention);
  ASSERT_TRUE(forgotten) << forgotten.error().message;
  EXPECT_EQ(forgotten->incidents, 1U);
  EXPECT_EQ(forgotten->messages, 1U);
  this->world_.reopen();
  auto& later = this->world_.store();
  EXPECT_FALSE(later.find(1).value());
  EXPECT_FALSE(later.find_by_alert(10).value());
  EXPECT_TRUE(later.timeline(1)->empty());
  EXPECT_TRUE(later.find(2).value() && later.find(3).value() && later.find(4).value());
  EXPECT_EQ(later.timeline(3)->size(), 1U);
  EXPECT_EQ(this->due_keys(0), (std::vector<std::string>{"key11"}));
  std::vector<std::uint64_t> owners;
  const auto left = later.outbox({}, 10);
  for (const auto& message : *left) owners.push_back(message.incident);
  EXPECT_EQ(owners, (std::vector<std::uint64_t>{4, 2}));
  const auto again = later.forget(retention);
  EXPECT_EQ(again->incidents + again->messages, 0U);
  EXPECT_EQ(this->fill({14}).at(0), 5U) << "numbers are not given out again";
}

REGISTER_TYPED_TEST_SUITE_P(IncidentStoreContract, HoldsWhatIsNotSevereEnough,
                            HoldsWhatWasToldOfLate, AnEditIsNotHeld, KeepsDigestsAndCountsThemOnce,
                            AddsAMessageForAnotherChannelOnce, BeginsEmpty, KeepsAllOfAnIncident,
                            NumbersGrowByOneAndChangesKeepThem, WhoComesSecondReadsAgain,
                            AnIdentityIsUnique, AnUnknownIncidentIsAnError,
                            TheTimelineKeepsItsOrder, ListsTheNewestFirstAndFilters,
                            FindsOpenIncidentsByTheGroupingEntity,
                            WatermarkAndCheckpointNeverGoBack, AMessagesKeyIsUnique,
                            OneMessageOfAnIncidentIsDueAtATime, AnAttemptIsKeptWithItsReceipt,
                            TheNewestRemoteIdCounts, AClockThatWasSetBackHoldsNothingUp,
                            AFoldIsOneChange, ForgetsWhatWasClosedLongAgoAndIsSettled);

}  // namespace vedette::contract
