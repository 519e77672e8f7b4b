#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>

#include "base/hash.h"
#include "base/json.h"
#include "detect/login_detectors.h"

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::AuthEvent;
using model::Evidence;

const Timestamp start = *base::parse_iso("2026-06-01T10:00:00Z");

// Traffic of many visitors and few attackers, with sessions, names in place of addresses, log-ins
// and pauses in which attacks end.
struct Traffic {
  std::deque<std::string> texts;  // what the events' views point into
  std::vector<AuthEvent> events;

  explicit Traffic(unsigned seed, int count = 3'000) {
    std::mt19937 random(seed);
    double seconds = 0;
    for (int i = 0; i < count; ++i) {
      seconds += random() % 200 == 0 ? 595 + random() % 20 : (random() % 300) / 100.0;
      AuthEvent event;
      event.time = start + Duration{static_cast<std::int64_t>(seconds * base::ticks_per_second)};
      event.id = base::hash_words(seed, static_cast<std::uint64_t>(i)) | 1;
      const auto host = random() % 3 == 0 ? random() : random() % 6;
      event.address =
          base::IpAddress::from_v4(0x0808'0000U + static_cast<std::uint32_t>(host) % 60'000);
      event.user = texts.emplace_back("user" + std::to_string(random() % 12));
      event.user_hash = base::hash_bytes(event.user);
      event.host = random() % 2 == 0 ? "web" : "mail";
      event.host_hash = base::hash_bytes(event.host);
      event.service = "sshd";
      event.result = random() % 15 == 0 ? model::AuthResult::success : model::AuthResult::failure;
      event.user_exists = random() % 2 == 0;
      event.count = random() % 20 == 0 ? 4 : 1;
      if (random() % 2 == 0) {
        event.session = random() % 9 + 1;
        event.evidence = static_cast<Evidence>(1 + random() % 6);
        event.port = static_cast<std::uint16_t>(random() % 3);
      }
      if (random() % 10 == 0) {
        event.source_host = texts.emplace_back("h" + std::to_string(random() % 5) + ".example.org");
        event.address = {};
      }
      events.push_back(event);
    }
  }
};

std::string line_of(const ChangedAlert& changed) {
  base::JsonWriter writer;
  model::append_json(writer, changed.alert, &changed.change);
  return writer.take();
}

// One run in steps of uneven size; before each place of `cuts` the detectors are saved, thrown away
// and made anew.
struct CutRun {
  std::vector<std::string> lines;
  LoginCounts counts;
  ArrivalCounts arrivals;
  std::uint64_t evicted = 0;
  std::size_t largest_blob_bytes = 0;

  CutRun(const std::vector<AuthEvent>& events, const LoginSettings& settings,
         std::vector<std::size_t> cuts) {
    const AllowList allow;
    auto detectors = std::make_unique<LoginDetectors>(settings, allow);
    std::vector<ChangedAlert> changes;
    std::ranges::sort(cuts);
    cuts.push_back(events.size());
    std::size_t done = 0;
    for (const std::size_t cut : cuts) {
      detectors->run(std::span(events).subspan(done, cut - done), start, changes);
      done = cut;
      if (done == events.size()) break;
      std::string blob = "x";  // it is appended
      detectors->save(blob);
      largest_blob_bytes = std::max(largest_blob_bytes, blob.size());
      LoginSettings other_seed = settings;
      other_seed.seed = settings.seed + cut;
      detectors = std::make_unique<LoginDetectors>(other_seed, allow);
      const auto restored = detectors->restore(std::string_view(blob).substr(1));
      EXPECT_TRUE(restored) << restored.error().message;
    }
    detectors->advance(events.back().time + Duration::seconds(1), start, changes);
    detectors->finish(start, changes);
    EXPECT_EQ(detectors->open_alerts(), 0U);
    for (const auto& changed : changes) lines.push_back(line_of(changed));
    counts = detectors->counts();
    arrivals = detectors->arrivals();
    evicted = detectors->evicted();
  }
};

void expect_same(const CutRun& cut, const CutRun& uncut) {
  EXPECT_EQ(cut.lines, uncut.lines);
  EXPECT_EQ(cut.counts.failures, uncut.counts.failures);
  EXPECT_EQ(cut.counts.same_attempt, uncut.counts.same_attempt);
  EXPECT_EQ(cut.evicted, uncut.evicted);
}

// Cuts at the multiples of the steps that `run` takes anyway: with a lateness, what is told at once
// depends on how many events come together.
std::vector<std::size_t> random_cuts(std::mt19937& random, std::size_t count, std::size_t step) {
  std::vector<std::size_t> cuts;
  for (int i = 0; i < 8; ++i) cuts.push_back(random() % (count / step) * step);
  return cuts;
}

