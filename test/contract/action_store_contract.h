// What every body of ports::ActionStore must do. A World has `ports::ActionStore& store()` and
// `std::vector<std::string> audited()`, the actions of the audit log in their order.
#pragma once

#include <gtest/gtest.h>

#include "ports/action_store.h"

namespace vedette::contract {

template <typename World>
class ActionStoreContract : public testing::Test {
 protected:
  using Record = ports::ActionRecord;
  ports::ActionStore& store() { return world_.store(); }
  static base::Timestamp at(std::int64_t seconds) {
    return base::Timestamp::from_unix_seconds(seconds);
  }
  static model::ActionRequest request(std::uint64_t incident, const std::string& account) {
    model::ActionRequest made;
    made.incident = incident;
    made.mode = model::ActionMode::automatic;
    made.account = {"", account, "Mail@Example.org"};
    made.policy = "credential-phishing";
    made.requested_by = "vedette";
    made.reason = "nobody\nacknowledged \xF0\x9F\x94\x92";
    made.requested = at(100);
    made.evidence = at(50);
    made.is_forgeable = true;
    return made;
  }
  static model::AuditEntry audit(const std::string& action) {
    model::AuditEntry entry;
    entry.at = at(100);
    entry.action = action;
    return entry;
  }
  base::Result<void> change(Record& record) {
    return store().change(std::span(&record, 1), audit("change"));
  }
  std::vector<std::int64_t> due(std::int64_t seconds) {
    std::vector<std::int64_t> ids;
    const auto records = *store().due(at(seconds), 10);
    for (const auto& record : records) ids.push_back(record.id);
    return ids;
  }
  World world_;
};
TYPED_TEST_SUITE_P(ActionStoreContract);

TYPED_TEST_P(ActionStoreContract, ARequestIsKeptWholeAndOnce) {
  auto& store = this->store();
  const auto asked = *store.request(this->request(7, "anna@example.org"));
  EXPECT_GT(asked.id, 0);
  EXPECT_EQ(asked.request, this->request(7, "anna@example.org"));
  EXPECT_EQ(asked.state, model::ActionState::requested);
  EXPECT_EQ(*store.find(asked.id), asked);
  EXPECT_FALSE(*store.find(asked.id + 1));
  EXPECT_EQ(*store.keyed(asked.key), asked);
  EXPECT_FALSE(*store.keyed("7:disable_account:berta"));
  auto again = this->request(7, "ANNA@example.org");
  again.reason = "another reason";
  EXPECT_EQ(*store.request(again), asked);
  EXPECT_NE(store.request(this->request(8, "anna@example.org"))->id, asked.id);
  again.mode = model::ActionMode::dry_run;
  EXPECT_NE(store.request(again)->id, asked.id);
  EXPECT_EQ(this->world_.audited(),
            (std::vector<std::string>{"action.ask", "action.ask", "action.ask"}));
}

TYPED_TEST_P(ActionStoreContract, AChangeIsKeptWholeAndBehindNobodysBack) {
  auto& store = this->store();
  auto record = *store.request(this->request(7, "anna"));
  auto behind = record;
  record.state = model::ActionState::sending;
  record.target = "id-1";
  record.outcome = "so \x1b[31m";
  record.changed = this->at(110);
  record.done = this->at(111);
  record.next_look = this->at(112);
  record.approved_by = "berta";
  record.approved_target = "id-1";
  record.approved = this->at(109);
  record.started = this->at(110);
  record.is_ours = true;
  record.looks = 2;
  record.attempts = 3;
  ASSERT_TRUE(this->change(record));
  EXPECT_EQ(record.revision, 1U);
  EXPECT_EQ(*store.find(record.id), record);
  EXPECT_EQ(this->change(behind).error().code, base::ErrorCode::unavailable);
  EXPECT_EQ(*store.find(record.id), record);
  EXPECT_EQ(this->world_.audited(), (std::vector<std::string>{"action.ask", "change"}));
  ASSERT_TRUE(store.change(std::span(&record, 1), std::nullopt));
  EXPECT_EQ(this->world_.audited().size(), 2U);
}

TYPED_TEST_P(ActionStoreContract, SeveralChangeTogetherOrNotAtAll) {
  auto& store = this->store();
  std::vector<ports::ActionRecord> both{*store.request(this->request(1, "a")),
                                        *store.request(this->request(2, "b"))};
  both[0].outcome = both[1].outcome = "changed";
  both[1].revision = 5;
  EXPECT_FALSE(store.change(both, this->audit("change")));
  EXPECT_EQ(store.find(both[0].id).value()->outcome, "");
  both = {*store.request(this->request(1, "a")), *store.request(this->request(2, "b"))};
  both[0].outcome = both[1].outcome = "changed";
  ASSERT_TRUE(store.change(both, this->audit("change")));
  EXPECT_EQ(store.find(both[0].id).value()->outcome, "changed");
  EXPECT_EQ(store.find(both[1].id).value()->outcome, "changed");
}

TYPED_TEST_P(ActionStoreContract, WhatIsDueIsGivenOldestFirst) {
  auto& store = this->store();
  auto first = *store.request(this->request(1, "a"));
  auto second = *store.request(this->request(2, "b"));
  auto third = *store.request(this->request(3, "c"));
  EXPECT_EQ(this->due(100), (std::vector{first.id, second.id, third.id}));
  first.next_look = this->at(200);  // later
  second.state = model::ActionState::done;
  second.next_look = this->at(300);
  third.state = model::ActionState::denied;
  for (auto* record : {&first, &second, &third}) ASSERT_TRUE(this->change(*record));
  EXPECT_TRUE(this->due(199).empty());
  EXPECT_EQ(this->due(200), (std::vector{first.id}));
  EXPECT_EQ(this->due(300), (std::vector{first.id, second.id}));
  const auto all = *store.list(0, 2);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, third.id);
  EXPECT_EQ(store.list(2, 10)->size(), 1U);
}

