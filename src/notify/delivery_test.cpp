// When and how a channel tells: digests, quiet hours, cool-down, the fall-back channel; on the
// test's clock, with processes that are killed wherever they can be.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "base/json.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_random.h"
#include "fakes/memory_incident_store.h"
#include "fakes/mortal.h"
#include "fakes/sample_alert.h"
#include "notify/digest.h"
#include "notify/dispatcher.h"
#include "notify/facts.h"
#include "notify/outbox_queue.h"

namespace vedette::notify {
namespace {

using base::Duration;
using base::Timestamp;
using fakes::Life;
using model::AlertChange;
using model::Severity;
using ports::OutboxMessage;
using ports::OutboxState;

constexpr const char* webhook_url = "https://soc.example/hook";

// --- quiet hours ---------------------------------------------------------------------------------

TEST(QuietHours, TimesOfTheDay) {
  const auto night = parse_quiet_hours("22:00 - 07:00");
  ASSERT_TRUE(night);
  EXPECT_EQ(night->begin_minute, 22 * 60);
  EXPECT_EQ(night->end_minute, 7 * 60);
  EXPECT_EQ(parse_quiet_hours("20:30-24:00")->end_minute, 0);
  for (const char* bad : {"", "22:00", "22-7", "22:00-22:00", "25:00-07:00", "22:60-07:00",
                          "22:00-7", "a:00-07:00", "24:01-07:00", "22:00-07:00-08:00"})
    EXPECT_FALSE(parse_quiet_hours(bad)) << bad;
}

TEST(QuietHours, ByTheClocksOfTheZone) {
  auto night = *parse_quiet_hours("22:00-07:00");
  night.zone = *base::TimeZone::find("Europe/Berlin");
  const auto at = [](const char* text) { return *base::parse_iso(text); };
  EXPECT_FALSE(night.contains(at("2026-06-01T19:59:59Z")));
  EXPECT_TRUE(night.contains(at("2026-06-01T20:00:00Z")));  // 22:00 there
  EXPECT_TRUE(night.contains(at("2026-06-02T04:59:59Z")));
  EXPECT_FALSE(night.contains(at("2026-06-02T05:00:00Z")));
  EXPECT_EQ(night.end_after(at("2026-06-01T20:30:12Z")), at("2026-06-02T05:00:00Z"));
  EXPECT_EQ(night.end_after(at("2026-06-01T12:00:00Z")), at("2026-06-01T12:00:00Z"));
  // The clocks are set: the night of 2026-03-28 is an hour shorter, that of 2026-10-24 longer.
  EXPECT_EQ(night.end_after(at("2026-03-28T21:00:00Z")), at("2026-03-29T05:00:00Z"));
  EXPECT_EQ(night.end_after(at("2026-10-24T20:00:00Z")), at("2026-10-25T06:00:00Z"));
  const auto noon = *parse_quiet_hours("12:00-13:00");
  EXPECT_TRUE(noon.contains(at("2026-06-01T12:30:00Z")));
  EXPECT_FALSE(noon.contains(at("2026-06-01T13:00:00Z")));
}

// --- the world -----------------------------------------------------------------------------------

// What a request to the generic webhook tells: an incident's alert, or the lines of a digest.
struct Told {
  std::string key;
  std::vector<std::string> lines;
};

class Service : public ports::HttpClient {
 public:
  explicit Service(fakes::FakeClock& clock) : clock_(clock) {}
  base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    Told told;
    for (const auto& [name, value] : request.headers)
      if (name == "webhook-id") told.key = value;
    const auto body = *base::parse_json(request.body);
    if (*body["rule"].as_string() == digest_rule) {
      for (const auto& line : *body["reasons"].as_array()) told.lines.push_back(*line.as_string());
    } else {
      told.lines.push_back(*body["change"].as_string() + " " + *body["title"].as_string());
      for (const auto& reason : *body["reasons"].as_array())
        if (reason.as_string()->starts_with("Told here")) told.lines[0] += "; in place";
    }
    ports::HttpResponse response;
    response.status = status_;
    for (const auto& line : told.lines)
      if (!poison_.empty() && line.find(poison_) != std::string::npos) response.status = 400;
    if (is_away_) return base::failure(base::ErrorCode::unavailable, "connection refused");
    told_.push_back(told);
    times_.push_back(clock_.now());
    return response;
  }
  std::vector<Told> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::vector<Timestamp> times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  void be_away(bool away) {
    const std::lock_guard lock(mutex_);
    is_away_ = away;
  }
  void answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  void refuse(std::string poison) {
    const std::lock_guard lock(mutex_);
    poison_ = std::move(poison);
  }