TEST(LoginCheckpoint, GoesOnAsIfNothingHadHappened) {
  std::size_t changes = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    const Traffic traffic(seed);
    LoginSettings settings;
    settings.seed = seed;
    const CutRun uncut(traffic.events, settings, {});
    const CutRun cut(traffic.events, settings, random_cuts(random, traffic.events.size(), 1));
    expect_same(cut, uncut);
    changes += uncut.lines.size();
  }
  EXPECT_GT(changes, 500U);
}

TEST(LoginCheckpoint, AlsoWhileEventsMayBeTakenBack) {
  std::size_t changes = 0;
  std::uint64_t late = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    Traffic traffic(seed, 2'560);
    std::vector<std::pair<Timestamp, AuthEvent>> arrivals;
    for (const auto& event : traffic.events)
      arrivals.emplace_back(event.time + Duration::milliseconds(random() % 29'000), event);
    std::ranges::stable_sort(arrivals, {}, &std::pair<Timestamp, AuthEvent>::first);
    std::vector<AuthEvent> shuffled;
    for (const auto& [arrival, event] : arrivals) shuffled.push_back(event);
    LoginSettings settings;
    settings.lateness = Duration::seconds(30);
    settings.user_attempts = 6;
    settings.user_addresses = 3;
    const CutRun uncut(shuffled, settings, {});
    const CutRun cut(shuffled, settings, random_cuts(random, shuffled.size(), 512));
    expect_same(cut, uncut);
    changes += uncut.lines.size();
    late += cut.arrivals.late;
    EXPECT_EQ(cut.arrivals.late, uncut.arrivals.late);
  }
  EXPECT_GT(changes, 500U);
  EXPECT_GT(late, 1'000U);
}

// Full tables: which record leaves is the same too.
TEST(LoginCheckpoint, FullTablesStayTheSame) {
  std::vector<AuthEvent> events;
  for (std::uint32_t i = 0; i < 250'000; ++i) {
    AuthEvent event;
    event.time = start + Duration::milliseconds(i);
    event.id = i + 1;
    event.address = base::IpAddress::from_v4(0x0B00'0000U + i % 125'000 * 256);
    event.user_exists = false;
    event.session = i + 1;
    event.evidence = Evidence::failed_line;
    events.push_back(event);
  }
  const CutRun uncut(events, {}, {});
  const CutRun cut(events, {}, {120'000, 200'000});
  expect_same(cut, uncut);
  EXPECT_GT(uncut.evicted, 10'000U);
  EXPECT_LT(cut.largest_blob_bytes, 60'000'000U);
}

TEST(LoginCheckpoint, RefusesWhatDoesNotFitInWords) {
  const AllowList allow;
  const Traffic traffic(1);
  std::vector<ChangedAlert> changes;
  LoginDetectors saved({}, allow);
  saved.run(traffic.events, start, changes);
  std::string blob;
  saved.save(blob);
  const auto refusal = [&](std::string_view bytes, const LoginSettings& settings = {}) {
    LoginDetectors fresh(settings, allow);
    const auto restored = fresh.restore(bytes);
    return restored ? std::string("accepted") : restored.error().message;
  };
  const std::string prefix = "the saved state of the detectors cannot be used: ";
  EXPECT_EQ(refusal(blob), "accepted");
  EXPECT_EQ(refusal(""), prefix + "it is empty");
  EXPECT_EQ(refusal(blob.substr(0, 9)), prefix + "it is cut off");
  EXPECT_EQ(refusal("\x7F" + blob.substr(1)),
            prefix + "it was written by another version of Vedette");
  LoginSettings other;
  other.attempts = 4;
  EXPECT_EQ(refusal(blob, other),
            prefix + "it was made with other settings (thresholds, windows, limits)");
  for (const std::size_t at : {std::size_t{20}, blob.size() / 2, blob.size() - 1}) {
    std::string damaged = blob;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_EQ(refusal(damaged), prefix + "its checksum is wrong, so it is damaged");
  }
  EXPECT_EQ(refusal(blob.substr(0, blob.size() - 1)),
            prefix + "its checksum is wrong, so it is damaged");
}

// Who was put on the allow list while the program was down is allowed from then on.
TEST(LoginCheckpoint, ThePresentAllowListCounts) {
  const auto failure = [](std::uint64_t id) {
    AuthEvent event;
    event.time = start + Duration::seconds(static_cast<std::int64_t>(id));
    event.id = id;
    event.address = *base::parse_ip("8.8.8.8");
    return event;
  };
  AllowList nobody, somebody;
  ASSERT_TRUE(somebody.add(*parse_allow_entry("8.8.8.0/24")));
  std::vector<ChangedAlert> changes;
  LoginDetectors before({}, nobody);
  for (std::uint64_t id = 1; id <= 2; ++id) {
    const AuthEvent event = failure(id);
    before.run({&event, 1}, start, changes);
  }
  std::string blob;
  before.save(blob);
  LoginDetectors after({}, somebody);
  ASSERT_TRUE(after.restore(blob));
  const AuthEvent event = failure(3);
  after.run({&event, 1}, start, changes);
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(after.counts().allowed, 1U);
}

}  // namespace
}  // namespace vedette::detect
