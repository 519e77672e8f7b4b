// The life of actions, against a fake directory.
#include "respond/action_runner.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"
#include "fakes/fake_directory.h"
#include "fakes/memory_action_store.h"
#include "respond/action_desk.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::ErrorCode;
using model::ActionKind;
using model::ActionMode;
using model::ActionState;

class FakeWitness : public IncidentWitness {
 public:
  explicit FakeWitness(const ports::Clock& clock) : clock_(clock) {}
  base::Result<IncidentTestimony> testify(std::uint64_t, const std::stop_token&) override {
    if (trouble) return std::unexpected(*trouble);
    if (slow_answers > 0 && slow_answers-- > 0)
      return IncidentTestimony{standing, "", clock_.now() - Duration::hours(1)};
    return IncidentTestimony{standing, "", clock_.now() - age};
  }
  IncidentStanding standing = IncidentStanding::unattended;
  std::optional<base::Error> trouble;
  base::Duration age = {};
  int slow_answers = 0;  // of the next, which are old when they come

 private:
  const ports::Clock& clock_;
};

class ActionRunnerTest : public testing::Test {
 protected:
  ActionRunnerTest() {
    settings_.mode = ActionMode::automatic;
    settings_.break_glass = {"glass-1", "glass-2"};
    directory_.add("id-anna", "anna@example.org");
  }
  void start() {
    runner_ = std::make_unique<ActionRunner>(
        settings_, ActionRooms{store_, directory_, witness_, clock_, [this] { return switch_; },
                               [this](std::string_view moment) {
                                 if (moment == stop_at_) switch_ = SwitchPosition::on;
                                 if (moment == "action_sent" && has_one_trouble_)
                                   directory_.change_trouble.reset();
                               },
                               [this](bool, const std::string& text) { told_.push_back(text); }});
  }
  model::ActionRequest lock_of(const std::string& name, std::uint64_t incident = 7) {
    model::ActionRequest request;
    request.incident = incident;
    request.mode = ActionMode::automatic;
    request.account.principal_name = name;
    request.policy = "credential-phishing";
    request.requested_by = "vedette";
    request.reason = "nobody acknowledged within 120 h";
    request.requested = clock_.now();
    request.evidence = clock_.now() - Duration::hours(120);
    return request;
  }
  std::int64_t ask(const std::string& name = "anna@example.org", std::uint64_t incident = 7) {
    return store_.request(lock_of(name, incident))->id;
  }
  // What a policy asks for: first that she is disabled, then that her sessions end.
  std::int64_t ask_for_sessions(const std::string& name = "anna@example.org") {
    auto request = lock_of(name);
    request.kind = ActionKind::revoke_sessions;
    return store_.request(request)->id;
  }
  // Both, while the first cannot be judged yet.
  std::pair<std::int64_t, std::int64_t> ask_for_both_slowly() {
    const std::pair both{ask(), ask_for_sessions()};
    witness_.slow_answers = 1;
    step();
    EXPECT_EQ(state(both.first), ActionState::requested);
    EXPECT_EQ(state(both.second), ActionState::requested);
    EXPECT_EQ(record(both.second).attempts, 0) << "it was not looked at";
    EXPECT_EQ(record(both.second).outcome, "waits: action 1 (disabling the account) comes first");
    EXPECT_TRUE(directory_.changes.empty());
    EXPECT_TRUE(store_.due(clock_.now(), actions_a_step)->empty()) << "nobody asks again at once";
    return both;
  }
  void step_after(Duration wait) {
    clock_.advance(wait);
    step();
  }
  std::vector<ActionKind> changed() {
    std::vector<ActionKind> kinds;
    for (const auto& each : directory_.changes) kinds.push_back(each.kind);
    return kinds;
  }
  void step() {
    if (!runner_) start();
    ASSERT_TRUE(runner_->step({}));
  }
  ports::ActionRecord record(std::int64_t id) { return **store_.find(id); }
  ActionState state(std::int64_t id) { return record(id).state; }
  Decider person(const std::string& name) { return {name, clock_.now()}; }
  bool is_enabled(const std::string& id = "id-anna") {
    return directory_.at(id)->account.is_enabled;
  }
  std::vector<std::string> audited() {
    std::vector<std::string> actions;
    for (const auto& entry : store_.audit()) actions.push_back(entry.action);
    return actions;
  }

