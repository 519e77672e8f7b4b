// Pulling from a simulated MISP: nothing skipped and nothing doubled under kills and faults, what
// is taken back is taken back, what MISP gives wrong is told.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "collect/cloud/misp_attributes.h"
#include "collect/cloud/misp_sightings.h"
#include "collect/cloud/window_feed.h"
#include "fakes/fake_access_tokens.h"
#include "fakes/memory_push_ledger.h"
#include "pulled_server.h"
#include "simulate/misp/misp_server.h"

namespace {

using namespace vedette;
using base::Duration;
using collect::cloud::MispPart;
using fakes::FakeHttpService;

constexpr const char* address = "https://misp.example.org/base";
const base::Timestamp start = *base::parse_iso("2026-06-01T12:00:00Z");

class MispPull : public PulledServer {
 protected:
  MispPull() : PulledServer({"MISP", "", "[[misp]]"}, address, "simulated-key") {}

  void serve(const simulate::misp::MispOptions& options, const std::vector<std::string>& faults) {
    server = std::make_unique<simulate::misp::MispServer>(options, orders_of(faults), clock);
    serve_with([this](const auto& asked) { return server->answer(asked); });
  }
  void add_feeds() override {
    for (const MispPart part : {MispPart::indicators, MispPart::withdrawals}) {
      collect::cloud::MispQuery query;
      query.address = address;
      query.part = part;
      query.record = {"office", "misp", 50, true};
      query.types.assign(intel::misp_types().begin(), intel::misp_types().end());
      collect::cloud::WindowFeedSettings settings;
      const bool is_withdrawn = part == MispPart::withdrawals;
      settings.source = is_withdrawn ? "misp:office:withdrawals" : "misp:office:indicators";
      settings.interval = Duration::minutes(15);
      settings.back_fill = Duration::hours(is_withdrawn ? 0 : 24 * 60);
      lane->add(std::make_unique<collect::cloud::WindowFeed>(
          settings, collect::cloud::misp_attributes(query), rooms()));
    }
  }

  // Of each indicator its latest version, as the store folds rows.
  std::map<std::string, model::Indicator> held() {
    std::map<std::string, model::Indicator> all;
    each_indicator([&](auto indicator) {
      if (!indicator) return;
      auto& kept = all[indicator->id];
      if (kept.modified <= indicator->modified) kept = *indicator;
    });
    return all;
  }

  std::size_t holding() {
    return static_cast<std::size_t>(
        std::ranges::count_if(held(), [](const auto& each) { return !each.second.is_revoked; }));
  }

  FakeHttpService::Answer change(const std::string& target, const std::string& body) {
    simulate::tenant::TenantRequest asked{
        "POST", target, {{"authorization", "simulated-key"}}, body, {}};
    const auto reply = server->answer(asked);
    return FakeHttpService::reply(reply.status, reply.body);
  }

