#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/hash.h"
#include "detect/allow_list.h"
#include "detect/login_detectors.h"
#include "detect/parse_rate.h"

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::AlertChange;
using model::AuthEvent;
using model::AuthResult;
using model::Evidence;

const Timestamp start = *base::parse_iso("2026-06-01T10:00:00Z");

AuthEvent attempt(double seconds, const char* address, const char* user,
                  AuthResult result = AuthResult::failure) {
  static std::uint64_t next_id = 1;
  AuthEvent event;
  event.time = start + Duration{static_cast<std::int64_t>(seconds * base::ticks_per_second)};
  event.id = next_id++;
  event.address = *base::parse_ip(address);
  event.user = user;
  event.user_hash = event.user.empty() ? 0 : base::hash_bytes(event.user);
  event.host = "web";
  event.service = "sshd";
  event.result = result;
  return event;
}

AuthEvent success(double seconds, const char* address, const char* user) {
  return attempt(seconds, address, user, AuthResult::success);
}

struct Outcome {
  std::vector<ChangedAlert> changes;
  LoginCounts counts;

  [[nodiscard]] std::vector<ChangedAlert> of(AlertChange change) const {
    std::vector<ChangedAlert> found;
    std::ranges::copy_if(changes, std::back_inserter(found),
                         [&](const ChangedAlert& c) { return c.change == change; });
    return found;
  }
  // "rule entity count", of what was closed, in order of the first event.
  [[nodiscard]] std::vector<std::string> summary() const {
    auto closed = of(AlertChange::closed);
    std::ranges::sort(closed, {}, [](const ChangedAlert& c) { return c.alert.first_event; });
    std::vector<std::string> lines;
    for (const auto& c : closed)
      lines.push_back(c.alert.rule + " " + c.alert.entities.front().value + " " +
                      std::to_string(c.alert.event_count));
    return lines;
  }
};

Outcome detect(const std::vector<AuthEvent>& events, LoginSettings settings = {},
               const AllowList& allow = {}) {
  EXPECT_TRUE(check(settings));
  LoginDetectors detectors(settings, allow);
  Outcome run;
  detectors.run(events, start, run.changes);
  detectors.finish(start, run.changes);
  EXPECT_EQ(detectors.open_alerts(), 0U);
  run.counts = detectors.counts();
  return run;
}

using Lines = std::vector<std::string>;

TEST(BruteForce, ThreeWithinSixtySecondsInclusive) {
  EXPECT_EQ(
      detect({attempt(0, "8.8.8.8", "a"), attempt(30, "8.8.8.8", "b"), attempt(60, "8.8.8.8", "c")})
          .summary(),
      Lines{"brute_force 8.8.8.8 3"});
  EXPECT_EQ(detect({attempt(0, "8.8.8.8", "a"), attempt(30, "8.8.8.8", "b"),
                    attempt(60.1, "8.8.8.8", "c")})
                .summary(),
            Lines{});
  // Sliding: the second to the fourth lie within the window.
  EXPECT_EQ(detect({attempt(0, "8.8.8.8", "a"), attempt(40, "8.8.8.8", "a"),
                    attempt(70, "8.8.8.8", "a"), attempt(99, "8.8.8.8", "a")})
                .summary(),
            Lines{"brute_force 8.8.8.8 3"});
}

TEST(BruteForce, OneAlertPerAttackThenAnother) {
  std::vector<AuthEvent> events;
  for (int i = 0; i < 200; ++i) events.push_back(attempt(i * 20, "8.8.8.8", "root"));
  for (int i = 0; i < 5; ++i) events.push_back(attempt(4000 + 601 + i, "8.8.8.8", "root"));
  const Outcome run = detect(events);
  EXPECT_EQ(run.summary(), (Lines{"brute_force 8.8.8.8 200", "brute_force 8.8.8.8 5"}));
  EXPECT_EQ(run.of(AlertChange::opened).size(), 2U);
  EXPECT_EQ(run.of(AlertChange::updated).size(), 6U);  // every ten minutes of 66
  EXPECT_EQ(run.of(AlertChange::withdrawn).size(), 0U);
}