 private:
  fakes::FakeClock& clock_;
  std::mutex mutex_;
  std::vector<Told> told_;
  std::vector<Timestamp> times_;
  bool is_away_ = false;
  int status_ = 200;
  std::string poison_;
};

class ServiceClient : public ports::HttpClient {
 public:
  explicit ServiceClient(ports::HttpClient& service) : service_(service) {}
  base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    return service_.send(request);
  }

 private:
  ports::HttpClient& service_;
};

// Time that passes only while a test waits for something: what comes after it finds the clock
// where it was.
class AwaitedClock : public fakes::FakeClock {
 public:
  using FakeClock::FakeClock;
  bool sleep(Duration duration, const std::stop_token& stop) override {
    if (is_awaited_ && !done_()) return FakeClock::sleep(duration, stop);
    std::this_thread::yield();
    return !stop.stop_requested();
  }
  // Until `done` says so, which may be asked by any thread that sleeps here. One at a time; nobody
  // sleeps when it begins.
  void await(std::function<bool()> done) {
    done_ = std::move(done);
    is_awaited_ = true;
    while (!done_()) std::this_thread::yield();
    is_awaited_ = false;
  }

 private:
  std::function<bool()> done_;
  std::atomic<bool> is_awaited_ = false;
};

class DeliveryTest : public testing::Test {
 protected:
  // An incident of its own, unless the number of one is given.
  std::uint64_t tell(const std::string& title, Severity severity = Severity::medium,
                     AlertChange change = AlertChange::opened, const std::string& address = "",
                     std::uint64_t incident = 0) {
    OutboxMessage message;
    message.key = "key_" + std::to_string(++messages_);
    message.channel = "chat";
    message.change = change;
    message.alert = fakes::sample_alert(incident == 0 ? messages_ : incident);
    message.alert.title = title;
    message.alert.severity = severity;
    message.alert.entities[0].value = address.empty() ? "address " + message.key : address;
    message.created = clock_.now();
    message.incident = incident;
    ports::IncidentCommit commit;
    if (incident == 0) {
      auto& opened = commit.incidents.emplace_back();
      opened.identity = messages_;
      opened.alerts = {message.alert};
    }
    commit.messages.push_back({0, message});
    const auto numbers = store_.commit(commit);
    EXPECT_TRUE(numbers);
    return incident == 0 ? numbers->at(0) : incident;
  }
  // What a policy says of it, some time later.
  void warn(std::uint64_t incident, const std::string& title) {
    OutboxMessage message;
    message.key = "warning_" + std::to_string(++messages_);
    message.channel = "chat";
    message.incident = incident;
    message.alert = fakes::sample_alert(messages_);
    message.alert.title = title;
    message.alert.severity = Severity::high;
    message.alert.rule = "policy twill, " + message.key;
    message.alert.entities[0].value = "account " + message.key;
    message.created = clock_.now();
    message.notice.emplace().subject = title;
    ports::IncidentCommit commit;
    commit.messages.push_back({0, message});
    EXPECT_TRUE(store_.commit(commit));
  }
  // A process that lives until that channel has told all, or that point.
  void live(Life& life, const std::string& channel, Service& service) {
    fakes::MortalStore store(store_, life);
    fakes::MortalClient client(service, life);
    const auto address =
        parse_channel_address(webhook_url, [](const auto&) { return std::nullopt; });
    Dispatcher dispatcher({clock_, random_, [](const std::string&) {}});
    dispatcher.add(*make_channel(*address), std::make_unique<ServiceClient>(client),
                   std::make_unique<OutboxQueue>(store, clock_, channel,
                                                 channel == "chat" ? rules_ : DeliveryRules()));
    clock_.await([&] { return life.is_over() || *store_.waiting(channel) == 0; });
  }
  void live_on(const std::string& channel = "chat") {
    Life life(1'000'000'000);
    live(life, channel, channel == "chat" ? chat_ : mail_);
  }
  // Until something of the other channel waits.
  void live_until_fallback() {
    Life life(1'000'000'000);
    fakes::MortalStore store(store_, life);
    const auto address =
        parse_channel_address(webhook_url, [](const auto&) { return std::nullopt; });
    Dispatcher dispatcher({clock_, random_, [](const std::string&) {}});
    dispatcher.add(*make_channel(*address), std::make_unique<ServiceClient>(chat_),
                   std::make_unique<OutboxQueue>(store, clock_, "chat", rules_));
    clock_.await([&] { return *store_.waiting("mail") > 0; });
  }
  std::vector<std::string> timeline(std::uint64_t incident) {
    std::vector<std::string> texts;
    const auto entries = *store_.timeline(incident);
    for (const auto& entry : entries) texts.push_back(entry.text);
    return texts;
  }
  std::vector<std::string> all_lines(Service& service) {
    std::vector<std::string> lines;
    for (const auto& told : service.told())
      lines.insert(lines.end(), told.lines.begin(), told.lines.end());
    return lines;
  }

  fakes::MemoryIncidentStore store_;
  AwaitedClock clock_{*base::parse_iso("2026-06-01T12:00:00Z")};
  fakes::FakeRandom random_;
  Service chat_{clock_}, mail_{clock_};
  DeliveryRules rules_;
  std::uint64_t messages_ = 0;
};

// --- digest --------------------------------------------------------------------------------------

TEST_F(DeliveryTest, AFewAreToldOneByOneAndManyAsOne) {
  rules_.digest_after = 10;
  for (int i = 1; i <= 10; ++i) tell("few " + std::to_string(i));
  live_on();
  EXPECT_EQ(chat_.told().size(), 10U);
  clock_.advance(Duration::minutes(20));
  for (int i = 1; i <= 11; ++i) tell("many " + std::to_string(i));
  live_on();
  const auto told = chat_.told();
  ASSERT_EQ(told.size(), 11U);
  ASSERT_EQ(told.back().lines.size(), 11U) << "one line a message, in their order";
  for (std::size_t i = 0; i < 11; ++i)
    EXPECT_EQ(told.back().lines[i],
              "#" + std::to_string(i + 11) + " Medium: many " + std::to_string(i + 1));
  EXPECT_EQ(timeline(15), std::vector<std::string>{"chat was told: opened, in a digest of 11"});
}

TEST_F(DeliveryTest, WhatComesTooFastWaitsForMoreOfIt) {
  rules_.digest_after = 3;
  for (int i = 0; i < 3; ++i) tell("first");
  live_on();
  const Timestamp begun = clock_.now();
  tell("later 1");
  tell("later 2");
  live_on();
  ASSERT_EQ(chat_.told().size(), 4U);
  EXPECT_EQ(chat_.told().back().lines.size(), 2U);
  EXPECT_GE(chat_.times().back() - begun, rules_.digest_wait());
  EXPECT_LE(chat_.times().back() - begun, rules_.digest_wait() + Duration::seconds(5));
}

TEST_F(DeliveryTest, AHighOneDoesNotWait) {
  rules_.digest_after = 3;
  for (int i = 0; i < 3; ++i) tell("first");
  live_on();
  const Timestamp begun = clock_.now();
  tell("later");
  tell("break-in", Severity::high);
  live_on();
  EXPECT_LE(chat_.times().back() - begun, Duration::seconds(5));
  EXPECT_EQ(chat_.told().back().lines.size(), 2U);
}

TEST_F(DeliveryTest, ADigestHasABound) {
  rules_.digest_after = 10;
  for (int i = 0; i < 51; ++i) tell("x");
  live_on();
  std::vector<std::size_t> sizes;
  for (const auto& told : chat_.told()) sizes.push_back(told.lines.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{20, 20, 11}));
}

TEST_F(DeliveryTest, ADigestTellsOneIncidentOnceByItsNewestState) {
  rules_.digest_after = 1;
  const auto first = tell("a");
  tell("b");
  tell("a, later", Severity::medium, AlertChange::updated, "", first);
  live_on();
  // The message that stays is the later one.
  EXPECT_EQ(all_lines(chat_), (std::vector<std::string>{"#2 Medium: b", "#1 Medium: a, later"}));
}

// Killed at every point of the way of a digest: nothing is lost, nothing comes more than twice, and
// what comes again comes under the same key.
TEST_F(DeliveryTest, AKillAnywhereLosesNoLineOfADigest) {
  rules_.digest_after = 2;
  for (int point = 0; point < 8; ++point) {
    SCOPED_TRACE(point);
    const std::size_t before = chat_.told().size();
    for (int i = 0; i < 5; ++i) tell(std::to_string(point) + "." + std::to_string(i));
    Life life(point);
    live(life, "chat", chat_);
    tell(std::to_string(point) + ".late");
    live_on();
    std::map<std::string, std::set<std::string>> keys;  // of each line
    std::map<std::string, int> times;
    const auto told = chat_.told();
    for (std::size_t i = before; i < told.size(); ++i)
      for (const auto& line : told[i].lines) {
        keys[line].insert(told[i].key);
        ++times[line];
      }
    EXPECT_EQ(keys.size(), 6U);
    for (const auto& [line, count] : times) {
      EXPECT_LE(count, 2) << line;
      EXPECT_EQ(keys[line].size(), 1U) << line;
    }
    clock_.advance(Duration::hours(1));
  }
  const auto all = *store_.outbox(std::nullopt, 1'000);
  for (const auto& message : all) EXPECT_EQ(message.state, OutboxState::sent);
}

TEST_F(DeliveryTest, ARefusedDigestIsToldInPartsAndOnlyThePoisonIsParked) {
  rules_.digest_after = 2;
  chat_.refuse("poison");
  for (int i = 0; i < 9; ++i) tell(i == 5 ? "poison" : "good " + std::to_string(i));
  live_on();
  int sent = 0, failed = 0;
  const auto all = *store_.outbox(std::nullopt, 100);
  for (const auto& message : all) {
    sent += message.state == OutboxState::sent ? 1 : 0;
    failed += message.state == OutboxState::failed ? 1 : 0;
    EXPECT_EQ(message.state == OutboxState::failed, message.alert.title == "poison");
  }
  EXPECT_EQ(sent, 8);
  EXPECT_EQ(failed, 1);
}

// --- quiet hours and cool-down -------------------------------------------------------------------

TEST_F(DeliveryTest, TheNightIsQuietExceptForTheWorst) {
  rules_.digest_after = 10;
  rules_.quiet = parse_quiet_hours("22:00-07:00");
  clock_.set(*base::parse_iso("2026-06-01T23:00:00Z"));
  tell("one");
  tell("two");
  tell("break-in", Severity::high);
  const auto grows = tell("grows");
  tell("grows, worse", Severity::high, AlertChange::opened, "", grows);
  live_on();
  const auto told = chat_.told();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].lines[0], "opened break-in");
  EXPECT_EQ(told[1].lines[0], "opened grows, worse");
  EXPECT_LT(chat_.times()[1], *base::parse_iso("2026-06-01T23:01:00Z"));
  EXPECT_EQ(told[2].lines, (std::vector<std::string>{"#1 Medium: one", "#2 Medium: two"}))
      << "held back, and told as a digest after";
  EXPECT_GE(chat_.times()[2], *base::parse_iso("2026-06-02T07:00:00Z"));
  EXPECT_LE(chat_.times()[2], *base::parse_iso("2026-06-02T07:00:05Z"));
}

