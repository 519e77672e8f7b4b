#include "detect/indicator_watch.h"

#include <gtest/gtest.h>

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::AlertChange;
using model::IndicatorMatch;
using model::ObservableType;
using model::ObservedOutcome;
using model::ObservedSide;
using model::Severity;

const Timestamp noon = *base::parse_iso("2026-06-01T12:00:00Z");

class IndicatorWatchTest : public testing::Test {
 protected:
  static IndicatorMatch event(std::int64_t second,
                              ObservedOutcome outcome = ObservedOutcome::log_in_failed) {
    IndicatorMatch made;
    made.event_id = 1'000 + static_cast<std::uint64_t>(second);
    made.time = noon + Duration::seconds(second);
    made.table = "ASimAuthenticationEventLogs";
    made.column = "SrcIpAddr";
    made.observed = {ObservableType::ipv4, "203.0.113.7"};
    made.side = ObservedSide::source;
    made.outcome = outcome;
    made.account = "root";
    made.host = "web1";
    made.service = "sshd";
    return made;
  }
  // What an event of a firewall says, going out.
  static IndicatorMatch connection(std::int64_t second, ObservedOutcome outcome) {
    IndicatorMatch made = event(second, outcome);
    made.table = "CommonSecurityLog";
    made.column = "DestinationIP";
    made.side = ObservedSide::destination;
    made.service = {};
    return made;
  }
  std::vector<ChangedAlert> see(const IndicatorMatch& event, int confidence = 100,
                                const char* value = "203.0.113.7",
                                const char* id = "indicator--1") {
    return see(watch, event, confidence, value, id);
  }
  static std::vector<ChangedAlert> see(IndicatorWatch& watch, IndicatorMatch match,
                                       int confidence = 100, const char* value = "203.0.113.7",
                                       const char* id = "indicator--1") {
    match.indicator = {id, "MISP", value, "scans SSH", confidence};
    std::vector<ChangedAlert> out;
    watch.run({&match, 1}, match.time, out);
    return out;
  }

  AllowList nobody;
  IndicatorWatch watch{{}, nobody};
};

TEST_F(IndicatorWatchTest, OneAlertAnIndicatorAndAddressWithItsReason) {
  const auto out = see(event(0));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].change, AlertChange::opened);
  const model::Alert& alert = out[0].alert;
  EXPECT_EQ(alert.rule, "indicator_match");
  EXPECT_EQ(alert.title, "SSH log-in from 203.0.113.7, an indicator of compromise");
  EXPECT_EQ(alert.severity, Severity::medium);
  EXPECT_EQ(alert.reasons,
            (std::vector<std::string>{"203.0.113.7 is an indicator of MISP with confidence 100",
                                      "it says: scans SSH", "indicator--1",
                                      "it logged in never and failed once"}));
  EXPECT_EQ(alert.techniques, std::vector<std::string>{"T1110"});
  ASSERT_EQ(alert.entities.size(), 3U);
  EXPECT_EQ(alert.entities[0], (model::Entity{model::EntityType::ip, "203.0.113.7"}));
}

TEST_F(IndicatorWatchTest, ASuccessIsGraveAndToldAtOnce) {
  (void)see(event(0));
  const auto out = see(event(1, ObservedOutcome::log_in_succeeded));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].change, AlertChange::updated);
  EXPECT_EQ(out[0].alert.severity, Severity::high);
  EXPECT_EQ(out[0].alert.techniques, (std::vector<std::string>{"T1078", "T1110"}));
  EXPECT_EQ(out[0].alert.reasons.back(), "it logged in once and failed once");
}

TEST_F(IndicatorWatchTest, AThousandEventsAreOneAlertWithItsCount) {
  std::size_t told = 0;
  for (int i = 0; i < 1'000; ++i) told += see(event(i)).size();
  EXPECT_EQ(told, 10U);  // opened, and each doubling
  std::vector<ChangedAlert> out;
  watch.advance(noon + Duration::hours(25), noon, out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].change, AlertChange::closed);
  EXPECT_EQ(out[0].alert.event_count, 1'000U);
  EXPECT_EQ(watch.open_alerts(), 0U);
}

TEST_F(IndicatorWatchTest, AnotherWindowIsAnotherAlert) {
  const auto first = see(event(0));
  const auto second = see(event(25 * 3600));
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].change, AlertChange::closed);
  EXPECT_EQ(second[0].alert.id, first[0].alert.id);
  EXPECT_EQ(second[1].change, AlertChange::opened);
  EXPECT_NE(second[1].alert.id, first[0].alert.id);
}

TEST_F(IndicatorWatchTest, IndicatorsAreToldApart) {
  (void)see(event(0));
  const auto out = see(event(1), 100, "203.0.113.0/24", "indicator--2");
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].change, AlertChange::opened);
  EXPECT_EQ(out[0].alert.reasons[0],
            "203.0.113.7 is in 203.0.113.0/24, an indicator of MISP with confidence 100");
}

TEST_F(IndicatorWatchTest, BelowTheConfidenceItIsOnlyRecorded) {
  EXPECT_EQ(see(event(0), 99)[0].alert.severity, Severity::informational);
  IndicatorWatch lower({.alert_confidence = 50}, nobody);
  EXPECT_EQ(see(lower, event(0), 50)[0].alert.severity, Severity::medium);
  EXPECT_EQ(see(lower, event(0), 49, "203.0.113.7", "indicator--2")[0].alert.severity,
            Severity::informational);
}

TEST_F(IndicatorWatchTest, ARecordThatComesAgainCountsOnce) {
  (void)see(event(0));
  EXPECT_TRUE(see(event(0)).empty());
  EXPECT_EQ(see(event(1))[0].alert.event_count, 2U);
}

