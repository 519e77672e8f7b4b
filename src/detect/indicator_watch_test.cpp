#include "detect/indicator_watch.h"

#include <gtest/gtest.h>

namespace vedette::detect {
namespace {

using base::Duration;
using base::Timestamp;
using model::AlertChange;
using model::AuthEvent;
using model::AuthResult;
using model::Severity;

const Timestamp noon = *base::parse_iso("2026-06-01T12:00:00Z");

class IndicatorWatchTest : public testing::Test {
 protected:
  AuthEvent event(std::int64_t second, AuthResult result = AuthResult::failure) const {
    AuthEvent made;
    made.time = noon + Duration::seconds(second);
    made.id = 1'000 + static_cast<std::uint64_t>(second);
    made.address = *base::parse_ip("203.0.113.7");
    made.user = "root";
    made.host = "web1";
    made.service = "sshd";
    made.result = result;
    return made;
  }
  std::vector<ChangedAlert> see(const AuthEvent& event, int confidence = 100,
                                const char* value = "203.0.113.7",
                                const char* id = "indicator--1") {
    return see(watch, event, confidence, value, id);
  }
  static std::vector<ChangedAlert> see(IndicatorWatch& watch, const AuthEvent& event,
                                       int confidence = 100, const char* value = "203.0.113.7",
                                       const char* id = "indicator--1") {
    const IndicatorMatch match{
        &event, event.address, true, {id, "MISP", value, "scans SSH", confidence}};
    std::vector<ChangedAlert> out;
    watch.run({&match, 1}, event.time, out);
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
  const auto out = see(event(1, AuthResult::success));
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

TEST_F(IndicatorWatchTest, SettingsHaveTheirRanges) {
  EXPECT_TRUE(check(IndicatorSettings{}));
  EXPECT_FALSE(check(IndicatorSettings{.alert_confidence = 101}));
  EXPECT_FALSE(check(IndicatorSettings{.window = Duration::seconds(1)}));
}

}  // namespace
}  // namespace vedette::detect
