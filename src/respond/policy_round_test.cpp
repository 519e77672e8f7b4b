#include "respond/policy_round.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "fakes/fake_clock.h"
#include "fakes/memory_action_store.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_policy_store.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::Timestamp;
using model::ActionKind;
using model::ActionMode;
using model::ActionState;
using model::CaseState;
using model::IncidentStatus;
using model::Toucher;

// Actions that are only written down: what the policies ask of others.
class AskedActions : public fakes::MemoryActionStore {
 public:
  void move_all(ActionState state, const std::string& outcome = "") {
    for (auto& each : all) {
      each.state = state;
      each.outcome = outcome;
    }
  }
  std::vector<ports::ActionRecord>& all = records_;
};

class AskedWitness : public IncidentWitness {
 public:
  base::Result<IncidentTestimony> testify(std::uint64_t, const std::stop_token&) override {
    ++asked;
    if (silent) return base::failure(base::ErrorCode::unavailable, "Sentinel does not answer");
    return IncidentTestimony{standing, "as the witness says", {}};
  }
  IncidentStanding standing = IncidentStanding::unattended;
  bool silent = false;
  int asked = 0;
};

class PolicyRoundTest : public testing::Test {
 protected:
  static constexpr Timestamp begin = Timestamp::from_unix_seconds(1'780'272'000);

  PolicyRoundTest() : clock_(begin) {
    for (const auto& [file, text] : shipped_policies())
      policies_.push_back(*read_policy(text, std::string(file)));
    restart();
  }
  void restart() {
    rounds_ = std::make_unique<PolicyRounds>(
        PolicyRooms{incidents_, store_, &actions_, witness_, clock_, channels_,
                    [this](bool, const std::string& text) { notices_.push_back(text); }},
        policies_);
  }
  void arm(ActionMode mode = ActionMode::automatic, std::size_t which = 0) {
    const Policy& policy = policies_[which];
    ASSERT_TRUE(store_.arm({policy.name, policy.hash, mode, clock_.now(), "anna"}));
  }
  std::uint64_t add(const std::string& title, std::vector<std::string> alert_ids = {"a1"}) {
    model::Incident incident;
    incident.identity = ++identity_;
    incident.title = title;
    incident.severity = model::Severity::medium;
    incident.created = incident.updated = clock_.now();
    incident.first_event = incident.last_event = clock_.now() - Duration::minutes(20);
    model::IncidentOrigin& origin = incident.origin.emplace();
    origin.provider = "Microsoft Sentinel";
    origin.number = std::to_string(3'000 + identity_);
    origin.title = title;
    origin.status = "New";
    origin.created = origin.changed = origin.lineage_created = clock_.now();
    origin.alert_ids = std::move(alert_ids);
    origin.accounts = {{"1111", "bo@contoso.com", ""}};
    origin.entities = {{"Account", "bo@contoso.com"}};
    ports::IncidentCommit change;
    change.incidents = {incident};
    return incidents_.commit(change)->front();
  }
  void change(std::uint64_t number, const std::function<void(model::Incident&)>& how) {
    model::Incident incident = **incidents_.find(number);
    how(incident);
    ports::IncidentCommit commit;
    commit.incidents = {incident};
    ASSERT_TRUE(incidents_.commit(commit));
  }
  void look() {
    const auto done = rounds_->run({});
    ASSERT_TRUE(done) << done.error().message;
  }
  // Each hour a look.
  void pass(int hours) {
    for (int i = 0; i < hours; ++i) {
      clock_.advance(Duration::hours(1));
      look();
    }
  }
  // Subjects of the messages to the mail channel, oldest first, since the last call.
  std::vector<std::string> told() {
    std::vector<std::string> subjects;
    auto outbox = incidents_.outbox(std::nullopt, 1'000).value();
    std::ranges::reverse(outbox);
    for (const auto& message : outbox)
      if (message.channel == "mail" && message.id > told_until_)
        subjects.push_back(message.notice ? message.notice->subject : message.alert.title);
    if (!outbox.empty()) told_until_ = outbox.back().id;
    return subjects;
  }
  model::Notice last_notice() {
    const auto outbox = incidents_.outbox(std::nullopt, 1).value();
    return outbox.empty() || !outbox[0].notice ? model::Notice() : *outbox[0].notice;
  }
  model::PolicyCase case_of(std::uint64_t number) {
    const auto cases = store_.cases(number).value();
    return cases.empty() ? model::PolicyCase() : cases[0];
  }
  using Subjects = std::vector<std::string>;

  fakes::FakeClock clock_;
  fakes::MemoryIncidentStore incidents_;
  fakes::MemoryPolicyStore store_{incidents_};
  AskedActions actions_;
  AskedWitness witness_;
  std::vector<Policy> policies_;
  std::vector<std::string> notices_;
  std::unique_ptr<PolicyRounds> rounds_;
  std::vector<std::string> channels_{"mail", "chat"};
  std::uint64_t identity_ = 0;
  std::int64_t told_until_ = 0;
};

TEST_F(PolicyRoundTest, FromMailToLock) {
  arm();
  const auto number = add("Credential phishing mail delivered to one user");
  look();
  EXPECT_EQ(told(), (Subjects{"🚨 Credential Phishing Incident Detected"}));
  const model::Notice first = last_notice();
  EXPECT_EQ(first.incident_id, "3001 in Microsoft Sentinel (1 in Vedette)");
  EXPECT_EQ(first.incident_type, "Credential Phishing");
  EXPECT_EQ(first.affected, "bo@contoso.com");
  EXPECT_EQ(first.detected, begin);
  EXPECT_EQ(first.deadline, begin + Duration::hours(120));
  EXPECT_NE(first.action.find("locked automatically on 2026-06-06 00:00:00Z"), std::string::npos)
      << first.action;
  pass(119);
  EXPECT_EQ(told(), (Subjects{"⏳ Credential Phishing Incident: nobody has acted, 2 d left",
                              "⏳ Credential Phishing Incident: nobody has acted, 1 d left",
                              "⏳ Credential Phishing Incident: nobody has acted, 1 h left"}));
  EXPECT_TRUE(actions_.all.empty());
  pass(1);
  ASSERT_EQ(actions_.all.size(), 2U);
  EXPECT_EQ(actions_.all[0].request.kind, ActionKind::disable_account);
  EXPECT_EQ(actions_.all[1].request.kind, ActionKind::revoke_sessions);
  EXPECT_EQ(actions_.all[0].request.mode, ActionMode::automatic);
  EXPECT_EQ(actions_.all[0].request.account.object_id, "1111");
  EXPECT_EQ(actions_.all[0].request.policy, "credential-phishing");
  EXPECT_EQ(witness_.asked, 1);
  pass(1);
  EXPECT_EQ(told(), Subjects{}) << "the final mail waits for the verified act";
  actions_.move_all(ActionState::done, "read back: the account is disabled");
  for (auto& each : actions_.all) each.next_look = clock_.now() + Duration::minutes(10);
  look();
  EXPECT_EQ(told(), (Subjects{"🔒 Credential Phishing Incident: account locked"}));
  EXPECT_NE(last_notice().notes.at(0).find("read back"), std::string::npos);
  actions_.move_all(ActionState::verified);
  pass(3);
  EXPECT_EQ(told(), Subjects{}) << "that it stayed so is no news";
  EXPECT_EQ(case_of(number).state, CaseState::over);
}

// Nobody answers: others hear of it, it becomes somebody's, programs are told; none of that is a
// person's touch, so the clock runs on.
TEST_F(PolicyRoundTest, NobodyAnswersSoOthersAreTold) {
  policies_ = {
      *read_policy("name: p\ntype: Credential Phishing\nmatch: {any: {title: [phishing]}}\n"
                   "channels: [mail]\nsteps:\n- {do: notify, after: 0h}\n"
                   "- {do: webhook, after: 1h, channels: [chat]}\n"
                   "- {do: escalate, after: 24h, channels: [chat]}\n"
                   "- {do: assign, after: 30h, owner: night shift}\n"
                   "- {do: warn, after: 48h}\n- {do: lock, after: 72h}\n",
                   "p.yaml")};
  restart();
  arm();
  const auto number = add("Credential phishing");
  const auto chat = [&] {
    std::vector<std::string> subjects;
    const auto outbox = incidents_.outbox(std::nullopt, 100).value();
    for (const auto& message : outbox)
      if (message.channel == "chat") subjects.push_back(message.notice->subject);
    return subjects;
  };
  pass(23);
  EXPECT_EQ(chat(), (Subjects{"🚨 Credential Phishing Incident Detected"}));
  pass(2);
  EXPECT_EQ(chat(), (Subjects{"🔺 Credential Phishing Incident: nobody has acted for 1 d",
                              "🚨 Credential Phishing Incident Detected"}));
  EXPECT_TRUE((**incidents_.find(number)).owner.empty());
  pass(10);
  EXPECT_EQ((**incidents_.find(number)).owner, "night shift");
  EXPECT_FALSE((**incidents_.find(number)).is_attended());
  EXPECT_EQ(told().size(), 1U) << "the usual channel hears of it no more often";
  pass(40);
  ASSERT_EQ(actions_.all.size(), 1U);
  EXPECT_EQ(actions_.all[0].request.mode, ActionMode::automatic);
}

TEST_F(PolicyRoundTest, WhatAPersonOwnsIsNotAssigned) {
  policies_ = {*read_policy(
      "name: p\ntype: T\nmatch: {any: {title: [phishing]}}\nsteps:\n- {do: notify, after: 0h}\n"
      "- {do: assign, after: 2h, owner: night shift}\n",
      "p.yaml")};
  restart();
  arm();
  const auto number = add("Credential phishing");
  pass(1);
  change(number, [](model::Incident& incident) { incident.owner = "bert"; });
  pass(2);
  EXPECT_EQ((**incidents_.find(number)).owner, "bert");
  EXPECT_NE(incidents_.timeline(number)->back().text.find("it is bert's already"),
            std::string::npos);
}

// Words that have nowhere to go warn nobody, so nobody is locked without a person.
TEST_F(PolicyRoundTest, WithoutAChannelNobodyIsLockedByItself) {
  channels_ = {};
  restart();
  arm();
  add("Credential phishing");
  pass(125);
  ASSERT_FALSE(actions_.all.empty());
  EXPECT_EQ(actions_.all[0].request.mode, ActionMode::propose);
  EXPECT_NE(actions_.all[0].request.reason.find("nobody could be told"), std::string::npos);
}

TEST_F(PolicyRoundTest, AFailedLockIsAMailOfItsOwn) {
  arm();
  add("Credential phishing");
  pass(122);
  static_cast<void>(told());
  actions_.move_all(ActionState::failed, "403: the app lacks User.EnableDisableAccount.All");
  look();
  EXPECT_EQ(told(), (Subjects{"❌ Credential Phishing Incident: lock FAILED"}));
  const auto outbox = incidents_.outbox(std::nullopt, 1).value();
  EXPECT_EQ(outbox[0].alert.severity, model::Severity::high);
}

TEST_F(PolicyRoundTest, WhatWaitsForApprovalIsToldAndSoIsItsEnd) {
  arm(ActionMode::propose);
  add("Credential phishing");
  pass(122);
  EXPECT_EQ(actions_.all.at(0).request.mode, ActionMode::propose);
  static_cast<void>(told());
  actions_.move_all(ActionState::waiting_for_approval);
  pass(2);
  EXPECT_EQ(told(), (Subjects{"✋ Credential Phishing Incident: a lock waits for approval"}));
  actions_.move_all(ActionState::denied, "anna refused it");
  pass(2);
  EXPECT_EQ(told(), (Subjects{"🛑 Credential Phishing Incident: account not locked"}));
}

TEST_F(PolicyRoundTest, UnarmedOrEditedItDoesNothing) {
  add("Credential phishing");
  pass(130);
  EXPECT_EQ(told(), Subjects{});
  ASSERT_TRUE(
      store_.arm({"credential-phishing", "another text's", ActionMode::automatic, begin, "anna"}));
  pass(130);
  EXPECT_EQ(told(), Subjects{});
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_NE(notices_[0].find("was changed since it was armed"), std::string::npos);
}

TEST_F(PolicyRoundTest, ArmingWithFortyOldIncidentsLocksNone) {
  for (int i = 0; i < 40; ++i) add("Credential phishing");
  clock_.advance(Duration::hours(24 * 30));
  arm();
  look();
  EXPECT_EQ(told().size(), 40U) << "they are told";
  pass(119);
  EXPECT_TRUE(actions_.all.empty());
}

TEST_F(PolicyRoundTest, AMatchIsRememberedThroughARenaming) {
  arm();
  const auto number = add("Credential phishing");
  look();
  change(number, [](model::Incident& incident) { incident.title = "Case 4711"; });
  pass(121);
  EXPECT_EQ(actions_.all.size(), 2U);
  EXPECT_EQ(case_of(number).why,
            "its title \"Credential phishing\" has the words credential phish*");
}

TEST_F(PolicyRoundTest, TheWitnessHasTheLastWord) {
  arm();
  const auto number = add("Credential phishing");
  pass(119);
  witness_.silent = true;
  pass(5);
  EXPECT_TRUE(actions_.all.empty()) << "nobody is locked by what was read before";
  EXPECT_EQ(case_of(number).state, CaseState::running);
  EXPECT_EQ(notices_.size(), 1U) << "told once";
  witness_.silent = false;
  witness_.standing = IncidentStanding::attended;
  pass(5);
  EXPECT_TRUE(actions_.all.empty());
  EXPECT_EQ(case_of(number).state, CaseState::over);
}

TEST_F(PolicyRoundTest, AnUnidentifiedChangeCancelsAndIsTold) {
  arm();
  const auto number = add("Credential phishing");
  pass(10);
  static_cast<void>(told());
  change(number, [](model::Incident& incident) {
    incident.origin->touched_by = Toucher::unclear;
    incident.origin->touch = "its status was changed: Active, was New";
  });
  pass(200);
  EXPECT_TRUE(actions_.all.empty());
  EXPECT_EQ(told(),
            (Subjects{"❓ Credential Phishing Incident: lock cancelled by unidentified change"}));
  EXPECT_NE(last_notice().notes.at(0).find("does not say who"), std::string::npos);
}

TEST_F(PolicyRoundTest, AMergeGoesOnWithTheEarlierDate) {
  arm();
  const auto source = add("Credential phishing", {"a1"});
  pass(60);
  const auto target = add("Multi-stage incident involving one user", {"a9", "a1"});
  change(source, [&](model::Incident& incident) {
    incident.status = IncidentStatus::closed;
    incident.closed = incident.updated = clock_.now();
    incident.origin->labels = {"Redirected"};
  });
  pass(1);
  EXPECT_EQ((*incidents_.find(source))->merged_into, target);
  EXPECT_EQ((*incidents_.find(target))->origin->lineage_created, begin);
  EXPECT_EQ(case_of(source).state, CaseState::over);
  EXPECT_EQ(case_of(target).started, begin);
  EXPECT_EQ(case_of(target).why.substr(0, 27), "incident 1 was merged into ");
  pass(58);
  EXPECT_TRUE(actions_.all.empty());
  pass(2);
  ASSERT_EQ(actions_.all.size(), 2U);
  EXPECT_EQ(actions_.all[0].request.incident, target);
}

TEST_F(PolicyRoundTest, AMergeIntoNobodyIsTold) {
  arm();
  const auto number = add("Credential phishing");
  pass(10);
  static_cast<void>(told());
  change(number, [&](model::Incident& incident) {
    incident.status = IncidentStatus::closed;
    incident.closed = incident.updated = clock_.now();
    incident.origin->labels = {"Redirected"};
  });
  pass(130);
  EXPECT_EQ(told(),
            (Subjects{"❓ Credential Phishing Incident: lock cancelled, the incident was merged"}));
  EXPECT_TRUE(actions_.all.empty());
}

TEST_F(PolicyRoundTest, AClockThatJumpsAsks) {
  arm();
  add("Credential phishing");
  pass(10);
  clock_.set(clock_.now() + Duration::hours(24 * 5));
  pass(30);
  ASSERT_EQ(actions_.all.size(), 2U);
  EXPECT_EQ(actions_.all[0].request.mode, ActionMode::propose);
  EXPECT_NE(actions_.all[0].request.reason.find("the clock was set forward by 5 d"),
            std::string::npos)
      << actions_.all[0].request.reason;
}

TEST_F(PolicyRoundTest, WithoutAnAccountSomebodyIsToldToLook) {
  arm();
  const auto number = add("Credential phishing");
  change(number, [](model::Incident& incident) { incident.origin->accounts.clear(); });
  pass(121);
  EXPECT_TRUE(actions_.all.empty());
  EXPECT_EQ(told().back(), "❗ Credential Phishing Incident: nobody to lock");
}

TEST_F(PolicyRoundTest, ARestartAtAnyMomentTellsNobodyTwice) {
  arm();
  add("Credential phishing");
  for (int i = 0; i < 125; ++i) {
    clock_.advance(Duration::hours(1));
    restart();
    look();
    restart();
    look();
  }
  EXPECT_EQ(told().size(), 4U);
  EXPECT_EQ(actions_.all.size(), 2U);
}

}  // namespace
}  // namespace vedette::respond