// Attacks end by their own last attempt, whatever began before or after them.
TEST(BruteForce, EachEndsWhenItWasQuietForLongEnough) {
  const LoginSettings settings;
  const AllowList allow;
  LoginDetectors detectors(settings, allow);
  std::vector<ChangedAlert> changes;
  const auto closed_by = [&](double seconds) {
    changes.clear();
    detectors.advance(start + Duration::seconds(static_cast<std::int64_t>(seconds)), start,
                      changes);
    std::set<std::string> closed;
    for (const auto& each : changes)
      if (each.change == AlertChange::closed) closed.insert(each.alert.entities.front().value);
    return closed;
  };
  std::vector<AuthEvent> events;
  const auto burst = [&](double seconds, const char* address) {
    for (int i = 0; i < 3; ++i) events.push_back(attempt(seconds, address, "root"));
  };
  burst(0, "8.8.8.1");
  burst(10, "8.8.8.2");
  burst(20, "9.9.9.3");
  events.push_back(attempt(400, "8.8.8.1", "root"));  // goes on
  detectors.run(events, start, changes);
  using Addresses = std::set<std::string>;
  EXPECT_EQ(closed_by(610), Addresses{});
  EXPECT_EQ(closed_by(611), Addresses{"8.8.8.2"});
  EXPECT_EQ(closed_by(620), Addresses{});
  EXPECT_EQ(closed_by(1000), Addresses{"9.9.9.3"});
  EXPECT_EQ(closed_by(1001), Addresses{"8.8.8.1"});
  EXPECT_EQ(detectors.open_alerts(), 0U);
}

// Brute force that turns to many users: the ring of users is left alone from then on, and used
// again by the next attack.
TEST(BruteForce, OnManyUsersAndThenAgain) {
  const char* users[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
  std::vector<AuthEvent> events;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 36; ++i)
      events.push_back(attempt(round * 2000 + i, "8.8.8.8", users[i % 12]));
  const Outcome run = detect(events);
  EXPECT_EQ(run.summary(), (Lines{"brute_force 8.8.8.8 36", "brute_force 8.8.8.8 36"}));
  for (const auto& closed : run.of(AlertChange::closed)) {
    EXPECT_EQ(closed.alert.techniques, (Lines{"T1110.001", "T1110.003"}));
    EXPECT_EQ(closed.alert.entities.size(), 1U + 12U + 1U);
  }
}

TEST(BruteForce, RepeatedRecordsCount) {
  auto repeated = attempt(0, "8.8.8.8", "root");
  repeated.count = 5;
  const Outcome run = detect({repeated});
  EXPECT_EQ(run.summary(), Lines{"brute_force 8.8.8.8 5"});
  EXPECT_EQ(run.changes.back().alert.event_ids.size(), 1U);
}

TEST(BruteForce, RepeatsDoNotPushOutWhatWentBefore) {
  auto repeated = attempt(10, "8.8.8.8", "root");
  repeated.count = 5;
  const Outcome run = detect({attempt(0, "8.8.8.8", "root"), repeated});
  EXPECT_EQ(run.summary(), Lines{"brute_force 8.8.8.8 6"});
  EXPECT_EQ(run.changes.back().alert.first_event, start);
}

TEST(BruteForce, SuccessForgetsThePlainCounter) {
  EXPECT_EQ(
      detect({attempt(0, "8.8.8.8", "a"), attempt(1, "8.8.8.8", "a"), success(2, "8.8.8.8", "a"),
              attempt(3, "8.8.8.8", "a"), attempt(4, "8.8.8.8", "a"), success(5, "8.8.8.8", "a")})
          .summary(),
      Lines{});
}