TEST_F(DeliveryTest, TheSameWaitsForItsCoolDown) {
  rules_.cool_down = Duration::minutes(60);
  tell("first", Severity::medium, AlertChange::opened, "203.0.113.7");
  live_on();
  const Timestamp begun = clock_.now();
  const auto again = tell("again", Severity::medium, AlertChange::opened, "203.0.113.7");
  tell("other", Severity::medium, AlertChange::opened, "203.0.113.8");
  tell("worse", Severity::high, AlertChange::opened, "203.0.113.7");
  tell("again, over", Severity::medium, AlertChange::closed, "203.0.113.7", again);
  live_on();
  EXPECT_EQ(all_lines(chat_), (std::vector<std::string>{"opened first", "opened other",
                                                        "opened worse", "closed again, over"}));
  EXPECT_LE(chat_.times()[2] - begun, Duration::seconds(5));
  EXPECT_GE(chat_.times()[3] - begun, Duration::minutes(59));
}

TEST_F(DeliveryTest, WhatIsTakenBackDoesNotWait) {
  rules_.cool_down = Duration::minutes(60);
  const auto first = tell("first", Severity::medium, AlertChange::opened, "203.0.113.7");
  live_on();
  const Timestamp begun = clock_.now();
  tell("more", Severity::medium, AlertChange::updated, "203.0.113.7", first);
  tell("none", Severity::medium, AlertChange::withdrawn, "203.0.113.7", first);
  live_on();
  EXPECT_EQ(chat_.told().back().lines[0], "withdrawn none");
  EXPECT_LE(chat_.times().back() - begun, Duration::seconds(5));
}