  std::unique_ptr<simulate::misp::MispServer> server;
};

// What the same MISP holds that can be held against events.
std::size_t readable(const simulate::misp::MispOptions& options) {
  std::size_t count = 0;
  const simulate::misp::MispEvents events(options, start);
  for (const auto& attribute : events.attributes()) {
    if (!attribute.to_ids || attribute.on_warning_list) continue;
    base::JsonWriter out;
    out.begin_object().member("uuid", attribute.uuid).member("type", attribute.type);
    out.member("value", attribute.value).key("to_ids").boolean(true).end_object();
    count += intel::read_misp_attribute(*base::parse_json(out.text()), {}, {"office"}) ? 1 : 0;
  }
  return count;
}

TEST_F(MispPull, TakesAllThatIsThereWhateverHappensOnTheWay) {
  simulate::misp::MispOptions options;
  options.attributes = 6'000;
  options.invalid_percent = 50;
  options.indicators = {"203.0.113.77"};
  serve(options, {"throttle-seconds=3", "500=2", "html-login", "throttle-bare=2", "cut-json=3",
                  "closed=2", "502"});
  run(Duration::hours(6), 20);
  run(Duration::hours(2));
  const auto all = held();
  EXPECT_EQ(holding(), readable(options));
  const auto named = std::ranges::count_if(all, [](const auto& each) {
    return each.second.observables.front().value == "203.0.113.77" &&
           each.second.confidence == 100 && each.second.tlp == model::Tlp::amber;
  });
  EXPECT_EQ(named, 1);
  EXPECT_EQ(status().state, "ok") << status().trouble;
  EXPECT_FALSE(status().back_fill.is_wanted);
}

TEST_F(MispPull, AsksForNothingAgainThatItHasUnlessItChanged) {
  simulate::misp::MispOptions options;
  options.attributes = 200;
  options.indicators = {"203.0.113.77"};
  serve(options, {});
  run(Duration::hours(1));
  std::size_t records = 0;
  for (const auto& payload : payloads) records += payload.find("\"uuid\"") != std::string::npos;
  payloads.clear();
  run(Duration::hours(3));
  EXPECT_GT(records, 0U);
  EXPECT_TRUE(held().empty());
}

TEST_F(MispPull, TakesBackWhatIsNoLongerForDetectionOrDeletedOnceItIsPublished) {
  simulate::misp::MispOptions options;
  options.attributes = 0;
  options.indicators = {"203.0.113.77", "203.0.113.78", "203.0.113.79"};
  serve(options, {});
  run(Duration::minutes(20));
  ASSERT_EQ(held().size(), 3U);
  ASSERT_TRUE(change("/attributes/edit/1", R"({"to_ids":false})"));
  ASSERT_TRUE(change("/attributes/delete/2", "{}"));
  run(Duration::minutes(40));
  for (const auto& [id, indicator] : held()) EXPECT_FALSE(indicator.is_revoked);
  ASSERT_TRUE(change("/events/publish/1", "{}"));
  run(Duration::minutes(20));
  std::set<std::string> left;
  for (const auto& [id, indicator] : held())
    if (!indicator.is_revoked) left.insert(indicator.observables.front().value);
  EXPECT_EQ(left, std::set<std::string>{"203.0.113.79"});
}

// The change is as old as its publication, however old the attribute itself is.
TEST_F(MispPull, FindsWhatWasWrittenLongBeforeItWasPublished) {
  simulate::misp::MispOptions options;
  options.attributes = 0;
  options.indicators = {"203.0.113.77"};
  serve(options, {});
  ASSERT_TRUE(change("/attributes/add/1", R"({"type":"ip-dst","value":"203.0.113.90"})"));
  run(Duration::hours(48));
  EXPECT_EQ(held().size(), 0U);  // its event is not published any more
  ASSERT_TRUE(change("/events/publish/1", "{}"));
  run(Duration::minutes(30));
  EXPECT_EQ(held().size(), 2U);
}

TEST_F(MispPull, SaysThatPagesRepeatAndGoesOnWhenTheyDoNot) {
  simulate::misp::MispOptions options;
  options.attributes = 5'000;
  options.days = 1;
  options.invalid_percent = 0;
  serve(options, {"repeated-page=4"});
  bool was_told = false;
  for (int i = 0; i < 200 && !was_told; ++i) {
    run(Duration::seconds(1));
    was_told = status().trouble.find("the same page again") != std::string::npos;
  }
  EXPECT_TRUE(was_told);
  run(Duration::hours(3));
  EXPECT_EQ(holding(), readable(options));
}

// misp2sentinel #47: beyond the first pages nothing came, and memory grew.
TEST_F(MispPull, Misp2Sentinel47PagesAreReadToTheLast) {
  simulate::misp::MispOptions options;
  options.attributes = 12'000;
  options.days = 2;
  options.invalid_percent = 0;
  serve(options, {});
  run(Duration::hours(3));
  EXPECT_EQ(holding(), readable(options));
  std::size_t largest = 0;
  for (const auto& payload : payloads) largest = std::max(largest, payload.size());
  EXPECT_LT(largest, 8UL * 1024 * 1024) << "one page at a time";
}

// misp2sentinel #57: the first answer 500 was the end, and the rest was never sent.
TEST_F(MispPull, Misp2Sentinel57AnAnswer500EndsNothing) {
  simulate::misp::MispOptions options;
  options.attributes = 3'000;
  options.days = 2;
  options.invalid_percent = 0;
  serve(options, {"500=3"});
  run(Duration::hours(3));
  EXPECT_EQ(holding(), readable(options));
}

TEST_F(MispPull, AWrongKeyIsSaidWithWhatToDo) {
  simulate::misp::MispOptions options;
  options.key = "another";
  serve(options, {});
  run(Duration::minutes(1));
  EXPECT_EQ(status().state, "refused");
  EXPECT_NE(status().trouble.find("403"), std::string::npos) << status().trouble;
  EXPECT_NE(status().remedy.find("set key of this [[misp]]"), std::string::npos);
  EXPECT_EQ(status().trouble.find("simulated-key"), std::string::npos);
}

TEST_F(MispPull, AFeedThatIsHurriedPullsAtOnce) {
  simulate::misp::MispOptions options;
  options.attributes = 0;
  options.indicators = {"203.0.113.77"};
  serve(options, {});
  run(Duration::minutes(16));
  const std::uint64_t pulls = status().pulls;
  lane->hurry();
  run(Duration::seconds(2));
  EXPECT_EQ(status().pulls, pulls + 1);
  run(Duration::seconds(10));
  EXPECT_EQ(status().pulls, pulls + 1);
}

// The same MISP is told what was met.
class MispSightings : public MispPull {
 protected:
  void tell() {
    lane = std::make_unique<collect::cloud::Lane>(*client, clock);
    lane->add(std::make_unique<collect::cloud::MispSightings>(
        collect::cloud::MispSightingsSettings{"sightings:office", address, "office"},
        collect::cloud::SightingRooms{*client, clock, random, ledger, read}));
  }
  // Of the first event: how often MISP was told of each of its attributes.
  std::map<std::string, int> told() {
    const auto reply =
        server->answer({"GET", "/sightings/index/1", {{"authorization", "simulated-key"}}, "", {}});
    std::map<std::string, int> times;
    const auto json = base::parse_json(reply.body);
    for (const auto& each : *json->as_array()) ++times[each["attribute_uuid"].text()];
    return times;
  }
  std::string uuid(const std::string& value) {
    const auto found = change("/attributes/restSearch", R"({"value":")" + value + "\"}");
    const auto json = base::parse_json(found->body);
    return (*json)["response"]["Attribute"].as_array()->front()["uuid"].text();
  }

