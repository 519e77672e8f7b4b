#include "simulate/authlog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "fakes/fake_clock.h"
#include "simulate/live.h"
#include "simulate/story.h"

namespace vedette::simulate {
namespace {

using base::Duration;
using base::Timestamp;

AuthlogOptions options_of(std::uint64_t seed, AuthlogFormat format = AuthlogFormat::rfc3339) {
  AuthlogOptions options;
  options.seed = seed;
  options.format = format;
  options.start = *base::parse_iso("2026-05-30T22:00:00Z");
  return options;
}

struct Made {
  std::string text;
  std::vector<PlannedAlert> alerts;
  Mix mix;
};

Made make(const AuthlogOptions& options) {
  Made made;
  EXPECT_TRUE(check(options));
  AuthlogGenerator generator(options);
  generator.on_alert([&](const PlannedAlert& alert) { made.alerts.push_back(alert); });
  while (generator.append_line(made.text)) {
  }
  made.mix = generator.mix();
  return made;
}

// ---- A plain reader and plain rules, written from the rules' words and not from the generator.
// ----

struct Try {
  double time_s;
  std::string address, user;
  bool exists;
  int count;
};

struct Reading {
  std::vector<Try> failures, successes;
};

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from) + from.size();
  return std::string(text.substr(begin, text.find(to, begin) - begin));
}

// RFC 3339 lines only. A session with no "Failed" line that ends before authentication is taken for
// one try: the harshest reading that a detector may have.
Reading read(std::string_view text) {
  Reading reading;
  std::map<std::string, int> failed_of_session;
  for (std::string_view line : base::split(text, '\n')) {
    if (line.empty()) continue;
    const std::size_t space = line.find(' ');
    const auto stamp = base::parse_iso(line.substr(0, space));
    EXPECT_TRUE(stamp) << line;
    const double time_s = static_cast<double>(stamp->ticks - base::unix_epoch_ticks) / 1e7;
    const std::size_t colon = line.find(": ");
    const std::string session(line.substr(space, colon - space));
    if (session.find(" sshd") == std::string::npos) continue;
    std::string_view message = line.substr(colon + 2);
    int count = 1;
    if (message.starts_with("message repeated ")) {
      count = std::stoi(std::string(message.substr(17)));
      message = message.substr(message.find("[ ") + 2);
    }
    const bool failed = message.starts_with("Failed ");
    const bool accepted = message.starts_with("Accepted ");
    if (failed || accepted) {
      const std::size_t from = message.rfind(" from ");
      std::size_t user_at = message.find(" for ") + 5;
      const bool invalid = message.substr(user_at).starts_with("invalid user ");
      if (invalid) user_at += 13;
      const std::string user(message.substr(user_at, from - std::min(from, user_at)));
      const std::string address = between(message.substr(from), " from ", " ");
      (failed ? reading.failures : reading.successes)
          .push_back({time_s, address, user, !invalid, count});
      if (failed) failed_of_session[session] += count;
      if (accepted) failed_of_session[session] += 1;
      continue;
    }
    for (const std::string_view leaving :
         {"Connection closed by ", "Connection reset by ", "Disconnected from "}) {
      if (!message.starts_with(leaving) || !message.ends_with(" [preauth]")) continue;
      const std::string rest(message.substr(leaving.size()));
      const bool invalid = rest.starts_with("invalid user ");
      if (!invalid && !rest.starts_with("authenticating user ")) continue;
      if (failed_of_session[session] > 0) continue;
      const std::string who = rest.substr(invalid ? 13 : 20);
      const std::size_t port = who.rfind(" port ");
      const std::size_t blank = who.rfind(' ', port - 1);
      reading.failures.push_back(
          {time_s, who.substr(blank + 1, port - blank - 1), who.substr(0, blank), !invalid, 1});
    }
  }
  return reading;
}

struct Rules {
  int brute_force_tries = 3;
  double brute_force_window_s = 60;
  std::size_t spray_users = 8;
  int user_tries = 20;
  std::size_t user_addresses = 10;
  int network_tries = 6;
  std::size_t network_addresses = 3;
  int success_tries = 5;
};

using Found =
    std::set<std::pair<std::string, std::string>>;  // rule, entity; a second run gets "#2"

void add(Found& found, const std::string& rule, const std::string& entity) {
  std::string name = entity;
  for (int run = 2; !found.insert({rule, name}).second; ++run)
    name = entity + "#" + std::to_string(run);
}