// --- the fall-back channel -----------------------------------------------------------------------

TEST_F(DeliveryTest, AfterSoManyFailuresAnotherChannelTellsItToo) {
  rules_.fallback = "mail";
  rules_.fallback_failures = 3;
  rules_.fallback_after = Duration::hours(24);
  chat_.be_away(true);
  tell("break-in");
  live_until_fallback();
  EXPECT_EQ(store_.outbox(OutboxState::waiting, 10)->back().attempts, 3);
  live_on("mail");
  EXPECT_EQ(all_lines(mail_), std::vector<std::string>{"opened break-in; in place"});
  chat_.be_away(false);
  live_on();
  live_on("mail");
  EXPECT_EQ(all_lines(chat_), std::vector<std::string>{"opened break-in"}) << "it is told too";
  EXPECT_EQ(all_lines(mail_).size(), 1U) << "at most once";
  const auto said = timeline(1);
  ASSERT_EQ(said.size(), 4U);
  EXPECT_EQ(said[1], "mail is told too, since chat failed 3 times");
  EXPECT_EQ(said[2], "mail was told: opened, in place of chat");
}

TEST_F(DeliveryTest, WhatWaitsTooLongGoesToTheOtherChannel) {
  rules_.fallback = "mail";
  rules_.fallback_failures = 1'000;
  rules_.fallback_after = Duration::minutes(15);
  chat_.answer(404);  // broken: the channel rests for an hour
  const Timestamp begun = clock_.now();
  for (int i = 0; i < 30; ++i) tell("incident " + std::to_string(i));
  live_until_fallback();
  EXPECT_GE(clock_.now() - begun, Duration::minutes(15));
  live_on("mail");
  EXPECT_EQ(all_lines(mail_).size(), 30U) << "also those that the channel never tried";
}

