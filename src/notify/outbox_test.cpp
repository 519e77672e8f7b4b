// The durable outbox: a worker on the store's outbox, killed wherever it can be.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_http_client.h"
#include "fakes/fake_random.h"
#include "fakes/memory_incident_store.h"
#include "fakes/mortal.h"
#include "fakes/sample_alert.h"
#include "fakes/stepped_clock.h"
#include "notify/dispatcher.h"
#include "notify/outbox_queue.h"

namespace vedette::notify {
namespace {

using base::Duration;
using fakes::FakeHttpService;
using fakes::Life;
using fakes::MortalClient;
using fakes::MortalStore;
using model::AlertChange;
using model::TimelineKind;
using ports::OutboxMessage;
using ports::OutboxState;

constexpr const char* webhook_url = "https://soc.example/hook";
constexpr const char* discord_url = "https://discord.com/api/webhooks/1/t";

// --- the world -----------------------------------------------------------------------------------

std::unique_ptr<Channel> channel_at(const char* url) {
  const auto address = parse_channel_address(url, [](const auto&) { return std::nullopt; });
  return *make_channel(*address);
}

std::string webhook_id(const ports::HttpRequest& request) {
  for (const auto& [name, value] : request.headers)
    if (name == "webhook-id") return value;
  return "";
}

// "opened x3": what a request says.
std::string gist(const ports::HttpRequest& request) {
  const auto body = *base::parse_json(request.body);
  return *body["change"].as_string() + " x" + std::to_string(*body["event_count"].as_integer());
}

class OutboxTest : public testing::Test {
 protected:
  // What people must be told next of the incident of that alert; its key.
  std::string tell(AlertChange change, std::uint64_t events, std::uint64_t alert_id = 5) {
    OutboxMessage message;
    message.key = "key_" + std::to_string(++messages_);
    message.channel = "chat";
    message.change = change;
    message.alert = fakes::sample_alert(alert_id);
    message.alert.event_count = events;
    ports::IncidentCommit commit;
    const auto known = numbers_.find(alert_id);
    if (known == numbers_.end()) {
      auto& incident = commit.incidents.emplace_back();
      incident.identity = alert_id;
      incident.alerts = {message.alert};
    } else {
      message.incident = known->second;
    }
    commit.messages.push_back({0, message});
    const auto numbers = store_.commit(commit);
    EXPECT_TRUE(numbers);
    if (known == numbers_.end()) numbers_[alert_id] = numbers->at(0);
    return message.key;
  }
  std::vector<OutboxMessage> outbox() {
    auto all = store_.outbox(std::nullopt, 10'000).value_or(std::vector<OutboxMessage>());
    std::ranges::reverse(all);
    return all;
  }
  std::vector<OutboxState> states() {
    std::vector<OutboxState> all;
    for (const auto& message : outbox()) all.push_back(message.state);
    return all;
  }
  std::vector<TimelineKind> receipts(std::uint64_t number = 1) {
    std::vector<TimelineKind> all;
    const auto timeline = *store_.timeline(number);
    for (const auto& entry : timeline) all.push_back(entry.kind);
    return all;
  }
  std::vector<std::string> gists() {
    std::vector<std::string> all;
    for (const auto& request : service_.requests()) all.push_back(gist(request));
    return all;
  }
  template <typename Clock>
  std::unique_ptr<Dispatcher> start(Clock& clock, const char* url = webhook_url) {
    auto dispatcher = std::make_unique<Dispatcher>(
        DeliveryWorld{clock, random_, [this](const std::string& text) { note(text); }});
    dispatcher->add(channel_at(url), std::make_unique<fakes::FakeHttpClient>(service_),
                    std::make_unique<OutboxQueue>(store_, clock, "chat"));
    return dispatcher;
  }
  // A process that lives until everything was told, or that point.
  void live(Life& life, const char* url) {
    MortalStore store(store_, life);
    Dispatcher dispatcher({clock_, random_, [this](const std::string& text) { note(text); }});
    dispatcher.add(channel_at(url), std::make_unique<MortalClient>(client_, life),
                   std::make_unique<OutboxQueue>(store, clock_, "chat"));
    while (!life.is_over() && *store_.waiting("chat") > 0) std::this_thread::yield();
  }
  void live_on(const char* url = webhook_url) {
    Life life(1'000'000);
    live(life, url);
  }
  void note(const std::string& text) {
    const std::lock_guard lock(mutex_);
    notices_ += text + "\n";
  }
  std::string notices() {
    const std::lock_guard lock(mutex_);
    return notices_;
  }

  fakes::MemoryIncidentStore store_;
  FakeHttpService service_;
  fakes::FakeHttpClient client_{service_};
  fakes::FakeClock clock_;
  fakes::SteppedClock stepped_;
  fakes::FakeRandom random_;
  int messages_ = 0;
  std::map<std::uint64_t, std::uint64_t> numbers_;

 private:
  std::mutex mutex_;
  std::string notices_;
};

using Texts = std::vector<std::string>;

TEST_F(OutboxTest, SendsWhatWasCommittedAndWritesReceipts) {
  const std::string key = tell(AlertChange::opened, 3);
  live_on();
  tell(AlertChange::closed, 9);
  live_on();
  EXPECT_EQ(gists(), (Texts{"opened x3", "closed x9"}));
  EXPECT_EQ(webhook_id(service_.requests()[0]), key) << "the key is the webhook's id";
  EXPECT_EQ(states(), (std::vector{OutboxState::sent, OutboxState::sent}));
  EXPECT_EQ(receipts(), (std::vector{TimelineKind::message_sent, TimelineKind::message_sent}));
  const auto timeline = *store_.timeline(1);
  EXPECT_EQ(timeline[0].text, "chat was told: opened");
  EXPECT_EQ(timeline[0].actor, "vedette");
  EXPECT_EQ(outbox()[0].attempts, 1);
  EXPECT_TRUE(outbox()[0].settled.is_set());
}

// Everything that a message passes on its way: its mark is written (before, behind), it is sent
// (before it leaves, before the answer is heard), its end is recorded (before, behind).
enum Point : std::uint8_t { marking, marked, sending, sent, recording, recorded, points };

TEST_F(OutboxTest, AKillAnywhereLosesNothingAndRepeatsOnceAtMost) {
  // Of the first message, and of one that follows.
  for (int point = 0; point < 2 * points; ++point) {
    SCOPED_TRACE(point);
    const auto id = std::uint64_t{100} + static_cast<std::uint64_t>(point);
    const std::size_t before = service_.requests().size();
    std::map<std::string, int> times;
    Life life(point);
    const std::string first = tell(AlertChange::opened, 3, id);
    live(life, webhook_url);
    live_on();
    const std::string second = tell(AlertChange::updated, 7, id);
    if (!life.is_over()) live(life, webhook_url);
    live_on();
    const auto requests = service_.requests();
    for (std::size_t i = before; i < requests.size(); ++i) ++times[webhook_id(requests[i])];
    const int place = point % points;
    const bool unknown_end = place == sent || place == recording;
    const std::string& hit = point < points ? first : second;
    EXPECT_EQ(times.size(), 2U) << "never not at all, and nothing else";
    for (const auto& key : {first, second})
      EXPECT_EQ(times[key], key == hit && unknown_end ? 2 : 1) << key;
    EXPECT_EQ(receipts(numbers_[id]), std::vector(2, TimelineKind::message_sent));
  }
  EXPECT_EQ(states(), std::vector(4 * points, OutboxState::sent));
}

TEST_F(OutboxTest, ARepeatSaysTheSameUnderTheSameKey) {
  const std::string key = tell(AlertChange::opened, 3);
  Life life(recording);
  live(life, webhook_url);
  EXPECT_TRUE(outbox()[0].maybe_delivered);
  tell(AlertChange::updated, 7);  // not folded into what may have arrived
  live_on();
  EXPECT_EQ(gists(), (Texts{"opened x3", "opened x3", "updated x7"}));
  EXPECT_EQ(webhook_id(service_.requests()[0]), key);
  EXPECT_EQ(webhook_id(service_.requests()[1]), key);
}

TEST_F(OutboxTest, AFirstMessageIsEditedByTheNextProcess) {
  service_.set_default(FakeHttpService::reply(200, R"({"id":"9001"})"));
  tell(AlertChange::opened, 3);
  live_on(discord_url);
  tell(AlertChange::closed, 9);
  live_on(discord_url);
  tell(AlertChange::updated, 12);  // it went on: the same message again
  live_on(discord_url);
  const auto requests = service_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[1].method, "PATCH");
  EXPECT_EQ(requests[1].url.reveal(), std::string(discord_url) + "/messages/9001");
  EXPECT_EQ(requests[2].method, "PATCH");
  EXPECT_EQ(*store_.remote_id("chat", 5), "9001");
}

TEST_F(OutboxTest, AFirstMessageThatIsGoneIsMadeAnew) {
  service_.answer(FakeHttpService::reply(200, R"({"id":"9001"})"));
  service_.answer(FakeHttpService::reply(404, R"({"code":10008})"));
  service_.set_default(FakeHttpService::reply(200, R"({"id":"9002"})"));
  tell(AlertChange::opened, 3);
  live_on(discord_url);
  tell(AlertChange::updated, 5);
  live_on(discord_url);
  tell(AlertChange::updated, 7);
  live_on(discord_url);
  const auto requests = service_.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[2].method, "POST");
  EXPECT_EQ(requests[3].url.reveal(), std::string(discord_url) + "/messages/9002");
}

TEST_F(OutboxTest, ACommitOfThisProcessIsToldThoughNoTimePasses) {
  const auto dispatcher = start(stepped_);
  stepped_.wait_for_sleepers(1);  // nothing waits
  tell(AlertChange::opened, 3);
  dispatcher->wake();
  service_.wait_for_requests(1);
  while (*store_.waiting("chat") > 0) std::this_thread::yield();
  EXPECT_EQ(gists(), (Texts{"opened x3"}));
  // One of another process is found by looking.
  stepped_.wait_for_sleepers(1);
  tell(AlertChange::closed, 9);
  stepped_.advance(Duration::seconds(1));
  service_.wait_for_requests(2);
}

// --- folding -------------------------------------------------------------------------------------

TEST_F(OutboxTest, WhatWaitsIsToldAtOnce) {
  for (std::uint64_t events = 3; events < 13; ++events)
    tell(events == 3 ? AlertChange::opened : AlertChange::updated, events);
  tell(AlertChange::opened, 1, 6);
  live_on();
  EXPECT_EQ(gists(), (Texts{"opened x12", "opened x1"}));
  EXPECT_EQ(std::ranges::count(states(), OutboxState::unneeded), 9);
  tell(AlertChange::updated, 14);
  tell(AlertChange::closed, 15);
  live_on();
  EXPECT_EQ(gists().back(), "closed x15");
}

// A disk that takes half a second for each transaction keeps who wants to stop waiting for one.
TEST_F(OutboxTest, NewsOfManyAlertsAreFoldedInOneTransaction) {
  for (std::uint64_t alert = 1; alert <= 60; ++alert) {
    tell(AlertChange::opened, 3, alert);
    tell(AlertChange::updated, 4, alert);
  }
  Life one_write(2);  // a point before it and one behind
  MortalStore store(store_, one_write);
  OutboxQueue queue(store, clock_, "chat");
  const auto taken = queue.take();
  ASSERT_TRUE(taken && *taken);
  EXPECT_EQ((*taken)->alert->event_count, 4U);
  EXPECT_EQ(std::ranges::count(states(), OutboxState::unneeded), 60);
  EXPECT_FALSE(one_write.is_over());
}

TEST_F(OutboxTest, WhatWasNeverSaidNeedsNoWithdrawal) {
  tell(AlertChange::opened, 3);
  tell(AlertChange::updated, 4);
  tell(AlertChange::withdrawn, 4);
  live_on();
  EXPECT_TRUE(service_.requests().empty());
  EXPECT_EQ(states(), std::vector(3, OutboxState::unneeded));
  EXPECT_EQ(outbox()[0].error, "taken back before it was told");
  // It comes again after all: that is new to everybody.
  tell(AlertChange::opened, 5, 6);
  tell(AlertChange::withdrawn, 5, 6);
  tell(AlertChange::updated, 6, 6);
  live_on();
  EXPECT_EQ(gists(), (Texts{"opened x6"}));
}

TEST_F(OutboxTest, WhatMayHaveArrivedIsWithdrawn) {
  const std::pair<FakeHttpService::Answer, Texts> cases[] = {
      {FakeHttpService::cut_off(), {"opened x3", "opened x3", "withdrawn x3"}},
      {FakeHttpService::reply(500), {"opened x3", "opened x3", "withdrawn x3"}},
      {FakeHttpService::reply(429), {"opened x3"}},
  };
  std::uint64_t alert_id = 10;
  for (const auto& [answer, expected] : cases) {
    const std::size_t before = service_.requests().size();
    service_.answer(answer);
    tell(AlertChange::opened, 3, ++alert_id);
    {
      const auto dispatcher = start(stepped_);
      service_.wait_for_requests(before + 1);
      stepped_.wait_for_sleepers(1);  // it pauses
      tell(AlertChange::withdrawn, 3, alert_id);
      while (*store_.waiting("chat") > 0) {
        stepped_.advance(Duration::milliseconds(100));
        std::this_thread::yield();
      }
    }
    auto seen = gists();
    seen.erase(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(before));
    EXPECT_EQ(seen, expected);
  }
}

TEST_F(OutboxTest, AKillWhileFoldingLosesNothing) {
  for (int point = 0; point < 3; ++point) {
    SCOPED_TRACE(point);
    const auto id = std::uint64_t{100} + static_cast<std::uint64_t>(point);
    tell(AlertChange::opened, 3, id);
    tell(AlertChange::updated, 8, id);
    Life life(point);
    live(life, webhook_url);
    live_on();
    EXPECT_EQ(gists().back(), "opened x8");
    EXPECT_EQ(service_.requests().size(), static_cast<std::size_t>(point + 1));
  }
}

// --- failures ------------------------------------------------------------------------------------

TEST_F(OutboxTest, ARefusedMessageIsParkedAndShownAndTheNextOneGoes) {
  service_.answer(FakeHttpService::reply(400));
  tell(AlertChange::opened, 3);
  live_on();
  tell(AlertChange::closed, 9);
  live_on();
  EXPECT_EQ(states(), (std::vector{OutboxState::failed, OutboxState::sent}));
  EXPECT_NE(outbox()[0].error.find("400"), std::string::npos);
  EXPECT_EQ(receipts(), (std::vector{TimelineKind::message_failed, TimelineKind::message_sent}));
}

TEST_F(OutboxTest, TheFirstFailureStandsOnTheTimelineAndNotEveryOne) {
  for (int i = 0; i < 20; ++i) service_.answer(FakeHttpService::reply(503));
  tell(AlertChange::opened, 3);
  live_on();
  EXPECT_EQ(service_.requests().size(), 21U);
  EXPECT_EQ(receipts(), (std::vector{TimelineKind::message_failed, TimelineKind::message_sent}));
  EXPECT_EQ(outbox()[0].attempts, 21);
}

TEST_F(OutboxTest, ABrokenDestinationKeepsItsMessages) {
  service_.set_default(FakeHttpService::reply(404));
  tell(AlertChange::opened, 3);
  tell(AlertChange::opened, 4, 6);
  const auto dispatcher = start(stepped_);
  service_.wait_for_requests(1);
  EXPECT_EQ(stepped_.wait_for_sleepers(1), Duration::hours(1));
  EXPECT_NE(dispatcher->counters()[0].broken.find("404"), std::string::npos);
  EXPECT_EQ(dispatcher->counters()[0].waiting, 2U);
  service_.set_default(FakeHttpService::reply(200));
  stepped_.advance(Duration::hours(1));
  service_.wait_for_requests(3);
  while (*store_.waiting("chat") > 0) std::this_thread::yield();
  while (!dispatcher->counters()[0].broken.empty()) std::this_thread::yield();
  EXPECT_EQ(states(), (std::vector{OutboxState::sent, OutboxState::sent}));
  EXPECT_EQ(receipts(1), (std::vector{TimelineKind::message_failed, TimelineKind::message_sent}));
  EXPECT_NE(notices().find("its messages are kept and tried again every 1 h"), std::string::npos)
      << notices();
}

TEST_F(OutboxTest, WhatCouldNotBeRecordedIsNotSentAgain) {
  service_.hang();
  tell(AlertChange::opened, 3);
  const auto dispatcher = start(stepped_);
  service_.wait_for_requests(1);
  store_.fail_with(base::Error{base::ErrorCode::limit_exceeded, "the disk is full"});
  service_.release();
  stepped_.wait_for_sleepers(1);  // the store is asked again after a pause
  store_.fail_with(std::nullopt);
  while (*store_.waiting("chat") > 0) {
    stepped_.advance(Duration::milliseconds(100));
    std::this_thread::yield();
  }
  EXPECT_EQ(service_.requests().size(), 1U);
  EXPECT_EQ(states(), (std::vector{OutboxState::sent}));
  EXPECT_NE(notices().find("nothing is sent while the outbox cannot be used: the disk is full"),
            std::string::npos)
      << notices();
}

TEST_F(OutboxTest, NothingIsSentUnmarked) {
  tell(AlertChange::opened, 3);
  Life life(0);  // dies when it wants to mark
  live(life, webhook_url);
  EXPECT_TRUE(service_.requests().empty());
}

TEST_F(OutboxTest, AMessageThatAlwaysFailsLetsTheOthersPass) {
  for (int i = 0; i < 5; ++i) service_.answer(FakeHttpService::reply(500));
  tell(AlertChange::opened, 1, 1);
  tell(AlertChange::opened, 2, 2);
  live_on();
  const auto seen = gists();
  ASSERT_EQ(seen.size(), 7U);
  EXPECT_EQ(seen[4], "opened x1");
  EXPECT_EQ(seen[5], "opened x2");
  EXPECT_EQ(seen[6], "opened x1");
}

// E15: a day without the service, 500 incidents, restarts in between: everything arrives, in order,
// and not as a storm.
TEST_F(OutboxTest, AnOutageWithRestartsLosesNothing) {
  constexpr std::uint64_t incidents = 500;
  service_.set_default(FakeHttpService::cut_off());
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t id = 1; id <= incidents; ++id)
      tell(round == 0   ? AlertChange::opened
           : round == 4 ? AlertChange::closed
                        : AlertChange::updated,
           round + 1, id);
    Life life(200);
    live(life, webhook_url);
  }
  const std::size_t failed = service_.requests().size();
  service_.set_default(FakeHttpService::reply(200));
  live_on();
  std::map<std::string, std::int64_t> newest;
  const auto requests = service_.requests();
  for (std::size_t i = failed; i < requests.size(); ++i) {
    const auto body = *base::parse_json(requests[i].body);
    const std::int64_t events = *body["event_count"].as_integer();
    auto& known = newest[*body["id"].as_string()];
    EXPECT_GT(events, known) << "an older state after a newer one";
    known = events;
  }
  EXPECT_EQ(newest.size(), incidents);
  for (const auto& [id, events] : newest) EXPECT_EQ(events, 5) << id;
  EXPECT_LE(requests.size() - failed, 2 * incidents) << "what was tried, and what it came to";
  EXPECT_EQ(std::ranges::count(states(), OutboxState::failed), 0);
}

TEST_F(OutboxTest, AStopLeavesWhatWaits) {
  service_.hang();
  tell(AlertChange::opened, 3);
  tell(AlertChange::opened, 4, 6);
  {
    const auto dispatcher = start(stepped_);
    service_.wait_for_requests(1);
    const auto left = [&] {
      std::jthread timer([&] {
        stepped_.wait_for_sleepers(1);
        stepped_.advance(Duration::seconds(1));
      });
      return dispatcher->drain(Duration::seconds(1));
    }();
    EXPECT_EQ(left[0].waiting, 2U);
  }
  EXPECT_TRUE(outbox()[0].maybe_delivered) << "nobody knows whether it arrived";
  EXPECT_FALSE(outbox()[1].maybe_delivered);
  service_.release();
  live_on();
  EXPECT_EQ(gists(), (Texts{"opened x3", "opened x3", "opened x4"}));
}

}  // namespace
}  // namespace vedette::notify