struct Run {
  double first_s, last_s;
};

// Tries of one address in `window_s`, inclusive; a success clears them; ten quiet minutes close a
// run.
std::map<std::string, std::vector<Run>> brute_force_runs(const Reading& reading,
                                                         const Rules& rules) {
  std::map<std::string, std::vector<std::pair<double, int>>> of_address;  // count 0: success
  for (const Try& t : reading.failures) of_address[t.address].push_back({t.time_s, t.count});
  for (const Try& t : reading.successes) of_address[t.address].push_back({t.time_s, 0});
  std::map<std::string, std::vector<Run>> runs;
  for (auto& [address, tries] : of_address) {
    std::ranges::stable_sort(tries, {}, &std::pair<double, int>::first);
    std::deque<std::pair<double, int>> window;
    for (const auto& [time_s, count] : tries) {
      if (count == 0) {
        window.clear();
        continue;
      }
      std::vector<Run>& own = runs[address];
      if (!own.empty() && time_s - own.back().last_s <= 600) {
        own.back().last_s = time_s;
        continue;
      }
      window.push_back({time_s, count});
      while (time_s - window.front().first > rules.brute_force_window_s) window.pop_front();
      int sum = 0;
      for (const auto& entry : window) sum += entry.second;
      if (sum < rules.brute_force_tries) continue;
      own.push_back({window.front().first, time_s});
      window.clear();
    }
  }
  std::erase_if(runs, [](const auto& entry) { return entry.second.empty(); });
  return runs;
}

void find_sprays(const Reading& reading, const Rules& rules,
                 const std::map<std::string, std::vector<Run>>& brute_force, Found& found,
                 std::map<std::string, double>& alerted_s) {
  std::map<std::string, std::vector<const Try*>> of_address;
  for (const Try& t : reading.failures)
    if (!brute_force.contains(t.address)) of_address[t.address].push_back(&t);
  for (const auto& [address, tries] : of_address) {
    for (std::size_t i = 0; i < tries.size(); ++i) {
      std::set<std::string> users;
      for (std::size_t j = i; j < tries.size() && tries[j]->time_s - tries[i]->time_s <= 1800; ++j)
        users.insert(tries[j]->user);
      if (users.size() < rules.spray_users) continue;
      add(found, "password_spray", address);
      alerted_s[address] = tries.back()->time_s;
      break;
    }
  }
}

// All failures of one key within a window: enough tries from enough addresses? One alert a run.
void find_crowds(const std::map<std::string, std::vector<const Try*>>& of_key, double window_s,
                 int tries_needed, std::size_t addresses_needed, const std::string& rule,
                 Found& found) {
  for (const auto& [key, tries] : of_key) {
    double closed_until_s = -1;
    std::size_t begin = 0;
    int sum = 0;
    std::map<std::string, int> addresses;
    for (std::size_t end = 0; end < tries.size(); ++end) {
      sum += tries[end]->count;
      ++addresses[tries[end]->address];
      for (; tries[end]->time_s - tries[begin]->time_s > window_s; ++begin) {
        sum -= tries[begin]->count;
        if (--addresses[tries[begin]->address] == 0) addresses.erase(tries[begin]->address);
      }
      const bool open = tries[end]->time_s <= closed_until_s;
      if (!open && (sum < tries_needed || addresses.size() < addresses_needed)) continue;
      if (!open) add(found, rule, key);
      closed_until_s = tries[end]->time_s + 600;
    }
  }
}

