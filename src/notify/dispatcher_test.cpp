#include "notify/dispatcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/sample_alert.h"
#include "fakes/stepped_clock.h"
#include "notify/webhook.h"

namespace vedette::notify {
namespace {

using base::Duration;
using fakes::FakeHttpService;
using fakes::sample_alert;
using model::AlertChange;

constexpr const char* webhook_url = "https://soc.example/hook";
constexpr const char* discord_url = "https://discord.com/api/webhooks/1/t";
constexpr const char* slack_url = "https://hooks.slack.com/services/T/B/t";

model::Alert alert_with(std::uint64_t id, std::uint64_t events = 1) {
  auto alert = sample_alert(id);
  alert.event_count = events;
  return alert;
}

// "opened 5 x12": what a request of the generic webhook says.
std::string gist(const ports::HttpRequest& request) {
  const auto body = base::parse_json(request.body);
  if (!body) return "not JSON";
  const std::string id = *(*body)["id"].as_string();
  return *(*body)["change"].as_string() + " " + id.substr(id.find_first_not_of('0')) + " x" +
         std::to_string(*(*body)["event_count"].as_integer());
}

std::vector<std::string> gists(const std::vector<ports::HttpRequest>& requests) {
  std::vector<std::string> all;
  for (const auto& request : requests) all.push_back(gist(request));
  return all;
}

template <typename Clock>
class World {
 public:
  explicit World(DeliverySettings settings = {})
      : dispatcher(DeliveryWorld{clock, random, [this](const std::string& text) { note(text); }},
                   settings) {}

  void add(const char* url, FakeHttpService& service) {
    const auto address = parse_channel_address(url, [](const auto&) { return std::nullopt; });
    dispatcher.add(*make_channel(*address), std::make_unique<fakes::FakeHttpClient>(service));
  }
  void note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    notices_ += text + "\n";
  }
  std::string notices() {
    const std::lock_guard lock(mutex_);
    return notices_;
  }

  Clock clock;
  fakes::FakeRandom random;

 private:
  std::mutex mutex_;
  std::string notices_;

 public:
  Dispatcher dispatcher;  // last: its threads use the rest
};
using SteppedWorld = World<fakes::SteppedClock>;
using FakeWorld = World<fakes::FakeClock>;

TEST(Dispatcher, EachMessageGoesToEachChannel) {
  FakeHttpService one, two;
  SteppedWorld world;
  world.add(webhook_url, one);
  world.add(slack_url, two);
  world.dispatcher.submit(AlertChange::opened, alert_with(5, 12));
  EXPECT_EQ(gists(one.wait_for_requests(1)), std::vector<std::string>{"opened 5 x12"});
  EXPECT_EQ(two.wait_for_requests(1)[0].url.reveal(), slack_url);
  const auto left = world.dispatcher.drain(Duration::seconds(5));
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].name, "webhook at https://soc.example");
  EXPECT_EQ(left[0].sent, 1U);
  EXPECT_EQ(left[0].waiting, 0U);
  EXPECT_EQ(world.notices(), "");
}

TEST(Dispatcher, DiscordEditsItsFirstMessage) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(discord_url, service);
  service.set_default(FakeHttpService::reply(200, R"({"id":"9001"})"));
  std::size_t sent = 0;
  for (const AlertChange change :
       {AlertChange::opened, AlertChange::updated, AlertChange::closed, AlertChange::opened}) {
    world.dispatcher.submit(change, alert_with(5));
    service.wait_for_requests(++sent);
  }
  const auto requests = service.requests();
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[1].method, "PATCH");
  EXPECT_EQ(requests[1].url.reveal(), std::string(discord_url) + "/messages/9001");
  EXPECT_EQ(requests[2].method, "PATCH");
  EXPECT_EQ(requests[3].method, "POST");  // closed was the end of the first one
}