  std::vector<collect::cloud::IndicatorHit> hits;
  fakes::MemoryPushLedger ledger;
  const collect::cloud::ReadHits read =
      [this](const std::string& source,
             base::Timestamp) -> base::Result<std::vector<collect::cloud::IndicatorHit>> {
    EXPECT_EQ(source, "office");
    return hits;
  };
};

TEST_F(MispSightings, EachAlertIsToldOnceAlsoOverARestart) {
  simulate::misp::MispOptions options;
  options.attributes = 0;
  options.indicators = {"203.0.113.77", "203.0.113.78"};
  serve(options, {});
  const std::string first = uuid("203.0.113.77"), second = uuid("203.0.113.78");
  serve(options, {"throttle-seconds", "500"});  // the same seed gives the same
  hits = {{"a1", "indicator--" + first, "203.0.113.77", start}};
  tell();
  run(Duration::minutes(20));
  EXPECT_EQ(told(), (std::map<std::string, int>{{first, 1}}));
  tell();  // as after a kill
  hits.push_back({"a2", "indicator--" + second, "203.0.113.78", start});
  hits.push_back({"a3", "indicator--" + first, "203.0.113.77", start});  // another window
  run(Duration::hours(1));
  EXPECT_EQ(told(), (std::map<std::string, int>{{first, 2}, {second, 1}}));
  EXPECT_EQ(status().state, "ok") << status().trouble;
}

TEST_F(MispSightings, WhatMispHasNoMoreHoldsUpNoOtherAndIsNotToldAgain) {
  simulate::misp::MispOptions options;
  options.attributes = 0;
  options.indicators = {"203.0.113.77"};
  serve(options, {});
  const std::string known = uuid("203.0.113.77");
  hits = {{"a1", "indicator--5e6f0000-0000-4000-8000-000000000001", "203.0.113.99", start},
          {"a2", "indicator--" + known, "203.0.113.77", start}};
  tell();
  run(Duration::hours(1));
  EXPECT_EQ(told(), (std::map<std::string, int>{{known, 1}}));
  EXPECT_EQ(status().failures, 0U) << status().trouble;
}

TEST_F(MispSightings, AMissingRoleIsSaidWithWhatToDo) {
  simulate::misp::MispOptions options;
  options.key = "another";
  options.attributes = 0;
  options.indicators = {"203.0.113.77"};
  serve(options, {});
  hits = {{"a1", "indicator--1", "203.0.113.77", start}};
  tell();
  run(Duration::minutes(1));
  EXPECT_EQ(status().state, "refused");
  EXPECT_NE(status().remedy.find("may add sightings"), std::string::npos) << status().remedy;
}

// Older versions answer with texts in place of numbers, and with a list in place of nothing.
TEST(MispAttributes, ReadsWhatOlderVersionsAnswer) {
  const auto listing = collect::cloud::misp_attributes({.address = address, .record = {}});
  const auto asked = listing->page({start - Duration::hours(1), start}, 2, "");
  EXPECT_EQ(asked.url, std::string(address) + "/attributes/restSearch");
  EXPECT_EQ(asked.method, "POST");
  EXPECT_NE(asked.body.find(R"("page":1,"limit":2,"published":1)"), std::string::npos)
      << asked.body;
  const auto none = listing->read({R"({"response":[]})", ""});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->records.empty());
  EXPECT_FALSE(listing->read({R"({"errors":"x"})", ""}));
  EXPECT_FALSE(listing->read({R"({"response":{"Attribute":"x"}})", ""}));
  const auto page = listing->read({R"({"response":{"Attribute":[{"id":"1"},{"id":"2"}]}})", ""});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->records.size(), 2U);
  const auto second = listing->page({start - Duration::hours(1), start}, 100, page->next);
  EXPECT_EQ(second.url, asked.url);
  EXPECT_NE(second.body.find(R"("page":2,"limit":2)"), std::string::npos) << second.body;
}

}  // namespace
