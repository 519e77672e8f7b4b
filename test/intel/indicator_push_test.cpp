// Pushing to a simulated Microsoft Sentinel: whatever it answers and whenever we are killed, it
// ends with exactly what it is to have.
#include "collect/cloud/indicator_push.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "base/json.h"
#include "collect/cloud/lane.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/memory_push_ledger.h"
#include "intel/stored_versions.h"
#include "simulate/seeded_random.h"
#include "simulate/tenant/tenant.h"
#include "simulate/tenant/tenant_client.h"

namespace {

using namespace vedette;
using base::Duration;
using base::Timestamp;
using collect::cloud::PushPlace;
using collect::cloud::StoredIndicator;
using fakes::FakeHttpService;

constexpr const char* address = "https://sentinel.example.org";
const Timestamp start = *base::parse_iso("2026-06-01T12:00:00Z");

class IndicatorPushes : public testing::Test {
 protected:
  void serve(const std::vector<std::string>& faults) {
    simulate::tenant::TenantOptions options;
    options.people = 20;
    options.days = 1;
    options.start = start;
    for (const auto& fault : faults)
      options.faults.push_back(*simulate::tenant::parse_fault_order(fault));
    tenant = std::make_unique<simulate::tenant::Tenant>(options, clock);
    tenant_client = std::make_unique<simulate::tenant::TenantClient>(*tenant);
    tokens.client = tenant_client.get();
    restart();
  }

  // As after a kill: only the ledger is left.
  void restart() {
    lane.reset();
    if (!client)
      client = std::make_unique<collect::cloud::ServiceClient>(
          collect::cloud::ServiceSettings{"Microsoft Sentinel", address, "",
                                          collect::cloud::push_quota, "Bearer ", "[[push]]"},
          *tenant_client, tokens, clock);
    lane = std::make_unique<collect::cloud::Lane>(*client, clock);
    lane->add(std::make_unique<collect::cloud::IndicatorPush>(
        settings, collect::cloud::PushRooms{*client, clock, random, ledger, read,
                                            intel::write_stix_object, intel::renewed_id,
                                            [this](std::uint64_t held, std::uint64_t withdrawn,
                                                   const std::vector<std::string>& reasons) {
                                              sent += held + withdrawn;
                                              refusals.insert(refusals.end(), reasons.begin(),
                                                              reasons.end());
                                            }}));
  }

  void run(Duration span, std::uint64_t kill_one_in = 0) {
    const Timestamp until = clock.now() + span;
    while (clock.now() < until) {
      const Duration wait = lane->turn({});
      if (wait > Duration{}) clock.advance(wait);
      if (kill_one_in > 0 && dice.next() % kill_one_in == 0) restart();
    }
  }

  static model::Indicator indicator(int number, int confidence = 80) {
    model::Indicator made;
    made.id = fmt::format("indicator--{:08}-0000-4000-8000-000000000000", number);
    made.source = "office";
    const std::string value = fmt::format("203.0.{}.{}", number / 250, number % 250 + 1);
    made.observables = {{model::ObservableType::ipv4, value}};
    made.pattern = fmt::format("[ipv4-addr:value = '{}']", value);
    made.confidence = confidence;
    made.created = made.modified = start - Duration::hours(24);
    return made;
  }
  // As the trunk stores rows: when it comes, behind all that came before.
  void store(model::Indicator one) {
    StoredIndicator row{std::move(one), clock.now()};
    const auto key = [](const StoredIndicator& each) {
      return std::tuple(each.received, each.indicator.id, each.indicator.source,
                        each.indicator.modified);
    };
    stored.insert(std::ranges::upper_bound(stored, key(row), {}, key), std::move(row));
  }
  void store_many(int from, int to) {
    for (int i = from; i < to; ++i) store(indicator(i));
  }