TEST_F(DeliveryTest, WhatIsRefusedForGoodGoesToTheOtherChannel) {
  rules_.fallback = "mail";
  chat_.answer(400);
  tell("break-in");
  live_on();
  live_on("mail");
  EXPECT_EQ(all_lines(mail_), std::vector<std::string>{"opened break-in; in place"});
}

TEST_F(DeliveryTest, AKillAnywhereFallsBackOnce) {
  rules_.fallback = "mail";
  rules_.fallback_failures = 1;
  for (int point = 0; point < 6; ++point) {
    SCOPED_TRACE(point);
    chat_.be_away(true);
    tell("incident " + std::to_string(point));
    Life life(point);
    live(life, "chat", chat_);
    live_until_fallback();
    live_on("mail");
    chat_.be_away(false);
    live_on();
    live_on("mail");
  }
  EXPECT_EQ(all_lines(mail_).size(), 6U);
  EXPECT_EQ(all_lines(chat_).size(), 6U);
}

// E15: a day, or a week, without the service; 500 incidents; restarts in between. All are told
// within ten minutes of its return, in order, and not as a storm.
void outage(fakes::FakeClock& clock, Duration lasts, const std::function<void()>& tell,
            const std::function<void()>& live) {
  const Timestamp begun = clock.now();
  int told = 0;
  while (clock.now() - begun < lasts) {
    for (; told < 500 && (clock.now() - begun).ticks >= lasts.ticks / 500 * told; ++told) tell();
    live();
  }
  for (; told < 500; ++told) tell();
}