TEST(BruteForce, ThresholdAndWindowAreSettings) {
  LoginSettings settings;
  settings.attempts = 10;
  settings.window = Duration::seconds(5);
  std::vector<AuthEvent> events;
  for (int i = 0; i < 9; ++i) events.push_back(attempt(i * 0.1, "8.8.8.8", "root"));
  EXPECT_TRUE(detect(events, settings).changes.empty());
  events.push_back(attempt(5, "8.8.8.8", "root"));
  EXPECT_EQ(detect(events, settings).summary(), Lines{"brute_force 8.8.8.8 10"});
  settings.attempts = 101;
  EXPECT_EQ(check(settings).error().message, "threshold is 101; it must be from 1 to 100");
}

TEST(BruteForce, AlertNamesUsersOfEarlierEventsAndWhy) {
  const Outcome run =
      detect({attempt(0, "8.8.8.8", "a"), attempt(1, "8.8.8.8", "b"), attempt(2, "8.8.8.8", "c")});
  const model::Alert& opened = run.changes.front().alert;
  ASSERT_EQ(opened.entities.size(), 5U);
  EXPECT_EQ(opened.entities[0], (model::Entity{model::EntityType::ip, "8.8.8.8"}));
  EXPECT_EQ(opened.entities[1].value, "a");
  EXPECT_EQ(opened.entities[4], (model::Entity{model::EntityType::host, "web"}));
  EXPECT_EQ(opened.title, "SSH brute force from 8.8.8.8 on web");
  EXPECT_EQ(opened.reasons,
            (std::vector<std::string>{"3 failed attempts in 2 s", "on 3 user names"}));
  EXPECT_EQ(opened.event_ids.size(), 3U);
}