TYPED_TEST_P(ActionStoreContract, AccountsAreCountedOnceAndUndoingDoesNotCount) {
  auto& store = this->store();
  const auto begun = [&](std::uint64_t incident, model::ActionKind kind, const std::string& target,
                         std::int64_t started) {
    auto asked = this->request(incident, target);
    asked.kind = kind;
    auto record = *store.request(asked);
    record.target = target;
    record.started = this->at(started);
    record.is_ours = true;
    record.state = model::ActionState::done;
    EXPECT_TRUE(this->change(record));
    return record;
  };
  const auto lock = begun(1, model::ActionKind::disable_account, "one", 100);
  begun(1, model::ActionKind::revoke_sessions, "one", 101);
  begun(2, model::ActionKind::disable_account, "two", 50);
  begun(3, model::ActionKind::enable_account, "three", 100);
  EXPECT_EQ(*store.accounts_since(this->at(50), ""), 2U);
  EXPECT_EQ(*store.accounts_since(this->at(51), ""), 1U);
  EXPECT_EQ(*store.accounts_since(this->at(50), "one"), 1U);
  auto locks = *store.locks_of("one");
  ASSERT_EQ(locks.size(), 1U);
  EXPECT_EQ(locks[0].id, lock.id);
  locks[0].state = model::ActionState::undone;
  ASSERT_TRUE(this->change(locks[0]));
  EXPECT_TRUE(store.locks_of("one")->empty());
  EXPECT_TRUE(store.locks_of("three")->empty());
}

TYPED_TEST_P(ActionStoreContract, TheTripWireIsKept) {
  auto& store = this->store();
  EXPECT_EQ(*store.trip_wire(), ports::TripWire{});
  const ports::TripWire wire{this->at(5), "why", "anna", this->at(6)};
  ASSERT_TRUE(store.set_trip_wire(wire, this->audit("trip")));
  EXPECT_EQ(*store.trip_wire(), wire);
  ASSERT_TRUE(store.set_trip_wire({}, this->audit("reset")));
  EXPECT_EQ(*store.trip_wire(), ports::TripWire{});
  EXPECT_EQ(this->world_.audited(), (std::vector<std::string>{"trip", "reset"}));
}

REGISTER_TYPED_TEST_SUITE_P(ActionStoreContract, ARequestIsKeptWholeAndOnce,
                            AChangeIsKeptWholeAndBehindNobodysBack, SeveralChangeTogetherOrNotAtAll,
                            WhatIsDueIsGivenOldestFirst,
                            AccountsAreCountedOnceAndUndoingDoesNotCount, TheTripWireIsKept);

}  // namespace vedette::contract
