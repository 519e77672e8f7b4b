// The life of a block, against a fake firewall.
#include <gtest/gtest.h>

#include "fakes/fake_address_block.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_directory.h"
#include "fakes/memory_action_store.h"
#include "respond/action_desk.h"
#include "respond/action_runner.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::ErrorCode;
using model::ActionKind;
using model::ActionState;

constexpr const char* attacker = "20.30.40.50";

class OpenIncident : public IncidentWitness {
 public:
  explicit OpenIncident(const ports::Clock& clock) : clock_(clock) {}
  base::Result<IncidentTestimony> testify(std::uint64_t, const std::stop_token&) override {
    return IncidentTestimony{standing, "", clock_.now()};
  }
  IncidentStanding standing = IncidentStanding::attended;

 private:
  const ports::Clock& clock_;
};

class AddressActionTest : public testing::Test {
 protected:
  AddressActionTest() { start(); }
  void start() {
    runner_ = std::make_unique<ActionRunner>(
        settings_,
        ActionRooms{
            store_,
            directory_,
            witness_,
            clock_,
            [this] { return switch_; },
            [](std::string_view) {},
            [](bool, const std::string&) {},
            {},
            AddressRooms{block_, [](const base::IpAddress&) { return std::optional(false); },
                         [](const base::IpAddress&) { return false; }}});
  }
  std::int64_t ask(const std::string& address = attacker) {
    const auto asked = desk_.ask({"anna", clock_.now()}, 7, ActionKind::block_address,
                                 {address, "", ""}, "guessing");
    EXPECT_TRUE(asked) << asked.error().message;
    return asked ? asked->id : 0;
  }
  void step() { ASSERT_TRUE(runner_->step({})); }
  std::int64_t blocked() {
    const auto id = ask();
    step();
    EXPECT_TRUE(desk_.approve({"berta", clock_.now()}, id));
    step();
    return id;
  }
  ports::ActionRecord record(std::int64_t id) { return **store_.find(id); }
  bool is_blocked() { return *block_.is_blocked(*base::parse_ip(attacker), {}); }

  fakes::FakeClock clock_;
  fakes::FakeDirectory directory_{clock_};
  fakes::FakeAddressBlock block_{clock_};
  fakes::MemoryActionStore store_;
  OpenIncident witness_{clock_};
  GuardSettings settings_;
  SwitchPosition switch_ = SwitchPosition::off;
  std::unique_ptr<ActionRunner> runner_;
  ActionDesk desk_{store_, settings_};
};

TEST_F(AddressActionTest, IsProposedApprovedDoneAndEndsByItself) {
  const auto id = ask("::ffff:20.30.40.50");
  step();
  EXPECT_EQ(record(id).state, ActionState::waiting_for_approval);
  EXPECT_EQ(record(id).target, attacker);
  EXPECT_EQ(block_.blocks, 0U);
  EXPECT_FALSE(desk_.approve({"anna", clock_.now()}, id)) << "who asked";
  ASSERT_TRUE(desk_.approve({"berta", clock_.now()}, id));
  step();
  EXPECT_EQ(record(id).state, ActionState::done);
  EXPECT_TRUE(is_blocked());
  clock_.advance(Duration::hours(23));
  step();
  EXPECT_TRUE(is_blocked());
  EXPECT_EQ(record(id).state, ActionState::done);
  clock_.advance(Duration::hours(1));
  step();
  EXPECT_FALSE(is_blocked());
  EXPECT_EQ(record(id).state, ActionState::verified);
  EXPECT_FALSE(desk_.undo({"berta", clock_.now()}, id)) << "there is nothing left to undo";
  EXPECT_EQ(block_.blocks, 1U);
}

TEST_F(AddressActionTest, IsUndoneAlsoWhileEverythingIsStopped) {
  const auto id = blocked();
  switch_ = SwitchPosition::on;
  const auto undo = desk_.undo({"berta", clock_.now()}, id);
  ASSERT_TRUE(undo) << undo.error().message;
  step();
  EXPECT_FALSE(is_blocked());
  EXPECT_EQ(record(id).state, ActionState::undone);
  EXPECT_EQ(block_.unblocks, 1U);
  // It is not undone once more when its time comes.
  clock_.advance(Duration::hours(30));
  step();
  EXPECT_EQ(record(id).state, ActionState::undone);
}

TEST_F(AddressActionTest, AnAnswerThatIsLostIsReadBackAndARestartDoesNothingTwice) {
  block_.answer_trouble = base::Error{ErrorCode::unavailable, "no answer"};
  const auto id = blocked();
  EXPECT_EQ(record(id).state, ActionState::done);
  EXPECT_EQ(block_.blocks, 1U);
  // As after a kill between the call and its record.
  auto begun = record(id);
  begun.state = ActionState::sending;
  begun.next_look = {};
  ASSERT_TRUE(store_.change(std::span(&begun, 1), std::nullopt));
  start();
  step();
  EXPECT_EQ(record(id).state, ActionState::done);
  EXPECT_EQ(block_.blocks, 1U);
}

TEST_F(AddressActionTest, WhatTheHelperRefusesIsToldAndWhatPassesIsTriedAgain) {
  const auto id = ask();
  step();
  block_.trouble = base::Error{ErrorCode::refused, "sudo ended with an error"};
  ASSERT_TRUE(desk_.approve({"berta", clock_.now()}, id));
  step();
  EXPECT_EQ(record(id).state, ActionState::failed);
  EXPECT_EQ(record(id).outcome, "sudo ended with an error");
  block_.trouble = base::Error{ErrorCode::unavailable, "busy"};
  ASSERT_TRUE(desk_.approve({"berta", clock_.now()}, id));
  step();
  EXPECT_EQ(record(id).state, ActionState::approved);
  block_.trouble.reset();
  clock_.advance(Duration::minutes(1));
  step();
  EXPECT_EQ(record(id).state, ActionState::done);
}

TEST_F(AddressActionTest, NobodyAsksForWhatIsNoAddressOrOnlyUndoes) {
  const auto asked = [&](ActionKind kind, const char* text) {
    return desk_.ask({"anna", clock_.now()}, 7, kind, {text, "", ""}, "").has_value();
  };
  for (const char* text : {"10.0.0.0/8", "example.org", "-h", "20.30.40.50; reboot", "", "1.2.3"})
    EXPECT_FALSE(asked(ActionKind::block_address, text)) << text;
  EXPECT_FALSE(asked(ActionKind::unblock_address, attacker));
}

TEST_F(AddressActionTest, WithoutAHelperNothingIsBlocked) {
  runner_ = std::make_unique<ActionRunner>(
      settings_, ActionRooms{store_, directory_, witness_, clock_, [this] { return switch_; },
                             [](std::string_view) {}, [](bool, const std::string&) {}});
  const auto id = ask();
  step();
  EXPECT_EQ(record(id).state, ActionState::denied);
  EXPECT_NE(record(id).outcome.find("block_command"), std::string::npos);
}

TEST_F(AddressActionTest, BlocksDoNotCountAsLockedAccounts) {
  blocked();
  EXPECT_EQ(*store_.accounts_since(clock_.now() - Duration::hours(1), ""), 0U);
  EXPECT_EQ(*store_.blocks_since(clock_.now() - Duration::hours(1), ""), 1U);
  EXPECT_EQ(*store_.blocks_since(clock_.now() - Duration::hours(1), attacker), 0U);
}

}  // namespace
}  // namespace vedette::respond