  fakes::FakeClock clock_;
  fakes::FakeDirectory directory_{clock_};
  fakes::MemoryActionStore store_;
  FakeWitness witness_{clock_};
  GuardSettings settings_;
  SwitchPosition switch_ = SwitchPosition::off;
  std::string stop_at_;
  bool has_one_trouble_ = false;  // the directory's trouble is over after one change
  std::vector<std::string> told_;
  std::unique_ptr<ActionRunner> runner_;
  ActionDesk desk_{store_, settings_};
};

TEST_F(ActionRunnerTest, ALockIsDoneReadBackLookedAtThriceAndUndone) {
  const auto id = ask();
  step();
  EXPECT_FALSE(is_enabled());
  EXPECT_EQ(state(id), ActionState::done);
  EXPECT_EQ(record(id).target, "id-anna");
  for (const auto wait : {10, 30, 50}) {
    EXPECT_EQ(state(id), ActionState::done);
    clock_.advance(Duration::minutes(wait));
    step();
  }
  EXPECT_EQ(state(id), ActionState::verified);
  EXPECT_FALSE(record(id).next_look.is_set());
  const auto undo = desk_.undo(person("berta"), id);
  ASSERT_TRUE(undo) << undo.error().message;
  step();
  EXPECT_TRUE(is_enabled());
  EXPECT_EQ(state(id), ActionState::undone);
  EXPECT_EQ(record(id).outcome, "undone by berta");
  EXPECT_EQ(directory_.changes.size(), 2U);
  EXPECT_EQ(audited(),
            (std::vector<std::string>{"action.ask", "action.send", "action.done", "action.verify",
                                      "action.ask", "action.send", "action.done"}));
  EXPECT_FALSE(desk_.undo(person("berta"), id));
}

TEST_F(ActionRunnerTest, NothingIsDoneByItselfUnlessTheSettingsSaySo) {
  settings_ = {};
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::waiting_for_approval);
  EXPECT_TRUE(directory_.changes.empty());
  ASSERT_TRUE(desk_.approve(person("berta"), id));
  step();
  EXPECT_EQ(state(id), ActionState::done);
  EXPECT_FALSE(is_enabled());
}

TEST_F(ActionRunnerTest, AProposalGoesAfterThreeDays) {
  settings_.mode = ActionMode::propose;
  const auto id = ask();
  step();
  clock_.advance(proposal_age_max);
  step();
  EXPECT_EQ(state(id), ActionState::expired);
  EXPECT_TRUE(directory_.changes.empty());
}

TEST_F(ActionRunnerTest, WhoAskedMayNotApprove) {
  const auto asked = desk_.ask(person("anna"), 7, ActionKind::disable_account,
                               {"", "anna@example.org", ""}, "phished");
  ASSERT_TRUE(asked);
  step();
  EXPECT_EQ(state(asked->id), ActionState::waiting_for_approval);
  EXPECT_FALSE(desk_.approve(person("Anna"), asked->id));
  // Through a desk that does not know the settings, as the command line's may be.
  GuardSettings lenient;
  lenient.two_persons = false;
  ASSERT_TRUE(ActionDesk(store_, lenient).approve(person("Anna"), asked->id));
  step();
  EXPECT_EQ(state(asked->id), ActionState::waiting_for_approval);
  EXPECT_TRUE(directory_.changes.empty());
  ASSERT_TRUE(desk_.approve(person("berta"), asked->id));
  step();
  EXPECT_EQ(state(asked->id), ActionState::done);
}

TEST_F(ActionRunnerTest, AnApprovalIsForTheAccountThatWasShown) {
  settings_.mode = ActionMode::propose;
  const auto id = ask();
  step();
  // The name is somebody else's now.
  directory_.at("id-anna")->account.principal_name = "old@example.org";
  directory_.add("id-other", "anna@example.org");
  ASSERT_TRUE(desk_.approve(person("berta"), id));
  step();
  EXPECT_EQ(state(id), ActionState::done);
  EXPECT_FALSE(is_enabled("id-anna"));
  EXPECT_TRUE(is_enabled("id-other"));
}

