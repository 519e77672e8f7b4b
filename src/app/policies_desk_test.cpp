#include "app/policies_desk.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/memory_action_store.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_policy_store.h"
#include "fakes/sample_alert.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Json;
using base::Timestamp;

constexpr Timestamp noon = Timestamp::from_unix_seconds(1'780'315'200);

class PoliciesDeskTest : public testing::Test {
 protected:
  PoliciesDeskTest() {
    model::Identity bo;
    bo.id = "1111";
    bo.name = "bo@contoso.com";
    bo.groups = {"Sales", "Lyon"};
    directory_.put(bo);
    model::Identity anna;
    anna.id = "2222";
    anna.name = "anna@contoso.com";
    anna.roles = {"Global Administrator"};
    anna.is_administrator = true;
    directory_.put(anna);
    configuration_.respond.guard.break_glass = {"3333"};
    configuration_.respond.guard.mode = model::ActionMode::automatic;
  }
  std::uint64_t add(const std::string& title, const std::string& id, const std::string& name) {
    model::Incident incident;
    incident.identity = ++identity_;
    incident.title = title;
    incident.alerts = {fakes::sample_alert(identity_)};
    model::IncidentOrigin& origin = incident.origin.emplace();
    origin.created = origin.lineage_created = incident.created = noon - Duration::hours(91);
    origin.accounts = {{id, name, ""}};
    origin.entities = {{"Account", name}};
    ports::IncidentCommit change;
    change.incidents = {incident};
    return incidents_.commit(change)->front();
  }
  base::Result<void> arm(const std::string& mode, const std::string& sentence) {
    const auto plan = ask(desk_.plan("credential-phishing", mode));
    const auto armed =
        desk_.arm({"credential-phishing", mode, plan["hash"].text(), sentence, "anna"}, note_);
    if (!armed) return std::unexpected(armed.error());
    return {};
  }
  static Json ask(const server::PolicyDesk::Answer& answer) {
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? base::parse_json(*answer).value_or(Json()) : Json();
  }
  static const Json& at(const Json& rows, std::size_t i) { return (*rows.as_array()).at(i); }

  fakes::FakeClock clock_{noon};
  fakes::MemoryIncidentStore incidents_;
  fakes::MemoryPolicyStore policies_{incidents_};
  fakes::MemoryActionStore actions_;
  Configuration configuration_;
  model::TenantDirectory directory_;
  respond::SwitchPosition switch_ = respond::SwitchPosition::off;
  std::vector<std::string> noted_;
  server::PolicyDesk::Note note_ = [this](std::string_view action, std::string_view object,
                                          std::string_view) {
    noted_.push_back(std::string(action) + " " + std::string(object));
    return base::Result<void>();
  };
  PoliciesDesk desk_{{configuration_, policies_, incidents_, actions_, clock_,
                      [this] { return directory_; }, [this] { return switch_; }}};
  std::uint64_t identity_ = 0;
};

TEST_F(PoliciesDeskTest, ArmsByWhatWasShownAndTheSentenceOnly) {
  const auto plan = ask(desk_.plan("credential-phishing", "auto"));
  EXPECT_EQ(plan["sentence"].text(), "arm credential-phishing auto");
  ASSERT_EQ(plan["calls"].as_array()->size(), 2U);
  EXPECT_EQ(at(plan["calls"], 0)["method"].text(), "PATCH");
  EXPECT_EQ(ask(desk_.plan("credential-phishing", "dry-run"))["calls"].as_array()->size(), 0U);
  EXPECT_FALSE(arm("auto", "arm credential-phishing"));
  EXPECT_FALSE(desk_.arm(
      {"credential-phishing", "auto", "another text's", "arm credential-phishing auto", "anna"},
      note_));
  EXPECT_TRUE(policies_.armed()->empty());
  EXPECT_TRUE(noted_.empty());
  ASSERT_TRUE(arm("auto", " arm credential-phishing auto "));
  ASSERT_EQ(policies_.armed()->size(), 1U);
  EXPECT_EQ((*policies_.armed())[0].by, "anna");
  EXPECT_EQ(noted_, (std::vector<std::string>{"policy.arm policy credential-phishing"}));
  const auto all = ask(desk_.show());
  EXPECT_EQ(at(all["rows"], 0)["armed"]["mode"].text(), "auto");
  EXPECT_TRUE(desk_.disarm("credential-phishing", note_));
  EXPECT_FALSE(desk_.disarm("credential-phishing", note_));
  EXPECT_FALSE(desk_.plan("nothing", "auto"));
}

TEST_F(PoliciesDeskTest, SaysWhenAnIncidentLocksAndWhomTheGuardWouldSpare) {
  const auto number = add("Credential phishing", "1111", "bo@contoso.com");
  auto of = ask(desk_.of_incident(number));
  ASSERT_EQ(of["policies"].as_array()->size(), 1U);
  EXPECT_EQ(at(at(of["policies"], 0)["refusals"], 0).text(), "it is not armed");
  EXPECT_TRUE(at(of["policies"], 0)["lock"].is_null());
  ASSERT_TRUE(arm("auto", "arm credential-phishing auto"));
  of = ask(desk_.of_incident(number));
  EXPECT_EQ(at(of["policies"], 0)["refusals"].as_array()->size(), 0U);
  // From the arming on, not from the incident's creation.
  EXPECT_EQ(at(of["policies"], 0)["lock"].text(), base::format_iso(noon + Duration::hours(120)));
  const auto& bo = at(of["accounts"], 0);
  EXPECT_EQ(bo["identity"]["group_count"].number_or(0), 2);
  EXPECT_EQ(bo["verdict"]["decision"].text(), "allow");
  const auto spared =
      ask(desk_.of_incident(add("Credential phishing", "2222", "anna@contoso.com")));
  EXPECT_EQ(at(spared["accounts"], 0)["verdict"]["reason"].text(), "role-held");
  const auto unknown = ask(desk_.of_incident(add("Credential phishing", "", "x@contoso.com")));
  EXPECT_EQ(at(unknown["accounts"], 0)["verdict"]["reason"].text(), "no-account");
  switch_ = respond::SwitchPosition::unreadable;
  EXPECT_EQ(at(ask(desk_.of_incident(number))["accounts"], 0)["verdict"]["reason"].text(),
            "stop-unreadable");
  EXPECT_TRUE(*ask(desk_.show())["guard"]["stopped"].as_bool());
  EXPECT_FALSE(desk_.of_incident(424'242));
}

TEST_F(PoliciesDeskTest, SimulatesWhatWouldHaveBeen) {
  add("Credential phishing", "1111", "bo@contoso.com");
  add("Something else", "1111", "bo@contoso.com");
  clock_.set(noon + Duration::hours(24 * 10));
  const auto done = ask(desk_.simulate("credential-phishing", 90));
  EXPECT_EQ(done["matched"].number_or(0), 1);
  EXPECT_EQ(done["incidents"].number_or(0), 2);
  EXPECT_EQ(done["locks"].number_or(0), 1);
  EXPECT_EQ(at(done["rows"], 0)["end"].text(), "locked");
  EXPECT_EQ(at(done["rows"], 0)["affected"].text(), "bo@contoso.com");
  EXPECT_EQ(ask(desk_.simulate("credential-phishing", 1))["incidents"].number_or(9), 0);
}

}  // namespace
}  // namespace vedette::app