TEST(Dispatcher, AFirstMessageThatIsGoneIsMadeAnew) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(discord_url, service);
  service.answer(FakeHttpService::reply(200, R"({"id":"9001"})"));
  service.answer(FakeHttpService::reply(404, R"({"code":10008,"message":"Unknown Message"})"));
  service.answer(FakeHttpService::reply(200, R"({"id":"9002"})"));
  world.dispatcher.submit(AlertChange::opened, alert_with(5));
  service.wait_for_requests(1);
  world.dispatcher.submit(AlertChange::updated, alert_with(5, 2));
  const auto requests = service.wait_for_requests(3);
  EXPECT_EQ(requests[1].method, "PATCH");
  EXPECT_EQ(requests[2].method, "POST");
}

TEST(Dispatcher, AWaitThatIsAskedForIsKept) {
  struct Case {
    const char* url;
    FakeHttpService::Answer answer;
    Duration wait;
  };
  const Case cases[] = {
      {discord_url,
       FakeHttpService::reply(429, R"({"retry_after":64.57,"global":false})",
                              {{"retry-after", "65"}}),
       Duration::milliseconds(64'570)},
      {slack_url, FakeHttpService::reply(429, "", {{"retry-after", "30"}}), Duration::seconds(30)},
      // The stepped clock starts at 2026-05-28T20:26:40Z.
      {webhook_url,
       FakeHttpService::reply(503, "", {{"retry-after", "Thu, 28 May 2026 20:27:00 GMT"}}),
       Duration::seconds(20)},
      {discord_url,
       FakeHttpService::reply(200, R"({"id":"1"})",
                              {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset-after", "2.5"}}),
       Duration::milliseconds(2500)},
  };
  for (const auto& [url, answer, wait] : cases) {
    FakeHttpService service;
    SteppedWorld world;
    world.add(url, service);
    service.answer(answer);
    world.dispatcher.submit(AlertChange::opened, alert_with(5));
    service.wait_for_requests(1);
    world.dispatcher.submit(AlertChange::opened, alert_with(6));
    EXPECT_EQ(world.clock.wait_for_sleepers(1).ticks, wait.ticks) << url;
    world.clock.advance({wait.ticks - 1});
    EXPECT_EQ(world.clock.wait_for_sleepers(1).ticks, 1);
    EXPECT_EQ(service.requests().size(), 1U);
    world.clock.advance({1});
    service.wait_for_requests(2);
  }
}

TEST(Dispatcher, SlowDownWithoutATimeWaitsASecondAtLeast) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(slack_url, service);
  service.answer(FakeHttpService::reply(429));
  world.dispatcher.submit(AlertChange::opened, alert_with(5));
  service.wait_for_requests(1);
  EXPECT_GE(world.clock.wait_for_sleepers(1), Duration::seconds(1));
}

TEST(Dispatcher, FailuresAreTriedAgainWithGrowingWaits) {
  FakeHttpService service;
  SteppedWorld world({.backoff_first = Duration::seconds(1), .backoff_max = Duration::seconds(8)});
  world.add(webhook_url, service);
  service.set_default(FakeHttpService::reply(500));
  world.dispatcher.submit(AlertChange::opened, alert_with(5));
  Duration longest;
  for (std::size_t failures = 1; failures <= 40; ++failures) {
    service.wait_for_requests(failures);
    const Duration wait = world.clock.wait_for_sleepers(1);
    EXPECT_LE(wait, Duration::seconds(
                        std::min<std::int64_t>(1LL << std::min<std::size_t>(failures - 1, 10), 8)));
    longest = std::max(longest, wait);
    if (failures == 40) service.set_default(FakeHttpService::reply(200));
    world.clock.advance(wait);
  }
  const auto requests = service.wait_for_requests(41);
  EXPECT_GT(longest, Duration::seconds(4));  // it did grow, and jitter reaches into the upper half
  const auto left = world.dispatcher.drain(Duration::seconds(1));
  EXPECT_EQ(left[0].sent, 1U);
  EXPECT_EQ(left[0].retried, 40U);
  // One line when it begins and one when it is over, not forty.
  const std::string notices = world.notices();
  EXPECT_EQ(std::count(notices.begin(), notices.end(), '\n'), 2) << notices;
  EXPECT_NE(notices.find("get through again"), std::string::npos);
  std::set<std::string> ids;
  for (const auto& request : requests)
    for (const auto& [name, value] : request.headers)
      if (name == "webhook-id") ids.insert(value);
  EXPECT_EQ(ids.size(), 1U) << "the id must stay the same when a message is tried again";
}

TEST(Dispatcher, ABrokenDestinationIsGivenUp) {
  for (const int status : {302, 401, 403, 404}) {
    FakeHttpService broken, fine;
    SteppedWorld world;
    world.add(discord_url, broken);
    world.add(webhook_url, fine);
    broken.set_default(FakeHttpService::reply(status));
    world.dispatcher.submit(AlertChange::opened, alert_with(1));
    broken.wait_for_requests(1);
    for (std::uint64_t id = 2; id < 10; ++id)
      world.dispatcher.submit(AlertChange::opened, alert_with(id));
    fine.wait_for_requests(9);
    const auto left = world.dispatcher.drain(Duration::seconds(1));
    EXPECT_EQ(left[0].failed, 9U);
    EXPECT_EQ(left[0].waiting, 0U);
    EXPECT_NE(left[0].broken.find(std::to_string(status)), std::string::npos);
    EXPECT_EQ(broken.requests().size(), 1U) << status;
    EXPECT_EQ(left[1].sent, 9U);
    EXPECT_NE(world.notices().find("Discord at https://discord.com: given up, destination broken"),
              std::string::npos)
        << world.notices();
  }
}

TEST(Dispatcher, ABadCertificateIsABrokenDestination) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(webhook_url, service);
  service.answer(base::failure(base::ErrorCode::refused, "certificate has expired"));
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  const auto left = world.dispatcher.drain(Duration::seconds(1));
  EXPECT_EQ(left[0].broken, "certificate has expired");
}

TEST(Dispatcher, ARefusedMessageDoesNotStopTheNext) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(slack_url, service);
  service.answer(FakeHttpService::reply(400, "invalid_blocks"));
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  world.dispatcher.submit(AlertChange::opened, alert_with(2));
  service.wait_for_requests(2);
  const auto left = world.dispatcher.drain(Duration::seconds(1));
  EXPECT_EQ(left[0].failed, 1U);
  EXPECT_EQ(left[0].sent, 1U);
  EXPECT_NE(world.notices().find("alert 0000000000000001 could not be sent"), std::string::npos)
      << world.notices();
}

TEST(Dispatcher, UpdatesBehindASlowChannelAreFolded) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(webhook_url, service);
  service.hang();
  world.dispatcher.submit(AlertChange::opened, alert_with(1, 3));
  service.wait_for_requests(1);  // on its way; the rest waits
  world.dispatcher.submit(AlertChange::opened, alert_with(2, 3));
  for (std::uint64_t events = 4; events < 14; ++events) {
    world.dispatcher.submit(AlertChange::updated, alert_with(1, events));
    world.dispatcher.submit(AlertChange::updated, alert_with(2, events));
  }
  world.dispatcher.submit(AlertChange::closed, alert_with(1, 14));
  EXPECT_EQ(world.dispatcher.counters()[0].waiting, 3U);
  service.release();
  EXPECT_EQ(gists(service.wait_for_requests(3)),
            (std::vector<std::string>{"opened 1 x3", "opened 2 x13", "closed 1 x14"}));
  EXPECT_EQ(world.dispatcher.drain(Duration::seconds(1))[0].coalesced, 20U);
}