TEST_F(ActionRunnerTest, AnAnswerThatIsLostIsReadBackAndNothingIsDoneTwice) {
  directory_.answer_trouble = base::Error{ErrorCode::unavailable, "no answer in time"};
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::done);
  EXPECT_EQ(directory_.changes.size(), 1U);
}

TEST_F(ActionRunnerTest, WhatPassesIsTriedAgainAndWhatIsRefusedIsSaid) {
  directory_.change_trouble = base::Error{ErrorCode::rate_limited, "429"};
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::sending);
  step();
  EXPECT_TRUE(directory_.changes.empty());
  directory_.change_trouble = base::Error{ErrorCode::permission_denied, "403: needs X"};
  clock_.advance(first_pause);
  step();
  EXPECT_EQ(state(id), ActionState::failed);
  EXPECT_EQ(record(id).outcome, "403: needs X");
  directory_.change_trouble.reset();
  ASSERT_TRUE(desk_.approve(person("berta"), id));
  step();
  EXPECT_EQ(state(id), ActionState::done);
}

TEST_F(ActionRunnerTest, AnIncidentThatIsTakenInHandMeanwhileLocksNobody) {
  directory_.change_trouble = base::Error{ErrorCode::unavailable, "503"};
  const auto id = ask();
  step();
  directory_.change_trouble.reset();
  witness_.standing = IncidentStanding::attended;
  clock_.advance(Duration::minutes(1));
  step();
  EXPECT_EQ(state(id), ActionState::denied);
  EXPECT_TRUE(is_enabled());
}

TEST_F(ActionRunnerTest, WhatCannotBeReadNowWaits) {
  witness_.trouble = base::Error{ErrorCode::unavailable, "Sentinel: 503"};
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::requested);
  EXPECT_TRUE(directory_.changes.empty());
  witness_.trouble.reset();
  clock_.advance(first_pause);
  step();
  EXPECT_EQ(state(id), ActionState::done);
}

TEST_F(ActionRunnerTest, WhatWasReadTooSlowlyIsReadAgain) {
  witness_.age = settings_.testimony_age_max + Duration::seconds(1);
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::requested);
  EXPECT_TRUE(directory_.changes.empty());
  witness_.age = {};
  clock_.advance(first_pause);
  step();
  EXPECT_EQ(state(id), ActionState::done);
}

const std::vector in_order{ActionKind::disable_account, ActionKind::revoke_sessions};

TEST_F(ActionRunnerTest, SessionsEndAfterTheAccountIsDisabled) {
  const auto [lock, sessions] = ask_for_both_slowly();
  step_after(first_pause);
  EXPECT_EQ(changed(), in_order);
  EXPECT_EQ(state(lock), ActionState::done);
  EXPECT_EQ(state(sessions), ActionState::done);
}

TEST_F(ActionRunnerTest, SessionsWaitForALockWhoseAnswerIsMissing) {
  directory_.change_trouble = base::Error{ErrorCode::unavailable, "503"};
  has_one_trouble_ = true;
  const auto lock = ask();
  const auto sessions = ask_for_sessions();
  step();
  EXPECT_EQ(state(lock), ActionState::sending);
  EXPECT_EQ(state(sessions), ActionState::requested);
  EXPECT_TRUE(directory_.changes.empty());
  step_after(first_pause);
  EXPECT_EQ(changed(), in_order);
  EXPECT_EQ(state(sessions), ActionState::done);
}

TEST_F(ActionRunnerTest, SessionsEndAlsoWhenTheLockWasRefusedForGood) {
  const auto [lock, sessions] = ask_for_both_slowly();
  directory_.change_trouble = base::Error{ErrorCode::permission_denied, "403: needs X"};
  has_one_trouble_ = true;
  step_after(first_pause);
  EXPECT_EQ(state(lock), ActionState::failed);
  EXPECT_EQ(state(sessions), ActionState::done);
  EXPECT_EQ(changed(), std::vector{ActionKind::revoke_sessions});
}