TEST(Spray, SlowOnManyUsers) {
  const char* users[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
  std::vector<AuthEvent> events;
  for (int i = 0; i < 8; ++i) events.push_back(attempt(i * 200, "8.8.8.8", users[i]));
  const Outcome run = detect(events);
  EXPECT_EQ(run.summary(), Lines{"password_spray 8.8.8.8 8"});
  EXPECT_EQ(run.changes.front().alert.techniques, std::vector<std::string>{"T1110.003"});
  events.pop_back();
  EXPECT_TRUE(detect(events).changes.empty());
}

TEST(Spray, FastOneIsOneBruteForceAlert) {
  std::vector<AuthEvent> events;
  std::vector<std::string> users;
  for (int i = 0; i < 20; ++i) users.push_back("user" + std::to_string(i));
  for (int i = 0; i < 20; ++i)
    events.push_back(attempt(i, "8.8.8.8", users[static_cast<size_t>(i)].c_str()));
  const Outcome run = detect(events);
  EXPECT_EQ(run.summary(), Lines{"brute_force 8.8.8.8 20"});
  EXPECT_EQ(run.changes.back().alert.techniques,
            (std::vector<std::string>{"T1110.001", "T1110.003"}));
}

TEST(SharedAttack, NetworkAndUser) {
  std::vector<AuthEvent> network;
  for (int i = 0; i < 6; ++i)
    network.push_back(attempt(i * 9,
                              i % 3 == 0   ? "8.8.8.1"
                              : i % 3 == 1 ? "8.8.8.2"
                                           : "8.8.8.3",
                              "x"));
  EXPECT_EQ(detect(network).summary(), Lines{"brute_force_network 8.8.8.0/24 6"});
  std::vector<AuthEvent> v6;
  for (int i = 0; i < 6; ++i)
    v6.push_back(attempt(i * 9, i % 3 == 0 ? "2a00::1" : i % 3 == 1 ? "2a00::2" : "2a00::3", "x"));
  EXPECT_EQ(detect(v6).summary(), Lines{"brute_force_network 2a00::/64 6"});

  std::vector<std::string> addresses;
  for (int i = 0; i < 20; ++i) addresses.push_back("9.9." + std::to_string(i) + ".1");
  std::vector<AuthEvent> user;
  for (int i = 0; i < 20; ++i)
    user.push_back(attempt(i * 25, addresses[static_cast<size_t>(i)].c_str(), "root"));
  EXPECT_EQ(detect(user).summary(), Lines{"brute_force_user root 20"});
  for (auto& event : user) event.user_exists = false;
  EXPECT_TRUE(detect(user).changes.empty());
}

TEST(SuccessAfterFailures, AfterABurstEvenWhenForgotten) {
  std::vector<AuthEvent> events = {attempt(0, "8.8.8.8", "root"), attempt(1, "8.8.8.8", "root"),
                                   attempt(2, "8.8.8.8", "root"), success(1500, "8.8.8.8", "root")};
  Outcome run = detect(events);
  EXPECT_EQ(run.summary(), (Lines{"brute_force 8.8.8.8 3", "success_after_failures 8.8.8.8 1"}));
  const auto opened = run.of(AlertChange::opened);
  EXPECT_EQ(opened[1].alert.severity, model::Severity::high);
  // Another account is news; the same again is not.
  events.push_back(success(1600, "8.8.8.8", "root"));
  events.push_back(success(1700, "8.8.8.8", "admin"));
  run = detect(events);
  EXPECT_EQ(run.of(AlertChange::opened).size(), 2U);
  EXPECT_EQ(run.of(AlertChange::updated).size(), 1U);
  // Too long ago, or another address.
  EXPECT_EQ(detect({attempt(0, "8.8.8.8", "root"), attempt(1, "8.8.8.8", "root"),
                    attempt(2, "8.8.8.8", "root"), success(3700, "8.8.8.8", "root"),
                    success(3, "8.8.4.4", "root")})
                .summary(),
            Lines{"brute_force 8.8.8.8 3"});
}

TEST(SuccessAfterFailures, AfterSlowGuessing) {
  std::vector<AuthEvent> events;
  for (int i = 0; i < 5; ++i) events.push_back(attempt(i * 120, "8.8.8.8", "bob"));
  events.push_back(success(700, "8.8.8.8", "bob"));
  EXPECT_EQ(detect(events).summary(), Lines{"success_after_failures 8.8.8.8 1"});
  events.back() = success(700, "8.8.8.8", "alice");
  EXPECT_TRUE(detect(events).changes.empty());
}

// An attacker's own account does not wash the address clean.
TEST(SuccessAfterFailures, OwnLogInsDoNotHelp) {
  std::vector<AuthEvent> events;
  for (int i = 0; i < 3; ++i) {
    events.push_back(attempt(i * 30, "8.8.8.8", "victim"));
    events.push_back(attempt(i * 30 + 1, "8.8.8.8", "victim"));
    events.push_back(success(i * 30 + 2, "8.8.8.8", "mallory"));
  }
  events.push_back(success(100, "8.8.8.8", "victim"));
  EXPECT_EQ(detect(events).summary(), Lines{"success_after_failures 8.8.8.8 1"});
}

AuthEvent record(AuthEvent event, std::uint64_t session, Evidence evidence,
                 std::uint16_t port = 0) {
  event.session = session;
  event.evidence = evidence;
  event.port = port;
  return event;
}

// PAM's line, sshd's line and the disconnect speak of one attempt.
TEST(SessionAttempts, LargestKindCounts) {
  const auto one_try = [](double t, std::uint64_t session) {
    return std::vector<AuthEvent>{
        record(attempt(t, "8.8.8.8", "x"), session, Evidence::unknown_user, 9),
        record(attempt(t + 0.1, "8.8.8.8", ""), session, Evidence::pam_unix),
        record(attempt(t + 2, "8.8.8.8", "x"), session, Evidence::failed_line, 9),
        record(attempt(t + 2, "8.8.8.8", "x"), session + 100, Evidence::disconnect, 9)};
  };
  std::vector<AuthEvent> events = one_try(0, 1);
  const auto second = one_try(10, 2);
  events.insert(events.end(), second.begin(), second.end());
  Outcome run = detect(events);
  EXPECT_TRUE(run.changes.empty());
  EXPECT_EQ(run.counts.failures, 2U);
  EXPECT_EQ(run.counts.same_attempt, 6U);
  const auto third = one_try(20, 3);
  events.insert(events.end(), third.begin(), third.end());
  EXPECT_EQ(detect(events).summary(), Lines{"brute_force 8.8.8.8 3"});
}

TEST(SessionAttempts, KeysOfOneClientAreOneAttempt) {
  std::vector<AuthEvent> events;
  for (int i = 0; i < 6; ++i)
    events.push_back(record(attempt(i * 0.1, "8.8.8.8", "dev"), 1, Evidence::public_key, 9));
  EXPECT_TRUE(detect(events).changes.empty());
  events.push_back(record(attempt(2, "8.8.8.8", "dev"), 2, Evidence::public_key, 10));
  events.push_back(record(attempt(3, "8.8.8.8", "dev"), 3, Evidence::public_key, 11));
  EXPECT_EQ(detect(events).summary(), Lines{"brute_force 8.8.8.8 3"});
}

// PAM logs the name, sshd the address of the same client: one source, not two.
TEST(SessionAttempts, NamesAreTheirAddresses) {
  std::vector<AuthEvent> events;
  for (int i = 0; i < 4; ++i) {
    auto pam = record(attempt(i * 5, "8.8.8.8", "root"), static_cast<std::uint64_t>(i) + 1,
                      Evidence::pam_unix);
    pam.address = {};
    pam.source_host = "evil.example.org";
    events.push_back(pam);
    events.push_back(record(attempt(i * 5 + 2, "8.8.8.8", "root"),
                            static_cast<std::uint64_t>(i) + 1, Evidence::failed_line, 9));
  }
  EXPECT_EQ(detect(events).summary(), Lines{"brute_force 8.8.8.8 4"});
  for (auto& event : events) {
    event.address = {};
    event.source_host = "evil.example.org";
  }
  EXPECT_EQ(detect(events).summary(), Lines{"brute_force evil.example.org 4"});
}

TEST(AllowListTest, ReadsAndRefuses) {
  EXPECT_TRUE(parse_allow_entry("10.0.0.0/8"));
  EXPECT_TRUE(parse_allow_entry("2001:db8::/32@2026-12-31"));
  EXPECT_TRUE(parse_allow_entry("Bastion.example.org"));
  for (const char* number : {"192.0.2.300", "10.1.2", "host.300", "192.0.2.0/33"})
    EXPECT_TRUE(parse_allow_entry(number).error().message.contains("is no IPv4 address")) << number;
  for (const char* bad : {"", "10.0.0.0/33", "1.2.3", "10.0.0.1@tomorrow", "a b", "-"})
    EXPECT_FALSE(parse_allow_entry(bad)) << bad;
}

TEST(AllowListTest, CountsButNeverAlerts) {
  const std::vector<AuthEvent> events = {attempt(0, "10.1.1.1", "a"), attempt(1, "10.1.1.1", "a"),
                                         attempt(2, "10.1.1.1", "a"), success(3, "10.1.1.1", "a")};
  AllowList allow;
  ASSERT_TRUE(allow.add(*parse_allow_entry("10.0.0.0/8")));
  const Outcome run = detect(events, {}, allow);
  EXPECT_TRUE(run.changes.empty());
  EXPECT_EQ(run.counts.allowed, 3U);
  AllowList expired;
  ASSERT_TRUE(expired.add(*parse_allow_entry("10.0.0.0/8@2026-06-01T10:00:00Z")));
  EXPECT_FALSE(detect(events, {}, expired).changes.empty());
}

// The final alerts as architecture section 1 step 6 compares them.
std::set<std::string> final_set(const Outcome& run) {
  std::set<std::string> result;
  for (const auto& change : run.of(AlertChange::closed)) {
    std::string text = change.alert.rule;
    std::set<std::string> entities;
    for (const auto& entity : change.alert.entities) entities.insert(entity.value);
    for (const auto& entity : entities) text += " " + entity;
    std::set<std::uint64_t> ids(change.alert.event_ids.begin(), change.alert.event_ids.end());
    for (const auto id : ids) text += " " + std::to_string(id);
    text += " " + base::format_iso(change.alert.first_event) + " " +
            base::format_iso(change.alert.last_event) + " " +
            std::to_string(change.alert.event_count);
    result.insert(text);
  }
  return result;
}

std::vector<AuthEvent> random_traffic(std::mt19937& random) {
  static const std::vector<std::string> users = {"root", "a", "b", "c", "d", "e",
                                                 "f",    "g", "h", "i", "j"};
  static const std::vector<std::string> addresses = {"8.8.8.1", "8.8.8.2", "8.8.8.3", "9.9.9.9",
                                                     "2a00::1", "2a00::2", "2a00::3"};
  std::vector<AuthEvent> events;
  double t = 0;
  for (int i = 0; i < 400; ++i) {
    // Sometimes a pause around the quiet time, so that attacks end and might be joined again.
    t += random() % 40 == 0 ? 590 + random() % 20 : (random() % 600) / 20.0;
    const auto& address = addresses[random() % addresses.size()];
    const auto& user = users[random() % users.size()];
    auto event = attempt(t, address.c_str(), user.c_str(),
                         random() % 12 == 0 ? AuthResult::success : AuthResult::failure);
    event.count = random() % 20 == 0 ? 4 : 1;
    if (random() % 2 == 0) {
      event.session = random() % 5 + 1;
      event.evidence = static_cast<Evidence>(1 + random() % 6);
      event.port = static_cast<std::uint16_t>(random() % 3);
    }
    events.push_back(event);
  }
  return events;
}

// A late attempt fills the silence between two attacks: they were one. All of it in calls of its
// own, as lines come.
// Of a file the order of lines is the order of events, also at one instant, and also beside sources
// whose order means nothing.
TEST(Lateness, AFileBesideSuchSourcesKeepsItsOrder) {
  const std::vector<AuthEvent> events{success(0, "8.8.8.8", "a"), attempt(0, "8.8.8.8", "a"),
                                      attempt(0, "8.8.8.8", "a"), attempt(0, "8.8.8.8", "a")};
  const auto rules = [&](Duration lateness) {
    LoginSettings settings;
    settings.lateness = Duration::seconds(5);
    const AllowList allow;
    LoginDetectors detectors(settings, allow);
    Outcome run;
    for (std::size_t i = 0; i < events.size(); ++i)
      detectors.run(std::span(events).subspan(i, 1), lateness, start, run.changes);
    std::string saved;
    detectors.save(saved);
    LoginDetectors again(settings, allow);
    EXPECT_TRUE(again.restore(saved));
    again.finish(start, run.changes);
    return run.summary();
  };
  EXPECT_EQ(rules({}), Lines{"brute_force 8.8.8.8 3"});
  EXPECT_EQ(rules(Duration::seconds(5)),
            (Lines{"brute_force 8.8.8.8 3", "success_after_failures 8.8.8.8 1"}));
}

TEST(Lateness, WhatTurnsOutToBeOneAttackSaysIntoWhichItWent) {
  LoginSettings settings;
  settings.quiet = Duration::minutes(1);
  settings.lateness = Duration::minutes(5);
  LoginDetectors detectors(settings, AllowList());
  Outcome run;
  for (const double second : {0, 1, 2, 100, 101, 102, 50})
    detectors.run(std::vector{attempt(second, "8.8.8.8", "root")}, start, run.changes);
  detectors.finish(start, run.changes);
  const auto opened = run.of(AlertChange::opened), withdrawn = run.of(AlertChange::withdrawn);
  ASSERT_EQ(opened.size(), 2U);
  ASSERT_EQ(withdrawn.size(), 1U);
  EXPECT_EQ(withdrawn[0].alert.id, opened[1].alert.id);
  EXPECT_EQ(withdrawn[0].alert.merged_into, opened[0].alert.id);
  EXPECT_EQ(run.summary(), Lines{"brute_force 8.8.8.8 7"});
}

// Shuffled within the lateness, and repeated: the same alerts in the end.
TEST(Lateness, AnyOrderOfArrivalEndsInTheSameAlerts) {
  LoginSettings settings;
  settings.lateness = Duration::seconds(30);
  settings.user_attempts = 6;
  settings.user_addresses = 3;
  std::size_t alerts = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto events = random_traffic(random);
    const auto in_order = final_set(detect(events, settings));
    alerts += in_order.size();
    std::vector<std::pair<Timestamp, AuthEvent>> arrivals;
    for (const auto& event : events) {
      const int copies = random() % 10 == 0 ? 2 : 1;
      for (int copy = 0; copy < copies; ++copy)
        arrivals.emplace_back(event.time + Duration::milliseconds(random() % 29'000), event);
    }
    std::ranges::stable_sort(arrivals, {}, &std::pair<Timestamp, AuthEvent>::first);
    std::vector<AuthEvent> shuffled;
    for (const auto& [arrival, event] : arrivals) shuffled.push_back(event);
    const Outcome run = detect(shuffled, settings);
    EXPECT_EQ(final_set(run), in_order) << "seed " << seed;
    // What was opened was closed or withdrawn, each once.
    EXPECT_EQ(run.of(AlertChange::opened).size(),
              run.of(AlertChange::closed).size() + run.of(AlertChange::withdrawn).size());
    std::set<std::uint64_t> opened, closed;
    for (const auto& change : run.of(AlertChange::opened))
      EXPECT_TRUE(opened.insert(change.alert.id).second) << "an id was opened twice";
    for (const auto& change : run.of(AlertChange::closed))
      EXPECT_TRUE(closed.insert(change.alert.id).second) << "an id was closed twice";
  }
  EXPECT_GT(alerts, 300U);
}

// What an event did is taken back wholly: also that its address was known to be allowed.
TEST(Lateness, AllowedAddressesStayAllowedWhenEventsComeLate) {
  LoginSettings settings;
  settings.lateness = Duration::seconds(30);
  AllowList allow;
  ASSERT_TRUE(allow.add(*parse_allow_entry("10.0.0.0/8")));
  const Outcome run = detect(
      {attempt(10, "10.0.0.1", "x"), attempt(11, "10.0.0.1", "x"), attempt(1, "9.9.9.9", "x"),
       attempt(12, "10.0.0.1", "x"), attempt(13, "10.0.0.1", "x")},
      settings, allow);
  EXPECT_TRUE(run.changes.empty());
  EXPECT_EQ(run.counts.allowed, 4U);
}

// The table of sessions holds 32,768; ten times as many pass through it while some events of each
// moment may yet be taken back.
TEST(Lateness, TablesMakeRoomWhileEventsComeLate) {
  LoginSettings settings;
  settings.lateness = Duration::seconds(5);
  std::mt19937 random(7);
  std::vector<AuthEvent> events;
  std::vector<std::pair<Timestamp, std::size_t>> arrivals;
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    AuthEvent event = attempt(i * 0.01, "1.1.1.1", "x");
    // Every 1,000th line is one of an attack that lasts; the others come from one address each.
    const bool of_attack = i % 1'000 == 0;
    event.address = base::IpAddress::from_v4(of_attack ? 0x0A00'0001U : 0x0B00'0000U + i * 256);
    event.user_exists = false;
    event.session = i + 1;
    event.evidence = Evidence::failed_line;
    events.push_back(event);
    arrivals.emplace_back(event.time + Duration::milliseconds(random() % 5'000), i);
  }
  std::ranges::sort(arrivals);
  std::vector<AuthEvent> shuffled;
  for (const auto& [arrival, i] : arrivals) shuffled.push_back(events[i]);
  const auto in_order = detect(events, settings).summary();
  EXPECT_EQ(in_order, Lines{"brute_force 10.0.0.1 300"});
  EXPECT_EQ(detect(shuffled, settings).summary(), in_order);
}

// Far more events within the lateness than the tables hold: the oldest are settled early, and
// nothing breaks.
TEST(Lateness, MoreUnsettledEventsThanATableHolds) {
  LoginSettings settings;
  settings.lateness = Duration::minutes(10);
  std::mt19937 random(7);
  std::vector<AuthEvent> events;
  for (std::uint32_t i = 0; i < 40'000; ++i) {
    AuthEvent event = attempt(i * 0.001 + (i % 10'000 == 9'999 ? -20.0 : 0.0), "1.1.1.1", "x");
    event.address = base::IpAddress::from_v4(0x0B00'0000U + i * 256);
    event.user_exists = false;
    event.session = i + 1;
    event.evidence = Evidence::failed_line;
    events.push_back(event);
  }
  for (int i = 0; i < 3; ++i) events.push_back(attempt(41 + i, "10.0.0.1", "x"));
  EXPECT_EQ(detect(events, settings).summary(), Lines{"brute_force 10.0.0.1 3"});
}

TEST(Lateness, InOrderNothingIsWithdrawn) {
  LoginSettings settings;
  settings.lateness = Duration::seconds(30);
  for (unsigned seed = 1; seed <= 10; ++seed) {
    std::mt19937 random(seed);
    EXPECT_TRUE(detect(random_traffic(random), settings).of(AlertChange::withdrawn).empty());
    std::mt19937 again(seed);
    EXPECT_TRUE(detect(random_traffic(again)).of(AlertChange::withdrawn).empty());
  }
}

TEST(Memory, ManyAddressesLeaveTheTableOldestFirst) {
  AllowList allow;
  LoginDetectors detectors({}, allow);
  std::vector<ChangedAlert> changes;
  std::vector<AuthEvent> events;
  for (std::uint32_t i = 0; i < 400'000; ++i) {
    AuthEvent event = attempt(i * 0.1, "1.1.1.1", "x");
    event.address = base::IpAddress::from_v4(0x0B00'0000U + i * 256);
    event.user_exists = false;
    events.push_back(event);
  }
  detectors.run(events, start, changes);
  EXPECT_LE(detectors.tracked_addresses(), base::limits::tracked_addresses_max);
  EXPECT_EQ(detectors.evicted(), 0U)
      << "36,000 addresses an hour are idle for longer than anything looks back";
  EXPECT_TRUE(changes.empty());
  // The latest are remembered: two more failures of one of them are an attack.
  for (int i = 0; i < 2; ++i) {
    AuthEvent event = attempt(40'001 + i, "1.1.1.1", "x");
    event.address = events.back().address;
    detectors.run({&event, 1}, start, changes);
  }
  EXPECT_EQ(changes.size(), 1U);
}

// A record of an attack that is over must not hold its place for ever.
TEST(Memory, AddressesOfAttacksThatAreOverLeaveTheTable) {
  AllowList allow;
  LoginDetectors detectors({}, allow);
  std::vector<ChangedAlert> changes;
  std::size_t opened = 0;
  for (std::uint32_t i = 0; i < 150'000; ++i) {
    for (int n = 0; n < 3; ++n) {
      AuthEvent event = attempt(i * 10.0 + n, "1.1.1.1", "x");
      event.address = base::IpAddress::from_v4(0x0B00'0000U + i * 256);
      event.user_exists = false;
      detectors.run({&event, 1}, start, changes);
    }
    opened += static_cast<std::size_t>(
        std::ranges::count(changes, AlertChange::opened, &ChangedAlert::change));
    changes.clear();
  }
  EXPECT_EQ(opened, 150'000U);
  EXPECT_EQ(detectors.evicted(), 0U);
}

TEST(ParseRate, FallsAndRecovers) {
  ParseRateMonitor monitor;
  std::vector<ChangedAlert> out;
  monitor.judge({1000, 10, start}, "auth.log", "x", start, out);
  EXPECT_TRUE(out.empty());
  monitor.judge({1010, 20, start}, "auth.log", "x", start, out);  // too few lines to judge
  EXPECT_TRUE(out.empty());
  monitor.judge({1080, 40, start}, "auth.log", "no such message", start, out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].change, AlertChange::opened);
  EXPECT_EQ(out[0].alert.title, "27 % of the log-in records of auth.log cannot be read");
  monitor.judge({1170, 55, start}, "auth.log", "x", start, out);  // better, not yet good
  EXPECT_EQ(out.size(), 1U);
  monitor.judge({1300, 58, start}, "auth.log", "x", start, out);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].change, AlertChange::closed);
  EXPECT_EQ(out[1].alert.id, out[0].alert.id);
}

}  // namespace
}  // namespace vedette::detect