TEST(Dispatcher, WhatWasNeverSaidNeedsNoWithdrawal) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(webhook_url, service);
  service.hang();
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  service.wait_for_requests(1);
  world.dispatcher.submit(AlertChange::opened, alert_with(2));
  world.dispatcher.submit(AlertChange::updated, alert_with(2, 2));
  world.dispatcher.submit(AlertChange::withdrawn, alert_with(2, 2));
  world.dispatcher.submit(AlertChange::withdrawn,
                          alert_with(1));  // this one is being said right now
  service.release();
  EXPECT_EQ(gists(service.wait_for_requests(2)),
            (std::vector<std::string>{"opened 1 x1", "withdrawn 1 x1"}));
  const auto left = world.dispatcher.drain(Duration::seconds(1));
  EXPECT_EQ(left[0].unneeded, 1U);
  EXPECT_EQ(left[0].sent, 2U);
  EXPECT_EQ(service.requests().size(), 2U);
}

TEST(Dispatcher, WhatMayHaveArrivedIsWithdrawn) {
  // A request that timed out may have been taken; one that got 429 was not.
  const std::pair<FakeHttpService::Answer, std::vector<std::string>> cases[] = {
      {FakeHttpService::cut_off(), {"opened 1 x1", "withdrawn 1 x1"}},
      {FakeHttpService::reply(500), {"opened 1 x1", "withdrawn 1 x1"}},
      {FakeHttpService::reply(429), {"opened 1 x1"}},
  };
  for (const auto& [answer, expected] : cases) {
    FakeHttpService service;
    SteppedWorld world;
    world.add(webhook_url, service);
    service.answer(answer);
    world.dispatcher.submit(AlertChange::opened, alert_with(1));
    service.wait_for_requests(1);
    world.clock.wait_for_sleepers(1);
    world.dispatcher.submit(AlertChange::withdrawn, alert_with(1));
    world.clock.advance(Duration::minutes(5));
    service.wait_for_requests(expected.size());
    EXPECT_EQ(world.dispatcher.drain(Duration::seconds(1))[0].waiting, 0U);
    EXPECT_EQ(gists(service.requests()), expected);
  }
}