TEST_F(ActionRunnerTest, SessionsWaitForALockThatIsNeverJudgedUntilItIsGivenUp) {
  const auto lock = ask();
  const auto sessions = ask_for_sessions();
  witness_.slow_answers = attempts_max + 1;
  int steps = 0;
  for (; state(lock) == ActionState::requested && steps < 10 * attempts_max; ++steps) {
    EXPECT_TRUE(directory_.changes.empty());
    step_after(first_pause);
    while (store_.due(clock_.now(), 1)->empty() && state(lock) == ActionState::requested)
      clock_.advance(first_pause);
  }
  EXPECT_EQ(state(lock), ActionState::failed);
  EXPECT_LE(steps, 2 * attempts_max) << "each step has something to do";
  step_after(longest_pause);
  EXPECT_EQ(state(sessions), ActionState::done);
  EXPECT_EQ(changed(), std::vector{ActionKind::revoke_sessions});
}

TEST_F(ActionRunnerTest, WhatAPersonDeniedHoldsNothingUp) {
  const auto [lock, sessions] = ask_for_both_slowly();
  ASSERT_TRUE(desk_.refuse(person("berta"), lock));
  step_after(first_pause);
  EXPECT_EQ(state(sessions), ActionState::done) << "by the guard's own word";
  EXPECT_EQ(state(lock), ActionState::denied);
}

TEST_F(ActionRunnerTest, WhatThePolicyAsksForIsJudgedOneByOne) {
  const auto [lock, sessions] = ask_for_both_slowly();
  directory_.at("id-anna")->roles = {{"Global Administrator", false}};
  step_after(first_pause);
  EXPECT_EQ(state(lock), ActionState::denied);
  EXPECT_EQ(state(sessions), ActionState::denied);
  EXPECT_EQ(record(sessions).outcome, "cannot lock: holds the role Global Administrator");
  EXPECT_TRUE(directory_.changes.empty());
}

TEST_F(ActionRunnerTest, AProposalHoldsNothingUpAndWhatIsAgreedToHasItsOrder) {
  settings_.mode = ActionMode::propose;
  const auto lock = ask();
  const auto sessions = ask_for_sessions();
  step();
  EXPECT_EQ(state(lock), ActionState::waiting_for_approval);
  EXPECT_EQ(state(sessions), ActionState::waiting_for_approval) << "people are asked at once";
  ASSERT_TRUE(desk_.approve(person("berta"), sessions));
  ASSERT_TRUE(desk_.approve(person("berta"), lock));
  witness_.slow_answers = 1;
  step();
  EXPECT_TRUE(directory_.changes.empty());
  step_after(first_pause);
  EXPECT_EQ(changed(), in_order);
}

TEST_F(ActionRunnerTest, SessionsThatSomebodyAgreedToEndBeforeALockThatNobodyLooksAt) {
  settings_.mode = ActionMode::propose;
  const auto lock = ask();
  const auto sessions = ask_for_sessions();
  step();
  ASSERT_TRUE(desk_.approve(person("berta"), sessions));
  step();
  EXPECT_EQ(state(sessions), ActionState::done);
  EXPECT_EQ(state(lock), ActionState::waiting_for_approval);
}

TEST_F(ActionRunnerTest, OtherAccountsPersonsWishesAndDryRunsHaveNoOrder) {
  directory_.add("id-berta", "berta@example.org");
  const auto [lock, sessions] = ask_for_both_slowly();
  const auto others = ask_for_sessions("berta@example.org");
  const auto theirs = desk_.ask(person("berta"), 8, ActionKind::revoke_sessions,
                                {"", "anna@example.org", ""}, "she has left");
  ASSERT_TRUE(theirs);
  step();
  ASSERT_TRUE(desk_.approve(person("carl"), theirs->id));
  step();
  EXPECT_EQ(state(others), ActionState::done);
  EXPECT_EQ(state(theirs->id), ActionState::done);
  EXPECT_EQ(state(sessions), ActionState::requested);

  witness_.slow_answers = 1;
  auto dry = lock_of("berta@example.org", 9);
  dry.mode = ActionMode::dry_run;
  const auto dry_lock = store_.request(dry)->id;
  auto real = lock_of("berta@example.org", 9);
  real.kind = ActionKind::revoke_sessions;
  const auto real_sessions = store_.request(real)->id;
  step();
  EXPECT_EQ(state(dry_lock), ActionState::requested);
  EXPECT_EQ(state(real_sessions), ActionState::done);
}

