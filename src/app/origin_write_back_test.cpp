// What is done here to an incident of Sentinel's, told to the simulated tenant's Sentinel.
#include "app/origin_write_back.h"

#include <gtest/gtest.h>

#include "cloud/app_sign_in.h"
#include "cloud/oauth_tokens.h"
#include "collect/cloud/sentinel_changes.h"
#include "fakes/fake_clock.h"
#include "fakes/memory_incident_store.h"
#include "incident/actions.h"
#include "incident/origin_reading.h"
#include "normalise/cloud/incident_reader.h"
#include "simulate/tenant/tenant.h"
#include "simulate/tenant/tenant_client.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Json;
using incident::Person;
using model::Incident;
namespace tenant = simulate::tenant;

constexpr const char* arm = "https://management.azure.com";

tenant::TenantOptions options_of() {
  tenant::TenantOptions options;
  options.people = 40;
  options.days = 5;
  options.attack_cycle_hours = 24;
  options.start = *base::parse_iso("2026-06-01T12:00:00Z");
  return options;
}

class WriteBackTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto listed = client().send(
        {"GET",
         collect::cloud::sentinel_incidents_url(arm, line_.place) + "?api-version=2024-03-01", "",
         ""},
        {});
    ASSERT_TRUE(listed) << listed.error().words;
    const Json rows = (*base::parse_json(listed->body))["value"];
    for (const Json& each : *rows.as_array())
      if (each["properties"]["status"].text() == "New") id_ = each["id"].text();
    ASSERT_FALSE(id_.empty());
    read();
  }
  collect::cloud::ServiceClient& client() { return *line_.client; }
  [[nodiscard]] std::string url(std::string_view part = {}) const {
    return collect::cloud::sentinel_incident_url(arm, line_.place, id_, part);
  }
  Json there(std::string_view part = {}) {
    return *base::parse_json(client().send({"GET", url(part), "", ""}, {})->body);
  }
  std::string status() { return there()["properties"]["status"].text(); }
  // Somebody changes it there.
  void change(const collect::cloud::SentinelChange& to) {
    clock_.advance(Duration::minutes(1));
    ASSERT_TRUE(
        client().send({"PUT", url(), collect::cloud::changed_incident(there(), to), ""}, {}));
  }
  // As the feed does.
  void read() {
    clock_.advance(Duration::minutes(1));
    const auto payload = collect::cloud::sentinel_incident_now(client(), line_.place, id_, {});
    ASSERT_TRUE(payload) << payload.error().words;
    auto reading = normalise::cloud::read_incident_details(*payload);
    ASSERT_TRUE(reading);
    reading->origin.source = "sentinel:northwind:incidents";
    const auto known = store_.find(1).value();
    auto now = incident::apply_reading(known ? &*known : nullptr, *reading, clock_.now());
    if (!now) return;
    ports::IncidentCommit commit;
    commit.incidents = {now->incident};
    for (auto& entry : now->entries) commit.timeline.push_back({0, entry});
    ASSERT_TRUE(store_.commit(commit));
  }
  void act(const incident::Action& action) {
    const auto done = incident::act(store_, 1, action);
    ASSERT_TRUE(done) << done.error().message;
  }
  [[nodiscard]] Person anna() const { return {"anna", clock_.now()}; }
  Incident here() { return **store_.find(1); }
  void look() {
    clock_.advance(Duration::minutes(2));
    const auto done = write_back_.look({});
    ASSERT_TRUE(done) << done.error().message;
  }

  tenant::TenantOptions options_ = options_of();
  fakes::FakeClock clock_{options_.start};
  tenant::Tenant tenant_{options_, clock_};
  SentinelLine line_ = [this] {
    SentinelLine line;
    line.place = {std::string(tenant::subscription_id), std::string(tenant::resource_group),
                  std::string(tenant::workspace_name)};
    line.tokens = std::make_unique<cloud::OAuthTokens>(
        std::make_unique<cloud::AppSignIn>(
            cloud::AppIdentity{"https://login.microsoftonline.com", options_.tenant_id,
                               options_.client_id},
            cloud::proof_by_secret(
                []() -> base::Result<base::Secret> { return base::Secret("simulated-secret"); }),
            std::make_unique<tenant::TenantClient>(tenant_), clock_),
        clock_);
    line.http = std::make_unique<tenant::TenantClient>(tenant_);
    line.client = std::make_unique<collect::cloud::ServiceClient>(
        collect::cloud::ServiceSettings{
            "Microsoft Sentinel", arm, std::string(arm) + "/.default", {}},
        *line.http, *line.tokens, clock_);
    return line;
  }();
  fakes::MemoryIncidentStore store_;
  std::vector<std::string> notices_;
  OriginWriteBack write_back_{
      {store_, clock_, [this](const std::string&) -> base::Result<SentinelLine*> { return &line_; },
       [this](bool, const std::string& text) { notices_.push_back(text); }}};
  std::string id_;
};