Found apply(const Reading& reading, const Rules& rules) {
  Found found;
  const auto brute_force = brute_force_runs(reading, rules);
  std::map<std::string, double> alerted_s;
  for (const auto& [address, runs] : brute_force) {
    for (std::size_t i = 0; i < runs.size(); ++i) add(found, "brute_force", address);
    alerted_s[address] = runs.back().last_s;
  }
  find_sprays(reading, rules, brute_force, found, alerted_s);
  std::map<std::string, std::vector<const Try*>> of_user, of_network;
  std::map<std::pair<std::string, std::string>, std::vector<const Try*>> of_pair;
  for (const Try& t : reading.failures) {
    if (t.exists) of_user[t.user].push_back(&t);
    of_pair[{t.address, t.user}].push_back(&t);
    if (brute_force.contains(t.address)) continue;
    const auto address = base::parse_ip(t.address);
    EXPECT_TRUE(address) << t.address;
    of_network[base::format_network({address->network(24, 64), address->is_v4() ? 120 : 64})]
        .push_back(&t);
  }
  find_crowds(of_user, 600, rules.user_tries, rules.user_addresses, "brute_force_user", found);
  find_crowds(of_network, 60, rules.network_tries, rules.network_addresses, "brute_force_network",
              found);
  for (const Try& success : reading.successes) {
    int failed = 0;
    for (const Try* t : of_pair[{success.address, success.user}])
      if (t->time_s <= success.time_s && success.time_s - t->time_s <= 3600) failed += t->count;
    const auto alerted = alerted_s.find(success.address);
    const bool after_alert = alerted != alerted_s.end() && alerted->second <= success.time_s &&
                             success.time_s - alerted->second <= 3600;
    if (after_alert || failed >= rules.success_tries)
      add(found, "success_after_failures", success.address);
  }
  return found;
}

Found owed(const std::vector<PlannedAlert>& alerts) {
  Found found;
  for (const PlannedAlert& alert : alerts) {
    EXPECT_TRUE(alert.certain);
    add(found, alert.rule, alert.entity.value);
  }
  return found;
}

void expect_same(const Found& found, const Found& expected, const std::string& what) {
  for (const auto& [rule, entity] : found)
    EXPECT_TRUE(expected.contains({rule, entity}))
        << what << ": not in the truth: " << rule << " " << entity;
  for (const auto& [rule, entity] : expected)
    EXPECT_TRUE(found.contains({rule, entity})) << what << ": not found: " << rule << " " << entity;
}

void check_margins(const Made& made) {
  const Reading reading = read(made.text);
  const Found expected = owed(made.alerts);
  expect_same(apply(reading, Rules{}), expected, "the default rules");
  // Nothing innocent comes near: much more eager rules find no more.
  Rules eager;
  eager.spray_users = 5;
  eager.user_tries = 10;
  eager.user_addresses = 6;
  eager.network_tries = 3;
  eager.network_addresses = 2;
  eager.brute_force_window_s = 70;
  eager.success_tries = 4;
  expect_same(apply(reading, eager), expected, "eager rules");
  // Every attack is well over: much more patient rules find no fewer.
  Rules patient;
  patient.brute_force_tries = 5;
  patient.spray_users = 12;
  patient.user_tries = 40;
  patient.user_addresses = 20;
  patient.network_tries = 10;
  patient.network_addresses = 8;
  patient.success_tries = 8;
  expect_same(apply(reading, patient), expected, "patient rules");
}

TEST(Authlog, TruthIsBeyondDoubt) {
  for (const std::uint64_t seed : {1, 2}) {
    SCOPED_TRACE(seed);
    AuthlogOptions options = options_of(seed);
    options.duration = Duration::hours(4);
    options.rate_lines_per_second = 20;
    const Made made = make(options);
    std::set<std::string> rules;
    for (const PlannedAlert& alert : made.alerts) rules.insert(alert.rule);
    EXPECT_EQ(rules,
              (std::set<std::string>{"brute_force", "brute_force_network", "brute_force_user",
                                     "password_spray", "success_after_failures"}));
    check_margins(made);
  }
}

TEST(Authlog, TruthHoldsAtLowAndHighRates) {
  AuthlogOptions slow = options_of(11);
  slow.rate_lines_per_second = 1;
  slow.duration = Duration::hours(24);
  check_margins(make(slow));
  AuthlogOptions fast = options_of(12);
  fast.rate_lines_per_second = 800;
  fast.duration = Duration::minutes(5);
  check_margins(make(fast));
}