TEST_F(IndicatorWatchTest, GoesOnOverARestart) {
  (void)see(event(0));
  std::string blob;
  BlobWriter writer(blob);
  watch.save(writer);
  IndicatorWatch again({}, nobody);
  BlobReader reader(blob);
  again.restore(reader);
  ASSERT_TRUE(reader.good() && reader.at_end());
  const auto here = see(event(1)), there = see(again, event(1));
  ASSERT_EQ(here.size(), 1U);
  ASSERT_EQ(there.size(), 1U);
  EXPECT_EQ(here[0].alert, there[0].alert);
}

TEST_F(IndicatorWatchTest, WhatIsNoLogInSaysWhereItWasSeen) {
  const auto out = see(connection(0, ObservedOutcome::unknown));
  ASSERT_EQ(out.size(), 1U);
  const model::Alert& alert = out[0].alert;
  EXPECT_EQ(alert.title, "Event to 203.0.113.7, an indicator of compromise, in CommonSecurityLog");
  EXPECT_EQ(alert.reasons.back(), "seen in CommonSecurityLog.DestinationIP");
  EXPECT_EQ(alert.techniques, std::vector<std::string>{"T1071"});
  EXPECT_EQ(alert.severity, Severity::medium);
}

TEST_F(IndicatorWatchTest, WhatWasBlockedIsLessGraveThanWhatWasNot) {
  EXPECT_EQ(see(connection(0, ObservedOutcome::blocked))[0].alert.severity, Severity::low);
  const auto out = see(connection(1, ObservedOutcome::unknown));
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].alert.severity, Severity::medium);
}

TEST_F(IndicatorWatchTest, ScansThatWereKeptOutAreRecordedAndNobodyIsTold) {
  IndicatorMatch scan = connection(0, ObservedOutcome::blocked);
  scan.side = ObservedSide::source;
  EXPECT_EQ(see(scan)[0].alert.severity, Severity::informational);
  scan.event_id = 7;
  scan.outcome = ObservedOutcome::unknown;
  EXPECT_EQ(see(scan)[0].alert.severity, Severity::medium) << "one came through";
}

TEST_F(IndicatorWatchTest, NamesAndHashesAreEntitiesOfTheirKind) {
  IndicatorMatch match = connection(0, ObservedOutcome::unknown);
  match.observed = {ObservableType::domain, "mail.evil.example"};
  const auto out = see(match, 100, "evil.example");
  EXPECT_EQ(out[0].alert.entities[0],
            (model::Entity{model::EntityType::host, "mail.evil.example"}));
  EXPECT_EQ(out[0].alert.reasons[0],
            "mail.evil.example is in evil.example, an indicator of MISP with confidence 100");
  match.observed = {ObservableType::md5, "d41d8cd98f00b204e9800998ecf8427e"};
  EXPECT_EQ(see(match)[0].alert.entities[0].type, model::EntityType::file);
}

TEST_F(IndicatorWatchTest, EachSourceMayHaveItsConfidence) {
  IndicatorWatch own({.alert_confidence = 100, .confidence_of = {{"MISP", 60}}}, nobody);
  EXPECT_EQ(see(own, event(0), 60)[0].alert.severity, Severity::medium);
  EXPECT_EQ(see(own, event(1), 59, "203.0.113.7", "indicator--2")[0].alert.severity,
            Severity::informational);
}

TEST_F(IndicatorWatchTest, TheSameWindowIsTheSameAlertWhicheverEventCameFirst) {
  IndicatorWatch other({}, nobody);
  EXPECT_EQ(see(event(5))[0].alert.id, see(other, event(9))[0].alert.id);
}

TEST_F(IndicatorWatchTest, OurOwnTimeClosesWindowsWhenEventsTellNone) {
  (void)see(event(0));
  std::vector<ChangedAlert> out;
  watch.advance({}, noon + Duration::hours(23), out);
  EXPECT_TRUE(out.empty());
  watch.advance({}, noon + Duration::hours(25), out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].change, AlertChange::closed);
}

TEST_F(IndicatorWatchTest, WhatWasSeenBeforeItWasKnownIsOneAlertInThePast) {
  PastMatch log_in{event(0), noon + Duration::hours(1)};
  log_in.match.event_count = 5;
  PastMatch packet{connection(-60, ObservedOutcome::unknown), noon};
  for (PastMatch* each : {&log_in, &packet})
    each->match.indicator = {"indicator--1", "MISP", "203.0.113.7", "", 100};
  const std::vector<PastMatch> both{log_in, packet};
  const model::Alert alert = past_alert({}, both, noon + Duration::hours(48));
  EXPECT_EQ(alert.rule, "indicator_past");
  EXPECT_EQ(alert.first_event, noon - Duration::seconds(60));
  EXPECT_EQ(alert.last_event, noon + Duration::hours(1));
  EXPECT_EQ(alert.event_count, 6U);
  EXPECT_EQ(alert.severity, Severity::medium);
  EXPECT_TRUE(alert.momentary);
  EXPECT_EQ(alert.reasons[0], "found in what is stored, when the indicator came");
  EXPECT_EQ(past_alert({}, both, noon).id, alert.id) << "whenever it is looked for";
}

TEST_F(IndicatorWatchTest, SettingsHaveTheirRanges) {
  EXPECT_FALSE(check(IndicatorSettings{.confidence_of = {{"MISP", 101}}}));
  EXPECT_TRUE(check(IndicatorSettings{}));
  EXPECT_FALSE(check(IndicatorSettings{.alert_confidence = 101}));
  EXPECT_FALSE(check(IndicatorSettings{.window = Duration::seconds(1)}));
}

}  // namespace
}  // namespace vedette::detect
