// Pulling from a simulated TAXII 2.1 server: nothing skipped under kills and faults, and what the
// server gives wrong is told.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "collect/cloud/taxii_feed.h"
#include "pulled_server.h"
#include "simulate/taxii/taxii_server.h"

namespace {

using namespace vedette;
using base::Duration;
using fakes::FakeHttpService;

constexpr const char* address = "https://taxii.example.org";

class TaxiiPull : public PulledServer {
 protected:
  TaxiiPull()
      : PulledServer({"the TAXII server", "Bearer ", "[[taxii]]"}, address, "simulated-token") {}

  void serve(const simulate::taxii::TaxiiOptions& options, const std::vector<std::string>& faults) {
    server = std::make_unique<simulate::taxii::TaxiiServer>(options, orders_of(faults), clock);
    serve_with([this](const auto& asked) { return server->answer(asked); });
  }
  void add_feeds() override {
    lane->add(std::make_unique<collect::cloud::TaxiiFeed>(settings, rooms()));
  }

  std::map<std::string, model::Indicator> held() {
    std::map<std::string, model::Indicator> all;
    each_indicator([&](auto indicator) {
      if (indicator)
        all[indicator->id] = *indicator;
      else
        ++refused;
    });
    return all;
  }
  void add(const std::string& object) {
    simulate::tenant::TenantRequest asked{
        "POST",
        "/api1/collections/" + std::string(simulate::taxii::collection_id) + "/objects/",
        {{"authorization", "Bearer simulated-token"},
         {"accept", "application/taxii+json;version=2.1"},
         {"content-type", "application/taxii+json;version=2.1"}},
        "{\"objects\":[" + object + "]}",
        address};
    EXPECT_EQ(server->answer(asked).status, 202);
  }

