// Pulling from a simulated TAXII 2.1 server: nothing skipped under kills and faults, and what the
// server gives wrong is told.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "collect/cloud/lane.h"
#include "collect/cloud/taxii_feed.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/memory_journal.h"
#include "intel/indicator_document.h"
#include "simulate/seeded_random.h"
#include "simulate/taxii/taxii_server.h"

namespace {

using namespace vedette;
using base::Duration;
using fakes::FakeHttpService;

constexpr const char* address = "https://taxii.example.org";
const base::Timestamp start = *base::parse_iso("2026-06-01T12:00:00Z");

class TaxiiPull : public testing::Test {
 protected:
  void serve(const simulate::taxii::TaxiiOptions& options, const std::vector<std::string>& faults) {
    std::vector<simulate::tenant::FaultOrder> orders;
    for (const auto& fault : faults) orders.push_back(*simulate::tenant::parse_fault_order(fault));
    server = std::make_unique<simulate::taxii::TaxiiServer>(options, orders, clock);
    service.set_responder([this](const ports::HttpRequest& request) {
      const std::string url(request.url.reveal());
      if (!url.starts_with(address)) return FakeHttpService::reply(404);
      simulate::tenant::TenantRequest asked{
          request.method, url.substr(std::string_view(address).size()), {}, request.body, address};
      for (const auto& [name, value] : request.headers)
        asked.headers.emplace_back(base::to_lower_ascii(name), value);
      auto reply = server->answer(asked);
      if (reply.wire) return FakeHttpService::cut_off();
      ++requests;
      return FakeHttpService::reply(reply.status, reply.body, reply.headers);
    });
    restart();
  }

  // As after a kill: only what is in the journal is left.
  void restart() {
    lane.reset();
    client = std::make_unique<collect::cloud::ServiceClient>(
        collect::cloud::ServiceSettings{
            "the TAXII server", address, "", {50, Duration::seconds(1)}, "Bearer ", "[[taxii]]"},
        http, tokens, clock);
    lane = std::make_unique<collect::cloud::Lane>(*client, clock);
    lane->add(std::make_unique<collect::cloud::TaxiiFeed>(
        settings, collect::cloud::FeedRooms{*client, clock, random, commit, cursor_of}));
  }

  void run(Duration span, std::uint64_t kill_one_in = 0) {
    const base::Timestamp until = clock.now() + span;
    while (clock.now() < until) {
      const Duration wait = lane->turn({});
      if (wait > Duration{}) clock.advance(wait);
      if (kill_one_in > 0 && dice.next() % kill_one_in == 0) restart();
    }
  }

  std::map<std::string, model::Indicator> held() {
    std::map<std::string, model::Indicator> all;
    for (const auto& payload : payloads) {
      const auto read = model::read_indicator_payload(payload);
      EXPECT_TRUE(read);
      if (!read) continue;
      intel::read_document(*intel::document_format_named(read->record.form), read->document,
                           {read->record.source, read->record.confidence}, [&](auto indicator) {
                             if (indicator)
                               all[indicator->id] = *indicator;
                             else
                               ++refused;
                           });
    }
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
  [[nodiscard]] collect::cloud::FeedStatus status() const { return lane->status().front(); }

  fakes::FakeClock clock{start};
  fakes::FakeRandom random{7};
  simulate::SeededRandom dice{3};
  FakeHttpService service;
  fakes::FakeHttpClient http{service};
  fakes::MemoryJournal journal;
  std::vector<std::string> payloads;
  std::uint64_t refused = 0, requests = 0;
  std::unique_ptr<simulate::taxii::TaxiiServer> server;
  collect::cloud::TaxiiFeedSettings settings = [] {
    collect::cloud::TaxiiFeedSettings made;
    made.source = "taxii:isac";
    made.url = std::string(address) + "/taxii2";
    made.record = {"isac", "stix", 50};
    return made;
  }();

  class Key : public ports::AccessTokens {
   public:
    base::Result<base::Secret> token(std::string_view /*scope*/,
                                     const std::stop_token& /*stop*/) override {
      return base::Secret(key);
    }
    void forget(std::string_view /*scope*/) override {}
    std::string key = "simulated-token";
  } tokens;
  const collect::cloud::CommitRecord commit = [this](const ports::RawRecord& record,
                                                     const std::stop_token&) {
    EXPECT_TRUE(journal.append(std::span(&record, 1)));
    payloads.push_back(record.payload);
    return true;
  };
  const collect::cloud::CursorOf cursor_of = [this](const std::string& name) {
    return journal.cursor(name);
  };
  std::unique_ptr<collect::cloud::ServiceClient> client;
  std::unique_ptr<collect::cloud::Lane> lane;
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