class Outage : public DeliveryTest, public testing::WithParamInterface<int> {};

TEST_P(Outage, AllIsToldWithinTenMinutesInOrderAndNotAsAStorm) {
  rules_.digest_after = 10;
  rules_.cool_down = Duration::minutes(60);
  rules_.repeats_are_known = false;  // a chat
  chat_.be_away(true);
  int number = 0;
  outage(
      clock_, Duration::hours(24 * GetParam()),
      [&] { tell("incident " + std::to_string(++number)); },
      [&] {
        Life life(400);  // then the process is killed
        live(life, "chat", chat_);
        clock_.advance(Duration::minutes(5));
      });
  chat_.be_away(false);
  const Timestamp returned = clock_.now();
  live_on();
  EXPECT_LE(clock_.now() - returned, Duration::minutes(10));
  const auto lines = all_lines(chat_);
  ASSERT_EQ(lines.size(), 500U) << "each once";
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_NE(lines[i].find("incident " + std::to_string(i + 1)), std::string::npos)
        << lines[i] << " at place " << i;
  EXPECT_LE(chat_.told().size(), 30U) << "a digest and not a storm";
}

// The policies that watched these incidents had their own words meanwhile.
TEST_P(Outage, WarningsOfPoliciesAreToldTooEachAfterItsIncident) {
  constexpr std::size_t later = 50;
  rules_.digest_after = 10;
  rules_.repeats_are_known = false;
  chat_.be_away(true);
  std::vector<std::uint64_t> incidents;
  const auto open = [&] {
    incidents.push_back(tell("incident " + std::to_string(incidents.size() + 1) + "."));
    if (incidents.size() > later)
      warn(incidents[incidents.size() - later - 1],
           "warning " + std::to_string(incidents.size() - later) + ".");
  };
  outage(clock_, Duration::hours(24 * GetParam()), open, [&] {
    Life life(400);
    live(life, "chat", chat_);
    clock_.advance(Duration::minutes(5));
  });
  chat_.be_away(false);
  const Timestamp returned = clock_.now();
  live_on();
  EXPECT_LE(clock_.now() - returned, Duration::minutes(10));
  const auto lines = all_lines(chat_);
  const auto place_of = [&](const std::string& text) {
    const auto holds = [&](const std::string& line) { return line.find(text) != line.npos; };
    EXPECT_EQ(std::ranges::count_if(lines, holds), 1) << text;
    return std::ranges::find_if(lines, holds) - lines.begin();
  };
  ASSERT_EQ(lines.size(), 500 + 500 - later) << "each once";
  std::ptrdiff_t last = -1, last_warning = -1;
  for (std::size_t number = 1; number <= 500; ++number) {
    const auto opened = place_of("incident " + std::to_string(number) + ".");
    EXPECT_GT(opened, last);
    last = opened;
    if (number > 500 - later) continue;
    const auto warned = place_of("warning " + std::to_string(number) + ".");
    EXPECT_GT(warned, opened);
    EXPECT_GT(warned, last_warning);
    last_warning = warned;
  }
  EXPECT_LE(chat_.told().size(), 60U) << "digests and not a storm";
}

INSTANTIATE_TEST_SUITE_P(Days, Outage, testing::Values(1, 7));

}  // namespace
}  // namespace vedette::notify