TEST(Authlog, TruthHoldsWhenTheLogEndsByLinesOrBytes) {
  for (const std::uint64_t lines : {1, 50, 3'000, 60'000}) {
    AuthlogOptions options = options_of(21);
    options.lines_max = lines;
    const Made made = make(options);
    EXPECT_EQ(made.mix.lines, lines);
    check_margins(made);
  }
  AuthlogOptions options = options_of(22);
  options.bytes_max = 5'000'000;
  const Made made = make(options);
  EXPECT_GE(made.mix.bytes, options.bytes_max);
  EXPECT_LT(made.mix.bytes, options.bytes_max + 2'000);
  check_margins(made);
}

TEST(Authlog, AnAttackCutShortIsToldAsUncertain) {
  AuthlogOptions options = options_of(1);
  AuthlogGenerator generator(options);
  std::vector<PlannedAlert> alerts;
  generator.on_alert([&](const PlannedAlert& alert) { alerts.push_back(alert); });
  std::string text;
  for (int i = 0; i < 1'500; ++i) ASSERT_TRUE(generator.append_line(text));
  generator.finish();
  EXPECT_FALSE(generator.append_line(text));
  ASSERT_FALSE(alerts.empty());
  Found certain, all;
  for (const PlannedAlert& alert : alerts) {
    add(all, alert.rule, alert.entity.value);
    if (alert.certain) add(certain, alert.rule, alert.entity.value);
  }
  const Found found = apply(read(text), Rules{});
  for (const auto& entry : certain) EXPECT_TRUE(found.contains(entry)) << entry.second;
  for (const auto& entry : found) EXPECT_TRUE(all.contains(entry)) << entry.second;
}

TEST(Authlog, TheStoryShowsEveryRule) {
  const Made made = make(story_options(*base::parse_iso("2026-06-01T10:00:00Z")));
  check_margins(made);
  std::multiset<std::string> rules;
  for (const PlannedAlert& alert : made.alerts) rules.insert(alert.rule);
  EXPECT_EQ(rules, (std::multiset<std::string>{
                       "brute_force", "brute_force", "brute_force_network", "brute_force_user",
                       "password_spray", "success_after_failures", "success_after_failures"}));
  EXPECT_GT(made.mix.lines, 2'000U);
  EXPECT_LT(made.mix.lines, 4'000U);
}

TEST(Authlog, TruthNamesTimesAndAttemptsOfTheLog) {
  AuthlogOptions options = options_of(5);
  options.duration = Duration::hours(1);
  const Made made = make(options);
  std::map<std::string, std::vector<Try>> of_address;
  for (Try& t : read(made.text).failures) of_address[t.address].push_back(t);
  int seen = 0;
  for (const PlannedAlert& alert : made.alerts) {
    if (alert.rule != "brute_force" && alert.rule != "password_spray") continue;
    const auto& tries = of_address[alert.entity.value];
    const double first_s =
        static_cast<double>(alert.first_event.ticks - base::unix_epoch_ticks) / 1e7;
    const double last_s =
        static_cast<double>(alert.last_event.ticks - base::unix_epoch_ticks) / 1e7;
    std::uint64_t attempts = 0;
    for (const Try& t : tries)
      if (t.time_s >= first_s - 0.001 && t.time_s <= last_s + 0.001)
        attempts += static_cast<std::uint64_t>(t.count);
    EXPECT_EQ(attempts, alert.attempts) << alert.entity.value;
    // The first line of an attack may be "Invalid user" or PAM's, some 2.5 s before "Failed".
    EXPECT_TRUE(std::ranges::any_of(
        tries, [&](const Try& t) { return t.time_s >= first_s && t.time_s <= first_s + 2.6; }));
    EXPECT_TRUE(std::ranges::any_of(
        tries, [&](const Try& t) { return std::abs(t.time_s - last_s) < 0.001; }));
    ++seen;
  }
  EXPECT_GT(seen, 100);
}

// ---- Reproducible ----

TEST(Authlog, OneSeedOneLog) {
  const std::map<AuthlogFormat, std::uint64_t> pinned = {
      {AuthlogFormat::rfc3164, 15178328431534612482ULL},
      {AuthlogFormat::rfc3339, 18133339581073386565ULL},
      {AuthlogFormat::journal, 16190636545411279770ULL}};
  for (const auto& [format, hash] : pinned) {
    AuthlogOptions options = options_of(1, format);
    options.lines_max = 30'000;
    const Made made = make(options);
    std::string truth;
    for (const PlannedAlert& alert : made.alerts) truth += format_truth(alert);
    EXPECT_EQ(base::hash_bytes(made.text + truth + format_truth(made.mix)), hash);
  }
}

TEST(Authlog, SeedsDiffer) {
  AuthlogOptions one = options_of(1), other = options_of(2);
  one.lines_max = other.lines_max = 200;
  EXPECT_NE(make(one).text, make(other).text);
}

TEST(Authlog, WritesInPiecesOfWholeLines) {
  AuthlogOptions options = options_of(3);
  options.bytes_max = 3'000'000;
  std::string log, truth;
  int pieces = 0;
  const auto mix = write_authlog(
      options,
      [&](std::string_view piece) -> base::Result<void> {
        EXPECT_TRUE(piece.ends_with('\n'));
        log += piece;
        ++pieces;
        return {};
      },
      [&](std::string_view piece) -> base::Result<void> {
        truth += piece;
        return {};
      });
  ASSERT_TRUE(mix);
  EXPECT_GE(pieces, 3);
  EXPECT_EQ(log, make(options).text);
  EXPECT_EQ(log.size(), mix->bytes);
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(log, '\n')), mix->lines);
  std::uint64_t alerts = 0;
  for (const std::string_view line : base::split(base::trim(truth), '\n')) {
    const auto json = base::parse_json(line);
    ASSERT_TRUE(json) << line;
    if ((*json)["rule"].as_string() != nullptr) ++alerts;
  }
  EXPECT_EQ(alerts, mix->brute_force + mix->password_spray + mix->brute_force_user +
                        mix->brute_force_network + mix->success_after_failures);
  EXPECT_TRUE(truth.find("{\"mix\":") != std::string::npos);
}

TEST(Authlog, ASinksErrorEndsTheWork) {
  AuthlogOptions options = options_of(3);
  options.bytes_max = 3'000'000;
  const auto fine = [](std::string_view) -> base::Result<void> { return {}; };
  const auto full = [](std::string_view) -> base::Result<void> {
    return base::failure(base::ErrorCode::limit_exceeded, "the disk is full");
  };
  EXPECT_EQ(write_authlog(options, full, fine).error().message, "the disk is full");
  EXPECT_EQ(write_authlog(options, fine, full).error().message, "the disk is full");
  options.bytes_max = 0;
  EXPECT_EQ(write_authlog(options, fine, fine).error().code, base::ErrorCode::invalid_argument);
}

// ---- What it is made of ----

TEST(Authlog, MixIsWhatTheBenchmarkNeeds) {
  AuthlogOptions options = options_of(1, AuthlogFormat::rfc3164);
  options.bytes_max = 60'000'000;  // of the benchmark's 1 GB
  const Made made = make(options);
  AuthlogOptions short_options = options_of(1);
  short_options.lines_max = 20'000;
  const double lines = static_cast<double>(made.mix.lines);
  EXPECT_GE(static_cast<double>(made.mix.failure_lines) / lines, 0.50);
  EXPECT_GE(static_cast<double>(made.mix.failed_password_lines) / lines, 0.36);  // 0.42 at 1 GB
  EXPECT_GE(made.mix.addresses * 1'000 / 60, 150'000U);
  EXPECT_LE(made.mix.addresses, 60'000U);
  std::uint64_t failed = 0;
  std::size_t at = 0;
  while ((at = made.text.find(": Failed password for ", at)) != std::string::npos) ++failed, ++at;
  EXPECT_EQ(failed, made.mix.failed_password_lines);
  std::set<std::string> addresses;
  for (const Try& t : read(make(short_options).text).failures) addresses.insert(t.address);
  // Of the sources of a short log nearly all fail at least once; scanners do not.
  const std::uint64_t told = make(short_options).mix.addresses;
  EXPECT_LE(addresses.size(), told + 50);
  EXPECT_GE(addresses.size(), told * 7 / 10);
}

TEST(Authlog, KeepsToTheChosenRate) {
  for (const std::uint32_t rate : {1U, 20U, 100U, 1'000U}) {
    AuthlogOptions options = options_of(7);
    options.rate_lines_per_second = rate;
    options.lines_max = std::uint64_t{rate} * 3'600;
    if (rate == 1'000) options.lines_max = 120'000;
    const Made made = make(options);
    const double took_s = (made.mix.last_line - made.mix.first_line).as_seconds();
    const double wanted_s = static_cast<double>(options.lines_max) / rate;
    EXPECT_NEAR(took_s, wanted_s, wanted_s * 0.1) << rate;
  }
}

TEST(Authlog, StampsNeverGoBack) {
  AuthlogOptions options = options_of(8);
  AuthlogGenerator generator(options);
  std::string line;
  Timestamp last;
  for (int i = 0; i < 20'000; ++i) {
    line.clear();
    const auto time = generator.append_line(line);
    ASSERT_TRUE(time);
    EXPECT_GE(*time, last);
    EXPECT_EQ(*base::parse_iso(line.substr(0, line.find(' '))), *time);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    last = *time;
  }
}

TEST(Authlog, NamesItsProgramsAsAsked) {
  for (const SshdNaming naming : {SshdNaming::sshd, SshdNaming::sshd_session, SshdNaming::mixed}) {
    AuthlogOptions options = options_of(4);
    options.naming = naming;
    options.lines_max = 20'000;
    const std::string text = make(options).text;
    const auto has = [&](const char* word) { return text.find(word) != std::string::npos; };
    EXPECT_EQ(has(" sshd["), true);  // the listener's own lines
    EXPECT_EQ(has(" sshd-session["), naming != SshdNaming::sshd);
    EXPECT_EQ(has(" sshd-auth["), naming == SshdNaming::mixed);
  }
}

TEST(Authlog, HoldsTheTrapsItPromises) {
  AuthlogOptions options = options_of(1, AuthlogFormat::rfc3164);
  options.lines_max = 600'000;
  const std::string text = make(options).text;
  for (const char* trap : {
           "invalid user root from 10.0.5.10 port 22 ssh2 from ",      // frames the jump host
           "Accepted password for root from 10.0.5.10 port 22 from ",  // a success that is none
           "\\033[2J\\033[31mroot\\033[0m",                            // as sshd writes escapes
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
           "Failed password for invalid user  from ",  // the empty name
           "J\xC3\xBCrgen\xE2\x80\xAE",                // right-to-left override
           "COMMAND=/usr/bin/echo Failed password for root from 192.0.2.1 port 22 ssh2",
           "message repeated ",
           "@everyone",
       })
    EXPECT_NE(text.find(trap), std::string::npos) << trap;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Authlog, ProcessIdsGrowAndWrap) {
  AuthlogOptions options = options_of(1);
  options.lines_max = 400'000;
  const std::string text = make(options).text;
  long last = 0, greatest = 0;
  int wraps = 0;
  for (const std::string_view line : base::split(text, '\n')) {
    const std::size_t at = line.find(" sim-edge-2 CRON[");
    if (at == std::string_view::npos || line.find("opened") == std::string_view::npos) continue;
    const long pid = std::stol(std::string(line.substr(at + 17)));
    wraps += pid < last ? 1 : 0;
    last = pid;
    greatest = std::max(greatest, pid);
  }
  EXPECT_GE(wraps, 1);
  EXPECT_LE(greatest, 32'768);
}

// ---- Live ----

TEST(Live, KeepsEveryLinesMoment) {
  for (const int speed : {1, story_speed}) {
    fakes::FakeClock clock;
    AuthlogOptions options = options_of(6);
    options.start = clock.now();
    options.lines_max = 3'000;
    AuthlogGenerator generator(options);
    const Duration began = clock.monotonic();
    std::string log;
    const auto sink = [&](std::string_view line) -> base::Result<void> {
      const Timestamp stamp = *base::parse_iso(line.substr(0, line.find(' ')));
      const std::int64_t passed = (clock.monotonic().ticks - began.ticks) * speed;
      EXPECT_LE(std::abs(passed - (stamp - options.start).ticks), speed * 10) << line;
      EXPECT_EQ(std::ranges::count(line, '\n'), 1);
      log += line;
      return {};
    };
    EXPECT_TRUE(write_live(generator, options.start, speed, sink, clock, {}));
    EXPECT_EQ(log, make(options).text);
  }
}

TEST(Live, CatchesUpWithoutSkipping) {
  fakes::FakeClock clock;
  AuthlogOptions options = options_of(6);
  options.start = clock.now();
  options.lines_max = 500;
  AuthlogGenerator generator(options);
  std::string log;
  const auto slow_sink = [&](std::string_view line) -> base::Result<void> {
    clock.advance(Duration::seconds(1));
    log += line;
    return {};
  };
  EXPECT_TRUE(write_live(generator, options.start, 1, slow_sink, clock, {}));
  EXPECT_EQ(log, make(options).text);
  EXPECT_EQ(clock.monotonic(), Duration::seconds(500));
}

TEST(Live, StopsWhenAskedOrWhenTheSinkFails) {
  fakes::FakeClock clock;
  AuthlogOptions options = options_of(6);
  options.start = clock.now();
  AuthlogGenerator generator(options);
  std::stop_source stop;
  int lines = 0;
  const auto sink = [&](std::string_view) -> base::Result<void> {
    if (++lines == 20) stop.request_stop();
    return {};
  };
  EXPECT_TRUE(write_live(generator, options.start, 1, sink, clock, stop.get_token()));
  EXPECT_EQ(lines, 20);
  std::string more;
  EXPECT_FALSE(generator.append_line(more));

  AuthlogGenerator other(options);
  const auto full = [](std::string_view) -> base::Result<void> {
    return base::failure(base::ErrorCode::unavailable, "the reader has gone");
  };
  EXPECT_EQ(write_live(other, options.start, 1, full, clock, {}).error().message,
            "the reader has gone");
}

// ---- Addresses and options ----

TEST(Addresses, AreNeverSharedAndNeverSpecial) {
  SeededRandom random(9);
  AddressSource source(9);
  std::set<base::IpAddress> networks;
  int v6 = 0;
  for (int i = 0; i < 200'000; ++i) {
    const base::IpAddress address = source.next(random);
    EXPECT_FALSE(address.is_special()) << base::format_ip(address);
    EXPECT_TRUE(networks.insert(AddressSource::network_of(address)).second)
        << base::format_ip(address);
    v6 += address.is_v4() ? 0 : 1;
  }
  EXPECT_NEAR(v6, 6'000, 600);
  const auto crowd = source.next_network(random, 50);
  EXPECT_EQ(std::set<base::IpAddress>(crowd.begin(), crowd.end()).size(), 50U);
  for (const base::IpAddress& address : crowd)
    EXPECT_EQ(AddressSource::network_of(address), AddressSource::network_of(crowd.front()));
  EXPECT_TRUE(networks.insert(AddressSource::network_of(crowd.front())).second);
}

TEST(SeededRandom, IsFair) {
  SeededRandom random(1);
  std::int64_t sum = 0, waits = 0;
  for (int i = 0; i < 100'000; ++i) {
    sum += random.between(-10, 10);
    waits += random.exponential(1'000'000);
  }
  EXPECT_NEAR(static_cast<double>(sum) / 100'000, 0, 0.1);
  EXPECT_NEAR(static_cast<double>(waits) / 1e11, 1.0, 0.02);
}

TEST(AuthlogOptions, ReadsWords) {
  EXPECT_EQ(parse_authlog_format("journal"), AuthlogFormat::journal);
  EXPECT_EQ(
      parse_authlog_format("rfc3393").error().message,
      "unknown format \"rfc3393\": it is one of rfc3164, rfc3339, journal (did you mean rfc3339?)");
  EXPECT_EQ(parse_sshd_naming("mixed"), SshdNaming::mixed);
  EXPECT_FALSE(parse_sshd_naming("dropbear"));
  EXPECT_EQ(parse_size_bytes("1GB"), 1'000'000'000U);
  EXPECT_EQ(parse_size_bytes("64 KiB"), 65'536U);
  EXPECT_EQ(parse_size_bytes("77"), 77U);
  for (const char* bad :
       {"", "GB", "-1", "0", "1.5GB", "1XB", "99999999999999999999", "18446744073709551615GB"})
    EXPECT_FALSE(parse_size_bytes(bad)) << bad;
  EXPECT_EQ(parse_zone_minutes("+02:00"), 120);
  EXPECT_EQ(parse_zone_minutes("-0330"), -210);
  EXPECT_EQ(parse_zone_minutes("utc"), 0);
  for (const char* bad : {"", "2", "+2", "+02:60", "+15:00", "02:00", "+02-00", "Europe/Berlin"})
    EXPECT_FALSE(parse_zone_minutes(bad)) << bad;
}

TEST(AuthlogOptions, AreChecked) {
  EXPECT_TRUE(check(options_of(1)));
  AuthlogOptions options = options_of(1);
  options.rate_lines_per_second = 0;
  EXPECT_EQ(check(options).error().message, "the rate is from 1 to 1,000,000 lines a second");
  options = options_of(1);
  options.hosts = {"web 1"};
  EXPECT_EQ(check(options).error().message, "\"web 1\" is not a host name");
  options.hosts.clear();
  EXPECT_FALSE(check(options));
  options = options_of(1);
  options.start = {};
  EXPECT_FALSE(check(options));
}

}  // namespace
}  // namespace vedette::simulate