  std::uint64_t refused = 0;
  std::unique_ptr<simulate::taxii::TaxiiServer> server;
  collect::cloud::TaxiiFeedSettings settings = [] {
    collect::cloud::TaxiiFeedSettings made;
    made.source = "taxii:isac";
    made.url = std::string(address) + "/taxii2";
    made.record = {"isac", "stix", 50};
    return made;
  }();
};

simulate::taxii::TaxiiOptions all_good(std::size_t indicators) {
  simulate::taxii::TaxiiOptions options;
  options.indicators = indicators;
  options.invalid_percent = 0;
  return options;
}

// Fifty objects are added at the same moment and pages are cut amid them.
TEST_F(TaxiiPull, TakesAllThatIsThereWhateverHappensOnTheWay) {
  auto options = all_good(3'000);
  options.page_max = 170;
  options.named = {"203.0.113.77"};
  serve(options, {"throttle-seconds=3", "500=2", "html-login", "throttle-bare=2", "cut-json=3",
                  "closed=2", "502", "wrong-types"});
  run(Duration::hours(2), 6);
  run(Duration::hours(1));
  const auto all = held();
  EXPECT_EQ(all.size(), 3'001U);
  EXPECT_EQ(status().state, "ok") << status().trouble;
  EXPECT_EQ(std::ranges::count_if(all,
                                  [](const auto& each) {
                                    return each.second.observables.front().value ==
                                               "203.0.113.77" &&
                                           each.second.confidence == 100;
                                  }),
            1);
}

TEST_F(TaxiiPull, AsksOnlyForWhatWasAddedSince) {
  serve(all_good(900), {});
  run(Duration::minutes(1));
  EXPECT_EQ(held().size(), 900U);
  payloads.clear();
  run(Duration::hours(1));
  EXPECT_TRUE(payloads.empty());
  add(R"({"type":"indicator","id":"indicator--x","spec_version":"2.1","pattern_type":"stix",
          "pattern":"[ipv4-addr:value = '203.0.113.9']","created":"2020-01-01T00:00:00Z",
          "modified":"2020-01-01T00:00:00Z","valid_from":"2020-01-01T00:00:00Z"})");
  restart();
  run(Duration::minutes(20));
  EXPECT_EQ(held().size(), 1U);
}

TEST_F(TaxiiPull, AServerThatGoesInCirclesIsFoundOut) {
  auto options = all_good(1'000);
  options.page_max = 100;
  serve(options, {"next-loop=4"});
  bool was_told = false;
  for (int i = 0; i < 200 && !was_told; ++i) {
    run(Duration::seconds(1));
    was_told = status().trouble.find("the same page again") != std::string::npos;
  }
  EXPECT_TRUE(was_told);
  run(Duration::hours(2));
  EXPECT_EQ(held().size(), 1'000U);
  EXPECT_EQ(status().state, "ok") << status().trouble;
}

TEST_F(TaxiiPull, EndlessCirclesCostNoMoreThanTheirTurns) {
  auto options = all_good(1'000);
  options.page_max = 100;
  serve(options, {"next-loop=forever"});
  run(Duration::hours(1));
  EXPECT_LT(requests, 200U);
}

TEST_F(TaxiiPull, WhatCannotBeReadIsRefusedAndCostsNoNeighbour) {
  auto options = all_good(400);
  options.invalid_percent = 50;
  serve(options, {});
  run(Duration::minutes(1));
  const auto all = held();
  EXPECT_GT(all.size(), 100U);
  EXPECT_EQ(all.size() + refused, 400U);
}

TEST_F(TaxiiPull, CollectionsAreChosenByTitleOrIdAndGivenByTheirOwnAddress) {
  settings.collections = {"indicators"};  // it is "Indicators"
  serve(all_good(10), {});
  run(Duration::minutes(1));
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(status().state, "limited");
  settings.collections = {"Indicators"};
  restart();
  run(Duration::minutes(1));
  EXPECT_EQ(held().size(), 10U);
  payloads.clear();
  settings.collections.clear();
  settings.source = "taxii:other";
  settings.url = std::string(address) + "/api1/collections/" +
                 std::string(simulate::taxii::collection_id) + "/";
  restart();
  run(Duration::minutes(1));
  EXPECT_EQ(held().size(), 10U);
  settings.source = "taxii:root";
  settings.url = std::string(address) + "/api1/";
  payloads.clear();
  restart();
  run(Duration::minutes(1));
  EXPECT_EQ(held().size(), 10U);
}

TEST_F(TaxiiPull, AWrongPasswordAndAWrongAddressAreSaidWithWhatToDo) {
  tokens.key = "wrong";
  serve(all_good(1), {});
  run(Duration::minutes(1));
  EXPECT_EQ(status().state, "refused");
  EXPECT_NE(status().trouble.find("401"), std::string::npos) << status().trouble;
  EXPECT_NE(status().remedy.find("user and password"), std::string::npos);
  EXPECT_EQ(status().trouble.find("wrong"), std::string::npos);
  tokens.key = "simulated-token";
  settings.url = std::string(address) + "/elsewhere/";
  restart();
  run(Duration::minutes(1));
  EXPECT_NE(status().trouble.find("404"), std::string::npos) << status().trouble;
  EXPECT_NE(status().remedy.find("check url"), std::string::npos);
}

// A root on another host would get the password.
TEST_F(TaxiiPull, NothingIsAskedOfAnotherHost) {
  service.set_responder([](const ports::HttpRequest& request) {
    EXPECT_TRUE(request.url.reveal().starts_with(address));
    return FakeHttpService::reply(200, R"({"title":"t","api_roots":["https://evil.example/"]})",
                                  {{"content-type", "application/taxii+json;version=2.1"}});
  });
  restart();
  run(Duration::minutes(5));
  EXPECT_NE(status().trouble.find("another host"), std::string::npos) << status().trouble;
}

TEST_F(TaxiiPull, AnOlderTaxiiIsNamed) {
  service.set_responder([](const ports::HttpRequest&) {
    return FakeHttpService::reply(
        200, R"({"title":"t","api_roots":["/a/"]})",
        {{"content-type", "application/vnd.oasis.taxii+json; version=2.0"}});
  });
  restart();
  run(Duration::minutes(1));
  EXPECT_NE(status().trouble.find("TAXII 2.0"), std::string::npos) << status().trouble;
}

}  // namespace