TEST_F(WriteBackTest, WhatIsDoneHereStandsThere) {
  look();
  EXPECT_EQ(status(), "New") << "nothing was done";
  const std::string title = there()["properties"]["title"].text();
  act([&](const Incident& found) { return incident::acknowledge(found, anna()); });
  act([&](const Incident& found) { return incident::assign(found, anna(), "bo@contoso.com"); });
  act([&](const Incident& found) { return incident::comment(found, anna(), "I look at it"); });
  look();
  EXPECT_EQ(status(), "Active");
  EXPECT_EQ(there()["properties"]["owner"]["userPrincipalName"].text(), "bo@contoso.com");
  EXPECT_EQ(there()["properties"]["title"].text(), title) << "and nothing else";
  EXPECT_FALSE(there()["properties"]["description"].is_null());
  const Json comments = there("/comments")["value"];
  ASSERT_EQ(comments.as_array()->size(), 1U);
  EXPECT_EQ((*comments.as_array())[0]["properties"]["message"].text(),
            "anna in Vedette: I look at it");
  // What comes back is no news, and nothing is told twice.
  const std::string etag = there()["etag"].text();
  const auto entries = store_.timeline(1)->size();
  read();
  look();
  look();
  EXPECT_EQ(there()["etag"].text(), etag);
  EXPECT_EQ(store_.timeline(1)->size(), entries);
  EXPECT_TRUE(here().is_attended());
  act([&](const Incident& found) {
    return incident::close(found, anna(), model::Classification::true_positive, "locked");
  });
  look();
  EXPECT_EQ(status(), "Closed");
  EXPECT_EQ(there()["properties"]["classification"].text(), "TruePositive");
  EXPECT_EQ(there()["properties"]["classificationComment"].text(), "locked");
  EXPECT_EQ(notices_, std::vector<std::string>{});
}

// Somebody was there first: nothing is overwritten, and what both did stands in the end.
TEST_F(WriteBackTest, WhatSomebodyChangedThereIsNotOverwritten) {
  act([&](const Incident& found) { return incident::acknowledge(found, anna()); });
  act([&](const Incident& found) { return incident::assign(found, anna(), "bo@contoso.com"); });
  change({"Closed", "carl@contoso.com", "FalsePositive", "known"});
  const std::string etag = there()["etag"].text();
  look();
  EXPECT_EQ(there()["etag"].text(), etag) << "it is read first";
  read();
  look();
  EXPECT_EQ(status(), "Closed");
  EXPECT_EQ(there()["properties"]["owner"]["userPrincipalName"].text(), "carl@contoso.com");
  EXPECT_EQ(here().status, model::IncidentStatus::closed);
  EXPECT_EQ(here().owner, "carl@contoso.com");
}

TEST_F(WriteBackTest, WhatDoesNotConcernUsIsWrittenOverTheVersionThatWasRead) {
  act([&](const Incident& found) { return incident::acknowledge(found, anna()); });
  change({"", "carl@contoso.com", "", ""});
  look();
  EXPECT_EQ(status(), "New");
  read();
  look();
  EXPECT_EQ(status(), "Active");
  EXPECT_EQ(there()["properties"]["owner"]["userPrincipalName"].text(), "carl@contoso.com");
}

TEST_F(WriteBackTest, WhatIsGoneThereIsToldAndLeft) {
  act([&](const Incident& found) { return incident::acknowledge(found, anna()); });
  static_cast<void>(client().send({"DELETE", url(), "", ""}, {}));  // its answer has no body
  look();
  look();
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_NE(notices_[0].find("incident 1: Microsoft Sentinel is not told of it"), std::string::npos)
      << notices_[0];
}

}  // namespace
}  // namespace vedette::app