TEST_F(ActionRunnerTest, AnUndoWaitsForNothing) {
  const auto lock = ask();
  step();
  const auto sessions = ask_for_sessions();
  witness_.slow_answers = 1;
  step();
  EXPECT_EQ(state(sessions), ActionState::requested);
  ASSERT_TRUE(desk_.undo(person("berta"), lock));
  step();
  EXPECT_TRUE(is_enabled());
  EXPECT_EQ(state(lock), ActionState::undone);
}

TEST_F(ActionRunnerTest, TheKillSwitchDeniesWhatWaitsToo) {
  const auto [lock, sessions] = ask_for_both_slowly();
  switch_ = SwitchPosition::on;
  step_after(first_pause);
  EXPECT_EQ(state(lock), ActionState::denied);
  EXPECT_EQ(state(sessions), ActionState::denied);
  EXPECT_TRUE(directory_.changes.empty());
}

TEST_F(ActionRunnerTest, TheOrderOutlivesTheProcess) {
  const auto [lock, sessions] = ask_for_both_slowly();
  runner_.reset();
  witness_.slow_answers = 1;
  step_after(first_pause);
  EXPECT_EQ(state(sessions), ActionState::requested);
  runner_.reset();
  step_after(longest_pause);
  EXPECT_EQ(changed(), in_order);
}

TEST_F(ActionRunnerTest, WhatWasBegunEndsBeforeTheTripWireIsSetOff) {
  settings_.accounts_a_day = 1;
  directory_.add("id-berta", "berta@example.org");
  const auto slow = ask();
  const auto begun = ask("berta@example.org", 8);
  witness_.slow_answers = 1;
  directory_.change_trouble = base::Error{ErrorCode::unavailable, "503"};
  has_one_trouble_ = true;
  step();
  EXPECT_EQ(state(slow), ActionState::requested);
  EXPECT_EQ(state(begun), ActionState::sending);
  step_after(first_pause);
  EXPECT_EQ(state(begun), ActionState::done);
  EXPECT_FALSE(is_enabled("id-berta"));
  EXPECT_EQ(state(slow), ActionState::denied);
  EXPECT_TRUE(store_.trip_wire()->tripped.is_set());
}

TEST_F(ActionRunnerTest, TheKillSwitchHoldsToTheLastMoment) {
  stop_at_ = "action_sending";
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::denied);
  EXPECT_TRUE(directory_.changes.empty());
  EXPECT_FALSE(desk_.undo(person("berta"), id)) << "there is nothing to undo";
}

TEST_F(ActionRunnerTest, UndoingWorksWhileEverythingIsStopped) {
  const auto id = ask();
  step();
  switch_ = SwitchPosition::on;
  ASSERT_TRUE(desk_.undo(person("berta"), id));
  step();
  EXPECT_TRUE(is_enabled());
  EXPECT_EQ(state(id), ActionState::undone);
}

TEST_F(ActionRunnerTest, ASynchronisedAccountThatFlipsBackIsSeen) {
  directory_.at("id-anna")->account.is_synchronised = true;
  const auto id = ask();
  step();
  clock_.advance(Duration::minutes(10));
  step();
  directory_.at("id-anna")->account.is_enabled = true;
  clock_.advance(Duration::minutes(30));
  step();
  EXPECT_EQ(state(id), ActionState::reverted_elsewhere);
  EXPECT_NE(record(id).outcome.find("disable it there"), std::string::npos);
  EXPECT_EQ(directory_.changes.size(), 1U);
}

TEST_F(ActionRunnerTest, AnAccountThatSomebodyElseDisabledIsNotOursToEnable) {
  directory_.at("id-anna")->account.is_enabled = false;
  const auto id = ask();
  step();
  EXPECT_EQ(state(id), ActionState::done);
  EXPECT_TRUE(directory_.changes.empty());
  EXPECT_FALSE(desk_.undo(person("berta"), id));
}