  struct There {
    bool is_revoked = false;
    std::int64_t confidence = 0;
    std::string source;
  };
  // What the simulated workspace lists, by id.
  std::map<std::string, There> held() {
    simulate::tenant::TenantRequest asked;
    asked.target =
        "/subscriptions/x/providers/Microsoft.SecurityInsights/threatIntelligence/main/indicators";
    asked.headers = {{"authorization", "Bearer " + tokens.ask()}};
    std::map<std::string, There> all;
    while (!asked.target.empty()) {
      const auto reply = tenant->answer(asked);
      EXPECT_EQ(reply.status, 200);
      const auto json = base::parse_json(reply.body);
      if (!json) return {};
      add_page(*json, all);
      asked.target = (*json)["nextLink"].text();
      if (!asked.target.empty()) asked.target.erase(0, asked.origin.size());
    }
    return all;
  }
  static void add_page(const base::Json& json, std::map<std::string, There>& all) {
    for (const auto& each : *json["value"].as_array()) {
      const auto& properties = each["properties"];
      There& there = all[each["name"].text()];
      there.is_revoked = *properties["revoked"].as_bool();
      there.confidence = *properties["confidence"].as_integer();
      there.source = properties["source"].text();
    }
  }
  std::size_t holding() {
    return static_cast<std::size_t>(
        std::ranges::count_if(held(), [](const auto& each) { return !each.second.is_revoked; }));
  }
  [[nodiscard]] collect::cloud::FeedStatus status() const { return lane->status().front(); }

  fakes::FakeClock clock{start};
  fakes::FakeRandom random{7};
  simulate::SeededRandom dice{3};
  fakes::MemoryPushLedger ledger;
  std::vector<StoredIndicator> stored;
  std::uint64_t sent = 0;
  std::vector<std::string> refusals;
  std::unique_ptr<simulate::tenant::Tenant> tenant;
  std::unique_ptr<simulate::tenant::TenantClient> tenant_client;

  class Tokens : public ports::AccessTokens {
   public:
    std::string ask() {
      ports::HttpRequest request;
      request.url =
          base::Secret("https://x/6f0c1d52-8a3b-4e77-9c41-d2b5e8a90f31/oauth2/v2.0/token");
      request.body =
          "grant_type=client_credentials&client_id=3d2a7c10-5b64-4f8e-a9d3-7e10c4b82f56"
          "&client_secret=simulated-secret&scope=https%3A%2F%2Fmanagement.azure.com%2F.default";
      request.headers = {{"content-type", "application/x-www-form-urlencoded"}};
      const auto answer = client->send(request);
      return answer ? (*base::parse_json(answer->body))["access_token"].text() : "";
    }
    base::Result<base::Secret> token(std::string_view /*scope*/,
                                     const std::stop_token& /*stop*/) override {
      return base::Secret(ask());
    }
    void forget(std::string_view /*scope*/) override {}
    simulate::tenant::TenantClient* client = nullptr;
  } tokens;

