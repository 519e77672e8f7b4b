#include "respond/deadline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "base/build_kind.h"
#include "respond/policy_match.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::Timestamp;
using model::ActionMode;
using model::IncidentStatus;
using model::Toucher;

constexpr Timestamp created = Timestamp::from_unix_seconds(1'780'272'000);  // 2026-06-01

Timestamp hour(double hours) {
  return created + Duration::seconds(static_cast<std::int64_t>(hours * 3600));
}

const Policy& phishing() {
  static const Policy policy = *read_policy(shipped_policies()[0].text, "credential-phishing.yaml");
  return policy;
}

model::ArmedPolicy armed_at(Timestamp when, ActionMode mode = ActionMode::automatic) {
  return {phishing().name, phishing().hash, mode, when, "anna"};
}

model::Incident incident_of() {
  model::Incident incident;
  incident.number = 12;
  incident.identity = 5;
  incident.title = "Credential phishing mail";
  incident.severity = model::Severity::medium;
  incident.created = incident.updated = created;
  incident.first_event = incident.last_event = created - Duration::minutes(20);
  model::IncidentOrigin& origin = incident.origin.emplace();
  origin.provider = "Microsoft Sentinel";
  origin.number = "3005";
  origin.status = "New";
  origin.created = origin.changed = origin.lineage_created = created;
  origin.accounts = {{"11111111-1111-4111-8111-111111111111", "bo@contoso.com", ""}};
  origin.entities = {{"Account", "bo@contoso.com"}};
  return incident;
}

// A case that is looked at again and again.
class Clock {
 public:
  explicit Clock(Timestamp armed = created - Duration::hours(24 * 30),
                 ActionMode mode = ActionMode::automatic)
      : armed_(armed_at(armed, mode)) {}

  // What was said at that look: "detected@0 "; "LOCK" where it is time.
  std::string look(Timestamp now) {
    if (!begun_) case_ = open_case(phishing(), armed_, incident, "because", now);
    begun_ = true;
    const CaseMove move = advance(case_, phishing(), armed_, incident, now);
    case_ = move.after;
    std::string said;
    for (const Saying& saying : move.sayings) {
      static constexpr std::array<std::string_view, 6> names{"detected", "warning", "escalated",
                                                             "unclear",  "lost",    "nobody"};
      said += std::string(names.at(static_cast<std::size_t>(saying.word)));
      said += saying.word == CaseWord::warning
                  ? std::to_string(phishing().steps[saying.step].after.whole_seconds() / 3600) + " "
                  : " ";
    }
    if (!move.acting.empty()) said += "LOCK ";
    return said;
  }
  std::string look_hourly(double from, double to) {
    std::string all;
    for (double at = from; at <= to; at += 1) all += look(hour(at));
    return all;
  }

  model::Incident incident = incident_of();
  [[nodiscard]] const model::PolicyCase& of() const { return case_; }
  model::PolicyCase& of() { return case_; }
  model::ArmedPolicy& armed() { return armed_; }

 private:
  model::ArmedPolicy armed_;
  model::PolicyCase case_;
  bool begun_ = false;
};

TEST(Deadline, ToTheHourOfJobS1) {
  Clock clock;
  EXPECT_EQ(clock.look(hour(0.1)), "detected ");
  EXPECT_EQ(clock.look_hourly(1, 71), "");
  EXPECT_EQ(clock.look(hour(72)), "warning72 ");
  EXPECT_EQ(clock.look_hourly(73, 95), "");
  EXPECT_EQ(clock.look(hour(96)), "warning96 ");
  EXPECT_EQ(clock.look(hour(119)), "warning119 ");
  EXPECT_EQ(clock.look(hour(119.99)), "");
  EXPECT_EQ(clock.look(hour(120)), "LOCK ");
}

struct Touch {
  std::string_view name;
  void (*change)(model::Incident& incident);
  std::string_view said;  // from 50 h to 130 h
};

class Touches : public testing::TestWithParam<Touch> {};

TEST_P(Touches, StopsTheClockOrNot) {
  Clock clock;
  clock.look_hourly(0, 49);
  GetParam().change(clock.incident);
  EXPECT_EQ(clock.look_hourly(50, 130), GetParam().said);
}

constexpr std::string_view goes_on =
    "warning72 warning96 warning119 LOCK LOCK LOCK LOCK LOCK LOCK LOCK LOCK LOCK LOCK LOCK ";

INSTANTIATE_TEST_SUITE_P(
    All, Touches,
    testing::Values(
        Touch{"Nothing", [](model::Incident&) {}, goes_on},
        Touch{"APersonHere", [](model::Incident& i) { i.acknowledged = hour(49.5); }, ""},
        Touch{"APersonThere",
              [](model::Incident& i) {
                i.origin->touched_by = Toucher::person;
                i.acknowledged = hour(49.5);
              },
              ""},
        Touch{"AnAutomation",
              [](model::Incident& i) { i.origin->touched_by = Toucher::automation; }, goes_on},
        Touch{"WhoKnows", [](model::Incident& i) { i.origin->touched_by = Toucher::unclear; },
              "unclear "},
        Touch{"ARename", [](model::Incident& i) { i.title = i.origin->title = "Something else"; },
              goes_on},
        Touch{"ALabelTakenAway", [](model::Incident& i) { i.origin->labels.clear(); }, goes_on},
        Touch{"AClose", [](model::Incident& i) { i.status = IncidentStatus::closed; }, ""},
        Touch{"AMergeKnown",
              [](model::Incident& i) {
                i.status = IncidentStatus::closed;
                i.merged_into = 13;
              },
              ""},
        Touch{"AMergeIntoNobody",
              [](model::Incident& i) {
                i.status = IncidentStatus::closed;
                i.origin->labels = {"Redirected"};
                i.updated = hour(50);
              },
              "lost "},
        Touch{"AnAlertMore", [](model::Incident& i) { i.last_event = hour(49); }, goes_on}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Deadline, ArmingWithOldIncidentsBeginsTheirClockThen) {
  for (const double age : {0.0, 100.0, 119.9, 120.0, 121.0, 1'000.0, 10'000.0}) {
    const Timestamp armed = hour(age);
    Clock clock(armed);
    EXPECT_EQ(clock.look(armed), "detected ") << age;
    EXPECT_EQ(clock.look(armed + Duration::hours(71)), "") << age;
    EXPECT_EQ(clock.look(armed + Duration::hours(119)), "warning119 ") << age;
    EXPECT_EQ(clock.look(armed + Duration::hours(120)), "LOCK ") << age;
  }
}

TEST(Deadline, AfterAnOutageNobodyIsLockedUnwarned) {
  Clock away_before_the_warnings;
  EXPECT_EQ(away_before_the_warnings.look(hour(0)), "detected ");
  EXPECT_EQ(away_before_the_warnings.look(hour(200)), "warning119 ") << "only the one that is true";
  EXPECT_EQ(away_before_the_warnings.look(hour(200.9)), "");
  EXPECT_EQ(away_before_the_warnings.look(hour(201)), "LOCK ");

  Clock away_from_the_beginning;
  EXPECT_EQ(away_from_the_beginning.look(hour(200)), "detected warning119 ");
  EXPECT_EQ(away_from_the_beginning.look(hour(201)), "") << "the least notice is a day";
  EXPECT_EQ(away_from_the_beginning.look(hour(223.9)), "");
  EXPECT_EQ(away_from_the_beginning.look(hour(224)), "LOCK ");

  Clock away_at_the_end;
  away_at_the_end.look_hourly(0, 119);
  EXPECT_EQ(away_at_the_end.look(hour(180)), "LOCK ");
}

TEST(Deadline, AReopenedIncidentHasANewClock) {
  Clock clock;
  clock.look_hourly(0, 100);
  clock.incident.status = IncidentStatus::closed;
  EXPECT_EQ(clock.look_hourly(101, 400), "");
  clock.incident.status = IncidentStatus::active;
  clock.incident.reopened = hour(400.5);
  EXPECT_EQ(clock.look(hour(401)), "detected ");
  EXPECT_EQ(clock.look_hourly(402, 472), "");
  EXPECT_EQ(clock.look_hourly(473, 520), "warning72 warning96 warning119 ");
  EXPECT_EQ(clock.look(hour(520.9)), "") << "the last warning is to be an hour old";
  EXPECT_EQ(clock.look(hour(521)), "LOCK ");
  EXPECT_EQ(clock.of().episode, 2U);
}

TEST(Deadline, ClosedAndReopenedBetweenTwoLooksIsANewClockToo) {
  Clock clock;
  clock.look_hourly(0, 119);
  clock.incident.reopened = hour(119.5);
  EXPECT_EQ(clock.look(hour(120)), "detected ");
  EXPECT_EQ(clock.look(hour(150)), "");
}

TEST(Deadline, ATouchFromBeforeTheReopeningDoesNotCount) {
  Clock clock;
  clock.look_hourly(0, 10);
  clock.incident.acknowledged = hour(11);
  EXPECT_EQ(clock.look(hour(12)), "");
  clock.incident.reopened = hour(20);
  EXPECT_EQ(clock.look(hour(21)), "detected ");
  clock.incident.acknowledged = hour(22);
  EXPECT_EQ(clock.look_hourly(23, 300), "");
}

TEST(Deadline, AMergeKeepsTheEarliestDate) {
  Clock clock;
  clock.incident.origin->created = clock.incident.origin->lineage_created = hour(60);
  clock.look(hour(60));
  EXPECT_EQ(clock.look(hour(121)), "");
  clock.incident.origin->lineage_created = created;
  EXPECT_EQ(clock.look(hour(121.5)), "warning119 ");
  EXPECT_EQ(clock.look(hour(122.5)), "LOCK ");
}

TEST(Deadline, AClockThatWasSetBackAsks) {
  Clock clock;
  clock.look(hour(50));
  clock.look(hour(72));
  clock.look(hour(60));
  EXPECT_NE(clock.of().ask_why.find("set back"), std::string::npos);
  EXPECT_EQ(acting_mode(phishing(), clock.armed(), clock.of(), clock.incident).mode,
            ActionMode::propose);
}

TEST(Deadline, WhenAPersonIsAskedFirst) {
  const Policy twill = *read_policy(shipped_policies()[1].text, "twill.yaml");
  const model::PolicyCase of;
  model::Incident incident = incident_of();
  const auto mode = [&](const Policy& policy, ActionMode armed) {
    return acting_mode(policy, armed_at(created, armed), of, incident).mode;
  };
  EXPECT_EQ(mode(phishing(), ActionMode::automatic), ActionMode::automatic);
  EXPECT_EQ(mode(phishing(), ActionMode::propose), ActionMode::propose);
  EXPECT_EQ(mode(phishing(), ActionMode::dry_run), ActionMode::dry_run);
  EXPECT_EQ(mode(twill, ActionMode::automatic), ActionMode::automatic);
  incident.origin->entities.push_back({"Host", "ws-17"});
  EXPECT_EQ(mode(phishing(), ActionMode::automatic), ActionMode::automatic);
  EXPECT_EQ(mode(twill, ActionMode::automatic), ActionMode::propose) << "it is about a machine";
  EXPECT_EQ(mode(twill, ActionMode::dry_run), ActionMode::dry_run);
  for (int i = 0; i < 5; ++i)
    incident.origin->accounts.push_back({"", "user" + std::to_string(i) + "@contoso.com", ""});
  EXPECT_EQ(mode(phishing(), ActionMode::automatic), ActionMode::propose) << "six accounts";
}

TEST(IncidentEvidence, WhatALockRestsOnMustStillBeThere) {
  model::IncidentOrigin known;
  known.alert_ids = {"a1", "a2"};
  known.accounts = {{"1111", "bo@contoso.com", ""}};
  model::IncidentOrigin now = known;
  EXPECT_EQ(missing_evidence(known, now), "");
  now.alert_ids = {"a1"};
  now.accounts.push_back({"2222", "carl@contoso.com", ""});
  EXPECT_EQ(missing_evidence(known, now), "") << "an alert that joined another, an account more";
  now.alert_ids.clear();
  EXPECT_EQ(missing_evidence(known, now), "it has no alert any more");
  now = known;
  now.accounts = {{"2222", "carl@contoso.com", ""}};
  EXPECT_NE(missing_evidence(known, now).find("does not name bo@contoso.com"), std::string::npos)
      << missing_evidence(known, now);
}

// --- random histories ----------------------------------------------------------------------------

struct History {
  std::mt19937_64 random;
  Clock clock;
  Timestamp now = created;
  bool locked = false;

  explicit History(std::uint64_t seed)
      : random(seed),
        clock(created + Duration::hours(static_cast<std::int64_t>(seed % 400) - 200)) {}
  std::uint64_t below(std::uint64_t n) { return random() % n; }

  void happen() {
    model::Incident& incident = clock.incident;
    const bool is_open = incident.status != IncidentStatus::closed;
    switch (below(40)) {
      case 0:
        if (!is_open) break;
        incident.acknowledged = now;
        incident.origin->touched_by = Toucher::person;
        break;
      case 1:
        if (!is_open || incident.origin->touched_by == Toucher::person) break;
        incident.origin->touched_by = Toucher::unclear;
        break;
      case 2:
      case 3:
        if (incident.origin->touched_by == Toucher::nobody)
          incident.origin->touched_by = Toucher::automation;
        break;
      case 4:
        if (is_open) incident.status = IncidentStatus::closed;
        break;
      case 5:
      case 6:
        if (is_open) break;
        incident.status = IncidentStatus::new_incident;
        incident.reopened = now;
        incident.acknowledged = {};
        incident.origin->touched_by = Toucher::nobody;
        break;
      case 7:
        incident.title = incident.origin->title = "renamed " + std::to_string(below(100));
        break;
      case 8:
        incident.origin->lineage_created =
            std::min(incident.origin->lineage_created,
                     created - Duration::hours(static_cast<std::int64_t>(below(300))));
        break;
      case 9:
        clock.armed().armed = now;
        break;
      default:
        break;
    }
  }
};

// No lock: while a person's touch stands, while it cannot be told who touched it, on a closed
// incident, before a warning is an hour old, before a day after the first message, before 120 h of
// the beginning that anybody can name.
constexpr std::uint64_t histories = base::is_fast ? 250'000 : 15'000;  // for each of four parts

class DeadlineHistories : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DeadlineHistories, NoneLocksBeforeItsConditions) {
  std::uint64_t locks = 0;
  for (std::uint64_t i = 0; i < histories; ++i) {
    const std::uint64_t seed = GetParam() * histories + i;
    History history(seed);
    for (int look = 0; look < 60 && !history.locked; ++look) {
      const double away = history.below(10) == 0 ? 100.0 : 8.0;
      history.now =
          history.now + Duration::seconds(1 + static_cast<std::int64_t>(history.below(
                                                  static_cast<std::uint64_t>(away * 3600))));
      history.happen();
      Clock& clock = history.clock;
      if (history.now < clock.armed().armed) continue;
      const std::string said = clock.look(history.now);
      if (said.find("LOCK") == std::string::npos) continue;
      history.locked = true;
      ++locks;
      const model::Incident& incident = clock.incident;
      const model::PolicyCase& of = clock.of();
      const auto since = [&](Timestamp moment) { return history.now - moment; };
      ASSERT_NE(incident.status, IncidentStatus::closed) << seed;
      ASSERT_LT(static_cast<int>(incident.origin->touched_by), static_cast<int>(Toucher::unclear))
          << seed;
      ASSERT_FALSE(incident.acknowledged.is_set()) << seed;
      ASSERT_TRUE(of.first_told.is_set() && of.last_warned.is_set()) << seed;
      ASSERT_GE(since(of.first_told), Duration::hours(24)) << seed;
      ASSERT_GE(since(of.last_warned), Duration::hours(1)) << seed;
      ASSERT_GE(since(clock.armed().armed), Duration::hours(120)) << seed;
      ASSERT_GE(
          since(incident.reopened.is_set() ? incident.reopened : incident.origin->lineage_created),
          Duration::hours(120))
          << seed;
      ASSERT_GE(of.first_told, of.matched) << seed;
    }
  }
  EXPECT_GE(locks, histories / 10) << "most histories must come near what they are about";
}
INSTANTIATE_TEST_SUITE_P(Parts, DeadlineHistories, testing::Range<std::uint64_t>(0, 4));

}  // namespace
}  // namespace vedette::respond
