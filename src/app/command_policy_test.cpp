#include "app/command_policy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

#include "access/audit_chain.h"
#include "app/policy_view.h"
#include "fakes/fake_clock.h"
#include "fakes/sample_alert.h"
#include "fakes/temporary_folder.h"
#include "store/sqlite/sqlite_access.h"
#include "store/sqlite/sqlite_incidents.h"
#include "store/sqlite/sqlite_policies.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Timestamp;

class CommandPolicy : public testing::Test {
 protected:
  static constexpr Timestamp noon = Timestamp::from_unix_seconds(1'780'315'200);

  CommandPolicy() : clock_(noon) {
    std::ofstream(folder_.file("vedette.toml")) << "[http]\nport = 0\n";
    incidents_ = *store::sqlite::SqliteIncidents::open(folder_.file("state.db"));
    policies_ = *store::sqlite::SqlitePolicies::open(folder_.file("state.db"));
  }
  std::uint64_t add(const std::string& title, Duration age, Timestamp acknowledged = {}) {
    model::Incident incident;
    incident.identity = ++identity_;
    incident.title = title;
    incident.alerts = {fakes::sample_alert(identity_)};
    incident.acknowledged = acknowledged;
    model::IncidentOrigin& origin = incident.origin.emplace();
    origin.created = origin.lineage_created = incident.created = noon - age;
    origin.accounts = {{"1111", "bo@contoso.com", ""}};
    origin.entities = {{"Account", "bo@contoso.com"}};
    ports::IncidentCommit change;
    change.incidents = {incident};
    return incidents_->commit(change)->front();
  }
  int run(std::vector<std::string> words, const std::string& typed = "") {
    words.insert(words.begin() + 1,
                 {"--data", folder_.path().string(), "--config", folder_.file("vedette.toml")});
    std::istringstream input(typed);
    std::ostringstream output, errors;
    const int code = run_policy(words, {clock_, "anna", input, output, errors});
    said_ = output.str();
    errors_ = errors.str();
    return code;
  }
  bool says(std::string_view text) const { return said_.find(text) != std::string::npos; }

  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_;
  std::unique_ptr<store::sqlite::SqliteIncidents> incidents_;
  std::unique_ptr<store::sqlite::SqlitePolicies> policies_;
  std::string said_, errors_;
  std::uint64_t identity_ = 0;
};

TEST_F(CommandPolicy, ArmingShowsTheCallsAndWantsTheSentence) {
  EXPECT_EQ(run({"arm", "credential-phishing", "--mode", "auto"}, "yes\n"), exit_failed);
  EXPECT_TRUE(says("PATCH https://graph.microsoft.com/v1.0/users/ID  {\"accountEnabled\": false}"))
      << said_;
  EXPECT_TRUE(says("POST https://graph.microsoft.com/v1.0/users/ID/revokeSignInSessions"));
  EXPECT_TRUE(policies_->armed()->empty());
  EXPECT_EQ(run({"arm", "credential-phishing", "--mode", "auto"}, "arm credential-phishing auto\n"),
            exit_done)
      << errors_;
  ASSERT_EQ(policies_->armed()->size(), 1U);
  EXPECT_EQ((*policies_->armed())[0].mode, model::ActionMode::automatic);
  EXPECT_EQ((*policies_->armed())[0].by, "anna");
  EXPECT_EQ(run({"list"}), exit_done);
  EXPECT_TRUE(says("armed (auto) by anna on 2026-06-01 12:00:00Z")) << said_;
  EXPECT_TRUE(
      says("notify at once, warn after 3 d, warn after 4 d, warn after 4 d 23 h, lock "
           "after 5 d, revoke after 5 d"));
  EXPECT_EQ(run({"disarm", "credential-phishing"}), exit_done);
  EXPECT_EQ(run({"disarm", "credential-phishing"}), exit_failed);
  const auto log =
      *store::sqlite::SqliteAccess::open(folder_.file("state.db"), &access::audit_hash, true);
  const auto entries = *log->audit_after(0, 10);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].action, "policy.arm");
  EXPECT_EQ(entries[0].actor, "anna");
  EXPECT_EQ(entries[1].action, "policy.disarm");
}

TEST_F(CommandPolicy, NobodyElseArms) {
  EXPECT_EQ(
      run({"arm", "credential-phishing", "--as", "vedette"}, "arm credential-phishing propose\n"),
      exit_failed);
  EXPECT_EQ(run({"arm", "credental-phishing"}), exit_failed);
  EXPECT_NE(errors_.find("did you mean credential-phishing?"), std::string::npos) << errors_;
  EXPECT_TRUE(policies_->armed()->empty());
}

TEST_F(CommandPolicy, ExplainsWhenAndWhyNot) {
  const auto number = add("Credential phishing", Duration::hours(91));
  EXPECT_EQ(run({"explain", std::to_string(number)}), exit_done) << errors_;
  EXPECT_TRUE(says("will not lock: it is not armed")) << said_;
  EXPECT_TRUE(says("twill: not one of its incidents"));
  const auto files = *load_policies({});
  ASSERT_TRUE(policies_->arm({"credential-phishing", files[0].policy.hash,
                              model::ActionMode::automatic, noon - Duration::hours(100), "anna"}));
  model::PolicyCase of;
  of.incident = number;
  of.policy = "credential-phishing";
  of.why = "its title";
  of.matched = of.started = of.first_told = noon - Duration::hours(91);
  of.last_warned = noon - Duration::hours(19);
  of.steps_done = 2;
  ASSERT_TRUE(policies_->save({.cases = {of}}));
  EXPECT_EQ(run({"explain", std::to_string(number)}), exit_done) << errors_;
  EXPECT_TRUE(says("locks in 1 d 5 h, on 2026-06-02 17:00:00Z, because no person has touched it"))
      << said_;
}

TEST_F(CommandPolicy, SimulatesWhatWouldHaveBeen) {
  add("Credential phishing", Duration::hours(24 * 30), noon - Duration::hours(24 * 29));
  add("Credential phishing", Duration::hours(24 * 20));
  add("Credential phishing", Duration::hours(24 * 200));
  add("Credential phishing", Duration::hours(3));
  add("Something else", Duration::hours(24 * 20));
  EXPECT_EQ(run({"simulate", "credential-phishing"}), exit_done) << errors_;
  EXPECT_TRUE(says("WOULD HAVE LOCKED bo@contoso.com on 2026-05-17 12:00:00Z")) << said_;
  EXPECT_TRUE(
      says("3 of 4 incidents of 90 days are credential-phishing's: 1 attended to in time, "
           "0 stopped by an unidentified change, 1 still run, 1 would have been locked."))
      << said_;
}

TEST_F(CommandPolicy, ChecksFiles) {
  std::ofstream(folder_.file("bad.yaml")) << "name: x\ntype: X\n";
  EXPECT_EQ(run({"check", folder_.file("bad.yaml")}), exit_failed);
  EXPECT_NE(errors_.find("a policy needs match"), std::string::npos) << errors_;
  EXPECT_EQ(run({"check"}), exit_done);
  EXPECT_EQ(run({"show", "twill"}), exit_done);
  std::ofstream(folder_.file("own.yaml")) << said_;
  EXPECT_EQ(run({"check", folder_.file("own.yaml")}), exit_done) << errors_;
}

}  // namespace
}  // namespace vedette::app