TEST_F(ActionRunnerTest, TwoIncidentsOfOneAccountAreOneLockAndOneUndo) {
  const auto first = ask("anna@example.org", 7);
  step();
  const auto second = ask("anna@example.org", 8);
  step();
  EXPECT_EQ(directory_.changes.size(), 1U);
  EXPECT_EQ(state(second), ActionState::done);
  ASSERT_TRUE(desk_.undo(person("berta"), first));
  step();
  EXPECT_TRUE(is_enabled());
  EXPECT_EQ(state(first), ActionState::undone);
}

TEST_F(ActionRunnerTest, AThousandFalseAlertsLockThreeAndSetOffTheTripWire) {
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const std::string name = "person" + std::to_string(i) + "@example.org";
    directory_.add("id-" + std::to_string(i), name);
    ask(name, i + 1);
  }
  for (int i = 0; i < 30; ++i) step();
  EXPECT_EQ(directory_.changes.size(), 3U);
  EXPECT_TRUE(store_.trip_wire()->tripped.is_set());
  ASSERT_FALSE(told_.empty());
  EXPECT_NE(told_[3].find("two administrators"), std::string::npos) << told_[3];
  // One administrator is not enough, twice the same neither, and not two a day apart.
  const auto reset = [&](const std::string& name) {
    EXPECT_TRUE(desk_.reset_trip_wire(person(name)));
    return !store_.trip_wire()->tripped.is_set();
  };
  EXPECT_FALSE(reset("anna"));
  EXPECT_FALSE(reset("ANNA"));
  clock_.advance(Duration::hours(24));
  EXPECT_FALSE(reset("berta"));
  EXPECT_TRUE(reset("carl"));
  step();
  EXPECT_EQ(directory_.changes.size(), 3U) << "what was denied stays so";
}

TEST_F(ActionRunnerTest, AClockThatIsSetAsksAPerson) {
  start();
  const auto id = ask();
  clock_.set(clock_.now() + Duration::hours(5 * 24));
  step();
  EXPECT_EQ(state(id), ActionState::waiting_for_approval);
  EXPECT_TRUE(directory_.changes.empty());
}

TEST_F(ActionRunnerTest, ADryRunSaysWhatWouldComeAndDoesNotStandInTheWay) {
  directory_.at("id-anna")->roles = {{"Global Administrator", false}};
  auto request = lock_of("anna@example.org");
  request.mode = ActionMode::dry_run;
  const auto asked = *store_.request(request);
  step();
  EXPECT_EQ(record(asked.id).outcome, "cannot lock: holds the role Global Administrator");
  directory_.at("id-anna")->roles.clear();
  const auto id = ask();
  EXPECT_NE(id, asked.id);
  step();
  EXPECT_EQ(state(id), ActionState::done);
  EXPECT_FALSE(desk_.approve(person("berta"), asked.id));
}

TEST_F(ActionRunnerTest, SessionsAreRevokedAndReadBack) {
  auto request = lock_of("anna@example.org");
  request.kind = ActionKind::revoke_sessions;
  const auto asked = *store_.request(request);
  directory_.answer_trouble = base::Error{ErrorCode::unavailable, "no answer in time"};
  step();
  EXPECT_EQ(state(asked.id), ActionState::done);
  EXPECT_EQ(directory_.changes.size(), 1U);
  EXPECT_FALSE(desk_.undo(person("berta"), asked.id));
}

TEST_F(ActionRunnerTest, WhatNobodyCanDecideAnyMoreIsSaid) {
  const auto id = ask();
  ASSERT_TRUE(desk_.refuse(person("berta"), id));
  step();
  EXPECT_EQ(state(id), ActionState::denied);
  EXPECT_EQ(record(id).outcome, "refused by berta");
  EXPECT_FALSE(desk_.refuse(person("berta"), id));
  EXPECT_FALSE(desk_.approve(person("berta"), 99));
  EXPECT_FALSE(desk_.ask(person("berta"), 7, ActionKind::enable_account, {"x", "", ""}, ""));
  EXPECT_FALSE(desk_.ask(person("vedette"), 7, ActionKind::disable_account, {"x", "", ""}, ""));
}

}  // namespace
}  // namespace vedette::respond
