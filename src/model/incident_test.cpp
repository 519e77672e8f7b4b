#include "model/incident.h"

#include <gtest/gtest.h>

#include <random>

#include "base/json.h"
#include "fakes/hostile_strings.h"
#include "fakes/sample_alert.h"
#include "model/alert_record.h"

namespace vedette::model {
namespace {

TEST(AlertRecord, KeepsEveryField) {
  Alert alert = fakes::sample_alert(0xFEDC'BA98'7654'3210);
  alert.status = AlertStatus::withdrawn;
  alert.closed = *base::parse_iso("2026-06-01T09:00:00.1234567Z");
  alert.merged_into = UINT64_MAX;
  alert.event_count = UINT64_MAX;
  alert.location.has_coordinates = true;
  alert.location.latitude = 50.11222;
  alert.location.longitude = -8.683417;
  EXPECT_EQ(*read_alert(write_alert(alert)), alert);
  EXPECT_EQ(*read_alert(write_alert(Alert())), Alert());
}

TEST(AlertRecord, KeepsEveryHostileText) {
  for (const auto& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    if (text.size() > 1024) continue;  // an incident's alerts are cut before they are kept
    const Alert alert = fakes::hostile_alert(text);
    const auto read = read_alert(write_alert(alert));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, alert);
  }
}

std::string random_text(std::mt19937_64& random) {
  std::string text;
  for (std::uint64_t i = random() % 30; i > 0; --i)
    text.push_back(static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26));
  return text;
}

Alert random_alert(std::mt19937_64& random) {
  Alert alert;
  alert.id = random();
  alert.rule = random_text(random);
  alert.title = random_text(random);
  alert.severity = static_cast<Severity>(random() % 4);
  alert.status = static_cast<AlertStatus>(random() % 3);
  for (std::uint64_t i = random() % 5; i > 0; --i)
    alert.entities.push_back({static_cast<EntityType>(random() % 5), random_text(random)});
  alert.first_event.ticks = static_cast<std::int64_t>(random());
  alert.last_event.ticks = static_cast<std::int64_t>(random());
  alert.event_count = random();
  for (std::uint64_t i = random() % 5; i > 0; --i) alert.event_ids.push_back(random());
  alert.location.country = random_text(random);
  alert.location.city = random_text(random);
  alert.location.autonomous_system = static_cast<std::uint32_t>(random());
  alert.location.has_coordinates = random() % 2 == 0;
  if (alert.location.has_coordinates) {
    alert.location.latitude = std::ldexp(static_cast<double>(random()), -58);
    alert.location.longitude = -std::ldexp(static_cast<double>(random()), -57);
  }
  for (std::uint64_t i = random() % 3; i > 0; --i) alert.techniques.push_back(random_text(random));
  for (std::uint64_t i = random() % 3; i > 0; --i) alert.reasons.push_back(random_text(random));
  alert.closed.ticks = static_cast<std::int64_t>(random());
  alert.merged_into = random();
  return alert;
}

TEST(AlertRecord, GoesBothWaysForAnyAlert) {
  std::mt19937_64 random(20260601);
  for (int i = 0; i < 2'000; ++i) {
    const Alert alert = random_alert(random);
    const std::string record = write_alert(alert);
    const auto read = read_alert(record);
    ASSERT_TRUE(read) << read.error().message << "\n" << record;
    ASSERT_EQ(*read, alert) << record;
  }
}

TEST(AlertRecord, AnythingElseIsAnErrorThatNamesTheMember) {
  EXPECT_FALSE(read_alert(""));
  EXPECT_FALSE(read_alert("[]"));
  EXPECT_FALSE(read_alert("{}"));
  const std::string good = write_alert(fakes::sample_alert());
  EXPECT_TRUE(read_alert(R"({"id":"0000000000000001","later":{"x":[1]}})"));
  const std::pair<std::string, std::string> wrong[] = {
      {R"({"id":"1"})", "id"},
      {R"({"id":"0000000000000001","severity":"Terrible"})", "severity"},
      {R"({"id":"0000000000000001","status":5})", "status"},
      {R"({"id":"0000000000000001","entities":[{"type":"ip","value":{"hex":"0"}}]})", "entities"},
      {R"({"id":"0000000000000001","title":{"hex":"zz"}})", "title"},
      {R"({"id":"0000000000000001","event_ids":["x"]})", "event_ids"},
      {R"({"id":"0000000000000001","first_event":"now"})", "first_event"},
      {R"({"id":"0000000000000001","location":{"asn":-1}})", "location"},
  };
  for (const auto& [text, member] : wrong) {
    const auto read = read_alert(text);
    ASSERT_FALSE(read) << text;
    EXPECT_NE(read.error().message.find(member), std::string::npos) << read.error().message;
  }
}

Alert alert_of(std::uint64_t id, Severity severity, std::uint64_t count) {
  Alert alert = fakes::sample_alert(id);
  alert.severity = severity;
  alert.event_count = count;
  alert.title = "title " + std::to_string(id);
  alert.reasons = {"reason " + std::to_string(id)};
  return alert;
}

TEST(Combine, OneAlertIsItself) {
  EXPECT_EQ(combine(std::vector{fakes::sample_alert()}), fakes::sample_alert());
}

TEST(Combine, TheLeadingAlertNamesThem) {
  auto first = alert_of(1, Severity::medium, 10), second = alert_of(2, Severity::high, 1),
       withdrawn = alert_of(3, Severity::high, 100);
  first.status = AlertStatus::closed;
  first.closed = *base::parse_iso("2026-06-01T09:00:00Z");
  first.first_event = *base::parse_iso("2026-06-01T07:00:00Z");
  second.entities = {{EntityType::ip, "203.0.113.7"}, {EntityType::account, "anna"}};
  withdrawn.status = AlertStatus::withdrawn;
  const Alert all = combine(std::vector{first, second, withdrawn});
  EXPECT_EQ(all.id, 1U);
  EXPECT_EQ(all.title, "title 2");
  EXPECT_EQ(all.severity, Severity::high);
  EXPECT_EQ(all.event_count, 11U);
  EXPECT_EQ(all.status, AlertStatus::open);
  EXPECT_FALSE(all.closed.is_set());
  EXPECT_EQ(all.first_event, first.first_event);
  EXPECT_EQ(all.entities[1].value, "anna");
  EXPECT_EQ(all.entities.size(), 5U);  // the address once
  EXPECT_EQ(all.reasons, (std::vector<std::string>{"title 1: reason 1", "title 2: reason 2"}));
  second.status = AlertStatus::closed;
  EXPECT_EQ(combine(std::vector{first, second}).closed, first.closed);
  EXPECT_EQ(combine(std::vector{withdrawn}).status, AlertStatus::withdrawn);
}

TEST(Combine, ManyAlertsStayReadable) {
  std::vector<Alert> alerts;
  for (std::uint64_t i = 1; i <= 100; ++i) alerts.push_back(alert_of(i, Severity::low, 1));
  const Alert all = combine(alerts);
  ASSERT_EQ(all.reasons.size(), 9U);
  EXPECT_EQ(all.reasons[0], "title 1: reason 1");
  EXPECT_EQ(all.reasons[1], "92 more alerts");
  EXPECT_EQ(all.reasons[2], "title 94: reason 94");
  EXPECT_EQ(all.event_count, 100U);
}

TEST(IncidentJson, HasTheShapeOfAnAlertAndMore) {
  Incident incident;
  incident.number = 7;
  incident.identity = 0xAB;
  incident.title = "title";
  incident.owner = "anna\n";
  incident.alerts = {fakes::sample_alert(0xAB)};
  incident.created = *base::parse_iso("2026-06-01T08:18:51Z");
  const std::vector<TimelineEntry> timeline = {
      {7, TimelineKind::opened, incident.created, {}, "vedette", "opened"}};
  base::JsonWriter writer;
  append_json(writer, incident, &timeline);
  const auto json = base::parse_json(writer.text());
  ASSERT_TRUE(json) << writer.text();
  EXPECT_EQ(*(*json)["number"].as_integer(), 7);
  EXPECT_EQ(*(*json)["id"].as_string(), "00000000000000ab");
  EXPECT_EQ(*(*json)["status"].as_string(), "New");
  EXPECT_EQ(*(*json)["owner"].as_string(), "anna\n");
  EXPECT_TRUE((*json)["closed"].is_null());
  EXPECT_TRUE((*json)["classification"].is_null());
  EXPECT_EQ((*json)["event_count"].number_or(0), 1234);
  EXPECT_EQ(*(*(*json)["alerts"].as_array())[0]["status"].as_string(), "open");
  EXPECT_EQ(*(*(*json)["timeline"].as_array())[0]["kind"].as_string(), "opened");
  base::JsonWriter without;
  append_json(without, incident, nullptr);
  EXPECT_TRUE((*base::parse_json(without.text()))["timeline"].is_null());
}

TEST(IncidentNames, AreReadWhateverTheirCase) {
  EXPECT_EQ(classification_named("truepositive"), Classification::true_positive);
  EXPECT_EQ(incident_status_named("ACTIVE"), IncidentStatus::active);
  EXPECT_EQ(severity_named("high"), Severity::high);
  EXPECT_FALSE(classification_named(""));
  EXPECT_FALSE(severity_named("terrible"));
}

}  // namespace
}  // namespace vedette::model