  const collect::cloud::ReadStored read =
      [this](const PushPlace& behind, std::size_t most,
             const std::stop_token&) -> base::Result<std::vector<StoredIndicator>> {
    std::vector<StoredIndicator> page;
    for (const auto& row : stored) {
      if (std::tuple(row.received, row.indicator.id, row.indicator.source) <=
          std::tuple(behind.received, behind.id, behind.source))
        continue;
      page.push_back(row);
      if (page.size() == most) break;
    }
    return page;
  };
  collect::cloud::IndicatorPushSettings settings = [] {
    collect::cloud::IndicatorPushSettings made;
    made.source = "push:soc";
    made.address = address;
    made.workspace_id = simulate::tenant::workspace_id;
    return made;
  }();
  std::unique_ptr<collect::cloud::ServiceClient> client;
  std::unique_ptr<collect::cloud::Lane> lane;
};

TEST_F(IndicatorPushes, AllArriveOnceWhateverIsAnsweredAndWhereverItIsKilled) {
  serve({"throttle-seconds=3", "500=3", "html-login=2", "closed=4", "cut-body=3", "503=2"});
  store_many(0, 5'300);
  run(Duration::hours(1), 5);
  store_many(5'300, 5'400);
  run(Duration::hours(1));
  const auto there = held();
  EXPECT_EQ(there.size(), 5'400U);
  EXPECT_EQ(holding(), 5'400U);
  EXPECT_EQ(status().state, "ok") << status().trouble;
  EXPECT_EQ(refusals.size(), 0U);
  sent = 0;
  run(Duration::hours(1), 5);
  EXPECT_EQ(sent, 0U);  // nothing changed
}

// The service's own bound is never met, since we know it: as many as fit, and then a wait.
TEST_F(IndicatorPushes, KeepsToTheRateWithoutBeingTold) {
  serve({});
  store_many(0, 15'000);
  run(Duration::minutes(4));
  EXPECT_EQ(holding(), 15'000U);
  EXPECT_EQ(status().failures, 0U) << status().trouble;
}

TEST_F(IndicatorPushes, WhatIsWithdrawnIsWithdrawnThereAndNothingThatWasNeverSent) {
  serve({});
  store_many(0, 3);
  auto never = indicator(7);
  never.is_revoked = true;
  store(never);
  run(Duration::minutes(6));
  ASSERT_EQ(held().size(), 3U);
  auto gone = indicator(1);
  gone.is_revoked = true;  // without a new time of change
  clock.advance(Duration::seconds(1));
  store(gone);
  run(Duration::minutes(6));
  EXPECT_EQ(held().size(), 3U);
  EXPECT_EQ(holding(), 2U);
  EXPECT_TRUE(held()[gone.id].is_revoked);
  // What is revoked there is so for good.
  gone.is_revoked = false;
  gone.modified = clock.now();
  store(gone);
  run(Duration::minutes(6));
  EXPECT_EQ(held().size(), 4U);
  EXPECT_EQ(holding(), 3U);
  EXPECT_TRUE(held()[gone.id].is_revoked);
  EXPECT_FALSE(held()[intel::renewed_id("office", gone.id, 1)].is_revoked);
}

TEST_F(IndicatorPushes, AKillAmidAWithdrawalStillWithdrawsIt) {
  serve({});
  store_many(0, 500);
  run(Duration::minutes(6));
  for (int i = 0; i < 500; i += 2) {
    auto gone = indicator(i);
    gone.is_revoked = true;
    gone.modified = clock.now();
    store(gone);
  }
  run(Duration::minutes(12), 2);
  EXPECT_EQ(held().size(), 500U);
  EXPECT_EQ(holding(), 250U);
}

TEST_F(IndicatorPushes, AnOlderVersionNeverTakesTheNewersPlace) {
  serve({});
  auto newer = indicator(1, 90);
  newer.modified = start - Duration::hours(1);
  store(newer);
  clock.advance(Duration::seconds(1));
  store(indicator(1, 30));
  run(Duration::minutes(6));
  EXPECT_EQ(held()[newer.id].confidence, 90);
  store(indicator(1, 40));
  run(Duration::minutes(6));
  EXPECT_EQ(held()[newer.id].confidence, 90);
}

// Sentinel takes the later time of change: a correction of the same time would be passed over.
TEST_F(IndicatorPushes, ACorrectionWithoutANewTimeOfChangeIsTaken) {
  serve({});
  store(indicator(1, 50));
  run(Duration::minutes(6));
  store(indicator(1, 75));
  run(Duration::minutes(6));
  EXPECT_EQ(held()[indicator(1).id].confidence, 75);
}

TEST_F(IndicatorPushes, TheFilterChoosesAndANarrowerOneWithdraws) {
  serve({});
  store(indicator(1, 100));
  store(indicator(2, 50));
  auto other = indicator(3, 100);
  other.source = "list";
  store(other);
  auto name = indicator(4, 100);
  name.observables = {{model::ObservableType::domain, "bad.example"}};
  store(name);
  auto over = indicator(5, 100);
  over.valid_until = start - Duration::hours(1);
  store(over);
  settings.filter.sources = {"office"};
  settings.filter.types = {model::ObservableType::ipv4};
  restart();
  run(Duration::minutes(6));
  EXPECT_EQ(held().size(), 2U);
  run(Duration::hours(1));
  settings.filter.confidence = 75;
  restart();
  run(Duration::minutes(6));
  EXPECT_EQ(held().size(), 2U);
  EXPECT_TRUE(held()[indicator(2).id].is_revoked);
  EXPECT_EQ(holding(), 1U);
}

TEST_F(IndicatorPushes, ComesUnderItsSourceOrOneName) {
  serve({});
  auto other = indicator(2);
  other.source = "list";
  store(indicator(1));
  store(other);
  run(Duration::minutes(6));
  EXPECT_EQ(held()[indicator(1).id].source, "office");
  EXPECT_EQ(held()[other.id].source, "list");
}

TEST_F(IndicatorPushes, WhatIsRefusedIsToldAndHoldsUpNoOther) {
  serve({});
  store_many(0, 150);
  auto bad = indicator(200);
  bad.id = "";  // the service asks for one
  store(bad);
  run(Duration::minutes(6));
  EXPECT_EQ(holding(), 150U);
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_NE(refusals.front().find("Property=id"), std::string::npos) << refusals.front();
  run(Duration::hours(1));
  EXPECT_EQ(refusals.size(), 1U);  // it is not tried again and again
}

// A whole request that is not taken is cut in halves until the one is found.
TEST_F(IndicatorPushes, ARequestThatIsRefusedIsSearchedForWhatIsWrong) {
  serve({});
  auto bad = indicator(200);
  bad.id = "";
  store(bad);  // alone in its request: 400
  auto other = indicator(1);
  other.source = "list";
  store(other);
  run(Duration::minutes(6));
  EXPECT_EQ(holding(), 1U);
  EXPECT_EQ(refusals.size(), 1U);
  EXPECT_EQ(status().state, "ok") << status().trouble;
}

TEST_F(IndicatorPushes, AWrongWorkspaceIsSaidWithWhatToDo) {
  settings.workspace_id = "00000000-0000-0000-0000-000000000000";
  serve({});
  store_many(0, 1);
  run(Duration::minutes(1));
  EXPECT_EQ(status().state, "refused");
  EXPECT_NE(status().trouble.find("404"), std::string::npos) << status().trouble;
  EXPECT_NE(status().remedy.find("workspace_id"), std::string::npos);
}

TEST_F(IndicatorPushes, TheForecastSaysWhatWouldBeSentAndSendsNothing) {
  serve({});
  store_many(0, 10);
  run(Duration::minutes(6));
  auto gone = indicator(1);
  gone.is_revoked = true;
  store(gone);
  store(indicator(2, 10));
  store(indicator(50));
  const auto forecast = collect::cloud::forecast_push(
      settings, ledger, read, intel::write_stix_object, intel::renewed_id, clock.now(), {});
  ASSERT_TRUE(forecast);
  EXPECT_EQ(forecast->fresh, 1U);
  EXPECT_EQ(forecast->changed, 1U);
  EXPECT_EQ(forecast->withdrawn, 1U);
  EXPECT_EQ(holding(), 10U);
}

TEST(StixObjects, HaveWhatTheUploadNeeds) {
  model::Indicator bare;
  bare.id = "indicator--1";
  bare.pattern = "[url:value = 'http://x/\\'quoted\\'']";
  bare.tlp = model::Tlp::amber;
  bare.labels = {"a \"b\""};
  const auto json = base::parse_json(intel::write_stix_object(bare, bare.id, start));
  ASSERT_TRUE(json);
  for (const char* name :
       {"id", "type", "created", "modified", "pattern", "pattern_type", "valid_from", "name"})
    EXPECT_FALSE((*json)[name].text().empty()) << name;
  EXPECT_EQ((*json)["pattern"].text(), bare.pattern);
  EXPECT_EQ((*json)["object_marking_refs"].as_array()->front().text(),
            "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82");
  EXPECT_TRUE((*json)["revoked"].is_null());
}

}  // namespace