TEST(Dispatcher, AFullQueueMakesTheCallerWaitAndLosesNothing) {
  FakeHttpService service;
  SteppedWorld world({.queue_messages_max = 2});
  world.add(webhook_url, service);
  service.hang();
  world.dispatcher.submit(AlertChange::opened, alert_with(0x10));
  service.wait_for_requests(1);
  std::atomic<int> submitted = 0;
  std::jthread submitter([&] {
    for (std::uint64_t id = 0x11; id < 0x20; ++id) {
      world.dispatcher.submit(AlertChange::opened, alert_with(id));
      ++submitted;
    }
  });
  while (submitted < 2) std::this_thread::yield();
  // The third waits; a message for an alert that waits already needs no room.
  world.dispatcher.submit(AlertChange::updated, alert_with(0x11, 7));
  EXPECT_LE(world.dispatcher.counters()[0].waiting, 3U);
  EXPECT_EQ(submitted, 2);
  service.release();
  submitter.join();
  const auto requests = service.wait_for_requests(16);
  EXPECT_EQ(gist(requests[1]), "opened 11 x7");
  EXPECT_EQ(world.dispatcher.drain(Duration::seconds(1))[0].sent, 16U);
}

TEST(Dispatcher, ACallerThatWaitsIsFreedWhenTheDestinationBreaks) {
  FakeHttpService service;
  SteppedWorld world({.queue_messages_max = 1});
  world.add(webhook_url, service);
  service.hang();
  service.answer(FakeHttpService::reply(410));
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  service.wait_for_requests(1);
  std::jthread submitter([&] {
    for (std::uint64_t id = 2; id < 6; ++id)
      world.dispatcher.submit(AlertChange::opened, alert_with(id));
  });
  service.release();
  submitter.join();
  EXPECT_EQ(world.dispatcher.drain(Duration::seconds(1))[0].failed, 5U);
}

TEST(Dispatcher, AHangingChannelDoesNotDelayAnotherAndIsReported) {
  FakeHttpService hanging, fine;
  SteppedWorld world;
  world.add(webhook_url, hanging);
  world.add(webhook_url, fine);
  hanging.hang();
  for (std::uint64_t id = 1; id <= 500; ++id)
    world.dispatcher.submit(AlertChange::opened, alert_with(id));
  fine.wait_for_requests(500);
  hanging.wait_for_requests(1);
  std::vector<ChannelCounters> left;
  std::jthread drainer([&] { left = world.dispatcher.drain(Duration::seconds(3)); });
  world.clock.wait_for_sleepers(1);  // the drain's own deadline
  world.clock.advance(Duration::seconds(3));
  drainer.join();
  EXPECT_EQ(left[0].waiting, 500U);
  EXPECT_EQ(left[0].sent, 0U);
  EXPECT_EQ(left[1].waiting, 0U);
  EXPECT_EQ(left[1].sent, 500U);
}

TEST(Dispatcher, DrainingDoesNotWaitForWhatComesTooLate) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(slack_url, service);
  service.answer(FakeHttpService::reply(429, "", {{"retry-after", "600"}}));
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  service.wait_for_requests(1);
  world.clock.wait_for_sleepers(1);
  const auto left = world.dispatcher.drain(Duration::seconds(5));  // the clock stands still
  EXPECT_EQ(left[0].waiting, 1U);
}

TEST(Dispatcher, SlackGetsABurstAndThenOneASecond) {
  FakeHttpService service;
  SteppedWorld world;
  world.add(slack_url, service);
  for (std::uint64_t id = 1; id <= 6; ++id)
    world.dispatcher.submit(AlertChange::opened, alert_with(id));
  service.wait_for_requests(3);
  for (std::size_t sent = 3; sent < 6; ++sent) {
    EXPECT_EQ(world.clock.wait_for_sleepers(1).ticks, Duration::seconds(1).ticks);
    EXPECT_EQ(service.requests().size(), sent);
    world.clock.advance(Duration::seconds(1));
    service.wait_for_requests(sent + 1);
  }
}

// A message that kills its receiver each time must not keep the others from it.
TEST(Dispatcher, AMessageThatAlwaysFailsLetsTheOthersPass) {
  FakeHttpService service;
  FakeWorld world;
  for (int i = 0; i < 5; ++i) service.answer(FakeHttpService::reply(500));
  service.hang();
  world.add(webhook_url, service);
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  service.wait_for_requests(1);
  world.dispatcher.submit(AlertChange::opened, alert_with(2));
  service.release();
  const auto seen = gists(service.wait_for_requests(7));
  EXPECT_EQ(seen[4], "opened 1 x1");
  EXPECT_EQ(seen[5], "opened 2 x1");
  EXPECT_EQ(seen[6], "opened 1 x1");
}

// E15 for webhooks: 500 incidents into an outage; all arrive afterwards, in their order.
TEST(Dispatcher, AStormIntoAnOutageArrivesWholeAndInOrder) {
  FakeHttpService service;
  FakeWorld world;
  for (int i = 0; i < 200; ++i)
    service.answer(i % 3 == 0 ? FakeHttpService::cut_off()
                              : FakeHttpService::reply(i % 3 == 1 ? 503 : 429));
  world.add(webhook_url, service);
  constexpr std::uint64_t incidents = 500;
  for (std::uint64_t round = 0; round < 5; ++round)
    for (std::uint64_t id = 1; id <= incidents; ++id)
      world.dispatcher.submit(round == 0   ? AlertChange::opened
                              : round == 4 ? AlertChange::closed
                                           : AlertChange::updated,
                              alert_with(id, round + 1));
  std::map<std::string, std::int64_t> newest;
  std::map<std::string, bool> closed;
  while (world.dispatcher.counters()[0].waiting > 0) std::this_thread::yield();
  for (const auto& request : service.requests()) {
    const auto body = *base::parse_json(request.body);
    const std::string id = *body["id"].as_string();
    const std::int64_t events = *body["event_count"].as_integer();
    EXPECT_GE(events, newest[id]) << "an older state after a newer one";
    newest[id] = events;
    closed[id] = *body["change"].as_string() == "closed";
  }
  EXPECT_EQ(newest.size(), incidents);
  for (const auto& [id, events] : newest) EXPECT_EQ(events, 5) << id;
  for (const auto& [id, is_closed] : closed) EXPECT_TRUE(is_closed) << id;
  const auto counters = world.dispatcher.counters()[0];
  EXPECT_EQ(counters.submitted, 5 * incidents);
  EXPECT_EQ(counters.sent + counters.coalesced, counters.submitted);
  EXPECT_EQ(counters.retried, 200U);
}

TEST(Dispatcher, NoChannelsIsFine) {
  SteppedWorld world;
  EXPECT_TRUE(world.dispatcher.empty());
  world.dispatcher.submit(AlertChange::opened, alert_with(1));
  EXPECT_TRUE(world.dispatcher.drain(Duration::seconds(1)).empty());
}

}  // namespace
}  // namespace vedette::notify
