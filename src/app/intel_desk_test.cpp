// Indicators and log-ins on one journal, with the real store: what is imported is held against what
// comes after it, over restarts too.
#include "app/intel_desk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "app/detection_line.h"
#include "app/ingest_rows.h"
#include "app/retro_hunt.h"
#include "app/trunk.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_geo_lookup.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_journal.h"
#include "fakes/temporary_folder.h"
#include "intel/indicator_reader.h"
#include "intel/indicator_rows.h"
#include "intel/stix_pattern.h"
#include "kql/catalogue/schema_catalogue.h"
#include "model/indicator_record.h"

namespace vedette::app {
namespace {

using base::Duration;

class IntelDeskTest : public testing::Test {
 protected:
  // As when the process begins: only journal, store and incidents are from before.
  void start() {
    trunk.reset();
    desk.reset();
    store.reset();
    auto opened = store::duckdb::SegmentStore::open({.folder = (folder.path() / "store").string()},
                                                    catalogue, clock);
    ASSERT_TRUE(opened) << opened.error().message;
    store = *std::move(opened);
    desk = std::make_unique<IntelDesk>(7, [] {});
    detectors = std::make_unique<detect::LoginDetectors>(detect::LoginSettings{}, nobody);
    indicators = std::make_unique<detect::IndicatorWatch>(detect::IndicatorSettings{}, nobody);
    incident::BookSettings settings;
    settings.channels = {"chat"};
    settings.only_recorded.emplace(detect::indicator_match);
    book = std::make_unique<incident::IncidentBook>(incidents, settings);
    normalise::StampOptions stamps;
    stamps.zone = *base::TimeZone::find("UTC");
    TrunkRooms rooms{journal,    *store, incidents, *book,  *detectors,
                     privileges, geo,    clock,     stamps, [](bool, const std::string&) {}};
    rooms.catalogue = &catalogue;
    rooms.indicators = indicators.get();
    rooms.intel = desk.get();
    trunk = std::make_unique<Trunk>(rooms);
    ASSERT_TRUE(trunk->recover());
    refresh();
  }
  void refresh() {
    const auto done = desk->refresh(*store, clock.now(), {});
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(done->unreadable, 0U);
    EXPECT_FALSE(desk->is_behind());
  }
  void work_off() {
    for (;;) {
      const auto stepped = trunk->step({});
      ASSERT_TRUE(stepped) << stepped.error().message;
      if (!*stepped) break;
    }
    if (desk->is_due()) refresh();
  }
  void receive(const std::string& format, std::string payload) {
    clock.advance(Duration::seconds(1));
    ports::RawRecord record;
    record.source = "file:auth.log";
    record.format = format;
    record.received = record.source_modified = clock.now();
    record.payload = std::move(payload);
    ASSERT_TRUE(journal.append({{record}}));
    work_off();
  }
  void import(const model::Indicator& indicator) {
    receive(std::string(ingest_format),
            ingest_payload({.table = intel::older_table, .is_import = true},
                           intel::write_older_row(indicator, clock.now())));
    receive(std::string(ingest_format),
            ingest_payload({.table = intel::indicator_table, .is_import = true},
                           intel::write_row(indicator, clock.now())));
  }
  void fail_log_in(int second, const char* address = "203.0.113.7") {
    receive("authlog",
            fmt::format("2026-06-01T08:00:{:02}.000000+00:00 web1 sshd[{}]: Failed password for "
                        "root from {} port {} ssh2\n",
                        second, 1000 + second, address, 40'000 + second));
  }
  // Rows of any table, as programs send them.
  void send(const char* table, const std::string& rows) {
    receive(std::string(ingest_format), ingest_payload({.table = table, .key = {}}, rows));
  }
  // As the service looks back: alerts go into the same incidents.
  RetroHunt::Looked look_back(int days = 30) {
    intel_settings.retro_days = days;
    RetroHunt hunt({*desk, intel_settings, nobody, (folder.path() / "looked-back").string(),
                    [this](const model::Alert& alert) -> base::Result<void> {
                      const incident::AlertNews news{model::AlertChange::opened, alert};
                      const auto recorded = book->record({&news, 1}, clock.now());
                      if (!recorded) return std::unexpected(recorded.error());
                      return {};
                    }});
    if (!hunt.is_due()) return {};
    const auto looked = hunt.run(*store, clock.now(), {});
    EXPECT_TRUE(looked) << looked.error().message;
    if (!looked) return {};
    for (const auto& trouble : looked->troubles) ADD_FAILURE() << trouble;
    return *looked;
  }
  std::vector<model::Alert> matches(std::string_view rule = detect::indicator_match) {
    std::vector<model::Alert> found;
    const auto all = incidents.list({});
    if (!all) return found;
    for (const auto& summary : *all) {
      const auto incident = incidents.find(summary.number);
      if (!incident || !*incident) continue;
      for (const auto& alert : (*incident)->alerts)
        if (alert.rule == rule) found.push_back(alert);
    }
    return found;
  }
  static model::Indicator said(const char* line, int confidence = 100) {
    return *intel::read_list_line(line, {"MISP", confidence});
  }

  fakes::TemporaryFolder folder;
  fakes::FakeClock clock;
  kql::SchemaCatalogue catalogue{kql::built_in_schema()};
  fakes::MemoryJournal journal;
  fakes::MemoryIncidentStore incidents;
  fakes::FakeGeoLookup geo;
  detect::AllowList nobody;
  detect::PrivilegeWatch privileges{{}, nobody};
  IntelSettings intel_settings;
  std::unique_ptr<store::duckdb::SegmentStore> store;
  std::unique_ptr<IntelDesk> desk;
  std::unique_ptr<detect::LoginDetectors> detectors;
  std::unique_ptr<detect::IndicatorWatch> indicators;
  std::unique_ptr<incident::IncidentBook> book;
  std::unique_ptr<Trunk> trunk;
};

TEST_F(IntelDeskTest, ALogInFromAnIndicatorIsAnIncidentWithItsReason) {
  start();
  fail_log_in(0);  // nothing is known of it yet
  EXPECT_TRUE(matches().empty());
  import(said("203.0.113.7 # scans"));
  EXPECT_EQ(desk->snapshot()->indicators(), 1U);
  fail_log_in(1);
  fail_log_in(2, "203.0.113.8");
  const auto found = matches();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].entities[0], (model::Entity{model::EntityType::ip, "203.0.113.7"}));
  EXPECT_EQ(found[0].reasons[0], "203.0.113.7 is an indicator of MISP with confidence 100");
  EXPECT_EQ(found[0].reasons[1], "it says: scans");
  EXPECT_EQ(found[0].event_count, 1U);
  EXPECT_EQ(found[0].severity, model::Severity::medium);
}

TEST_F(IntelDeskTest, ARestartKnowsItAndCountsOn) {
  start();
  import(said("203.0.113.7"));
  fail_log_in(1);
  start();
  EXPECT_EQ(desk->snapshot()->indicators(), 1U);
  fail_log_in(2);
  const auto found = matches();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].event_count, 2U);
}

TEST_F(IntelDeskTest, WhatIsWithdrawnMatchesNoMore) {
  start();
  model::Indicator indicator = said("203.0.113.0/24");
  import(indicator);
  indicator.is_revoked = true;
  import(indicator);
  EXPECT_EQ(desk->snapshot()->indicators(), 0U);
  fail_log_in(1);
  EXPECT_TRUE(matches().empty());
}

TEST_F(IntelDeskTest, TheSameTwiceIsOneRow) {
  start();
  import(said("203.0.113.7"));
  const auto rows = [this] {
    const auto segments = store->segments();
    return segments && !segments->empty() ? segments->front().rows : 0;
  };
  const auto before = rows();
  import(said("203.0.113.7"));
  EXPECT_EQ(rows(), before);
}

TEST_F(IntelDeskTest, RowsThatOthersWroteAreIndicatorsToo) {
  start();
  receive(std::string(ingest_format),
          ingest_payload({.table = intel::older_table, .is_import = true},
                         R"({"IndicatorId":"X1","NetworkIP":"203.0.113.9","Active":true,)"
                         R"("ConfidenceScore":100,"SourceSystem":"old"})"));
  receive(std::string(ingest_format),
          ingest_payload({.table = intel::indicator_table, .is_import = true},
                         R"({"Id":"indicator--9","ObservableKey":"ipv4-addr:value",)"
                         R"("ObservableValue":"203.0.113.10","Confidence":30})"));
  fail_log_in(1, "203.0.113.9");
  fail_log_in(2, "203.0.113.10");
  const auto found = matches();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(std::min(found[0].severity, found[1].severity), model::Severity::informational);
  EXPECT_EQ(std::max(found[0].severity, found[1].severity), model::Severity::medium);
}

TEST_F(IntelDeskTest, RowsOfAnyTableAreHeldAgainstIndicators) {
  start();
  import(said("203.0.113.7"));
  import(said("evil.example.com"));
  import(said("d41d8cd98f00b204e9800998ecf8427e"));
  send("CommonSecurityLog",
       R"([{"DestinationIP":"203.0.113.7","SourceIP":"10.0.0.5","DeviceAction":"allow"},)"
       R"({"DestinationIP":"203.0.113.7","DeviceAction":"deny"}])");
  send("Mail_CL", R"([{"SenderFromAddress_s":"x@mail.evil.example.com"}])");
  send("DeviceFileEvents", R"([{"MD5":"d41d8cd98f00b204e9800998ecf8427e","DeviceName":"pc7"}])");
  const auto found = matches();
  ASSERT_EQ(found.size(), 3U);
  std::map<std::string, model::Alert> by_value;
  for (const auto& alert : found) by_value[alert.entities.at(0).value] = alert;
  EXPECT_EQ(by_value["203.0.113.7"].event_count, 2U);
  EXPECT_EQ(by_value["203.0.113.7"].severity, model::Severity::medium);
  EXPECT_EQ(by_value["mail.evil.example.com"].entities[0].type, model::EntityType::host);
  EXPECT_EQ(by_value["d41d8cd98f00b204e9800998ecf8427e"].entities.at(1),
            (model::Entity{model::EntityType::host, "pc7"}));
}

TEST_F(IntelDeskTest, WhatWasStoredAndNotRecordedIsMatchedByTheNextStart) {
  start();
  import(said("203.0.113.7"));
  incidents.fail_with(base::Error{base::ErrorCode::unavailable, "no disk"});
  clock.advance(Duration::seconds(1));
  ports::RawRecord record;
  record.source = "http";
  record.format = ingest_format;
  record.received = record.source_modified = clock.now();
  record.payload = ingest_payload({.table = "CommonSecurityLog", .key = {}},
                                  R"([{"SourceIP":"203.0.113.7"},{"SourceIP":"203.0.113.7"}])");
  ASSERT_TRUE(journal.append({{record}}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(trunk->step(stop.get_token())) << "its rows are stored, its alert is not recorded";
  incidents.fail_with(std::nullopt);
  EXPECT_TRUE(matches().empty());
  start();
  work_off();
  const auto found = matches();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].event_count, 2U);
  const auto segments = store->segments();
  EXPECT_EQ(segments->front().tables.at("CommonSecurityLog"), 2U) << "stored once";
}

TEST_F(IntelDeskTest, LookingBackFindsWhatCameBeforeTheIndicatorOnce) {
  start();
  const base::Timestamp begun = clock.now();
  send("CommonSecurityLog",
       fmt::format(R"([{{"TimeGenerated":"{0}","DestinationIP":"203.0.113.7"}},)"
                   R"({{"TimeGenerated":"{0}","DestinationIP":"203.0.113.8"}}])",
                   base::format_iso(begun)));
  send("UrlClickEvents",
       R"([{"Url":"https://www.evil.example.com/x","AccountUpn":"ann@x.example"}])");
  EXPECT_EQ(look_back().columns, 0U) << "nothing to look for";
  import(said("203.0.113.0/29 # scans"));
  import(said("evil.example.com"));
  const auto looked = look_back();
  EXPECT_GT(looked.columns, 3U);
  EXPECT_EQ(looked.alerts, 2U);
  const auto found = matches(detect::indicator_past);
  ASSERT_EQ(found.size(), 2U);
  for (const auto& alert : found) {
    EXPECT_EQ(alert.reasons[0], "found in what is stored, when the indicator came");
    EXPECT_EQ(alert.severity, model::Severity::medium);
    EXPECT_EQ(alert.status, model::AlertStatus::closed);
    if (alert.entities[0].value == "203.0.113.7") {
      EXPECT_EQ(alert.first_event, begun);
      EXPECT_EQ(alert.reasons[1],
                "203.0.113.7 is in 203.0.113.0/29, an indicator of MISP with "
                "confidence 100");
    } else {
      EXPECT_EQ(alert.entities[1], (model::Entity{model::EntityType::account, "ann@x.example"}));
    }
  }
  EXPECT_TRUE(matches().empty()) << "they were not matched as they came";
  EXPECT_EQ(look_back().columns, 0U);
  start();
  EXPECT_EQ(look_back().columns, 0U) << "a restart looks for nothing again";
  EXPECT_EQ(matches(detect::indicator_past).size(), 2U);
}

// What is told of the same rows, whether they came before the indicators or after them.
TEST_F(IntelDeskTest, LookingBackFindsWhatIsFoundAsRowsArrive) {
  start();
  model::Indicator traffic = said("198.51.100.7", 90);
  traffic.pattern =
      "[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]";
  traffic.observables = *intel::read_stix_pattern(traffic.pattern);
  model::Indicator host = said("c2.example");
  host.pattern = "[domain-name:value = 'c2.example']";
  host.observables = *intel::read_stix_pattern(host.pattern);
  const auto send_all = [&](int minute) {
    const auto time = fmt::format("2026-06-01T08:{:02}:00Z", minute);
    const auto rows = [&](const char* table, const std::string& text) {
      std::string filled = text;
      for (std::size_t at = 0; (at = filled.find("NOW", at)) != std::string::npos;)
        filled.replace(at, 3, time);
      send(table, filled);
    };
    // Ports, who was stopped, how often; free text; members of JSON; log-ins; several in one cell.
    rows(
        "CommonSecurityLog",
        R"([{"TimeGenerated":"NOW","DestinationIP":"198.51.100.7","DestinationPort":443},)"
        R"({"TimeGenerated":"NOW","DestinationIP":"198.51.100.7","DestinationPort":443,"SourcePort":1},)"
        R"({"TimeGenerated":"NOW","DestinationIP":"198.51.100.7","DestinationPort":80},)"
        R"({"TimeGenerated":"NOW","SourceIP":"198.51.100.9","DeviceAction":"Deny","DeviceName":"fw1"},)"
        R"({"TimeGenerated":"NOW","Message":"built outbound to 198.51.100.10/443"},)"
        R"({"TimeGenerated":"NOW","RequestURL":"https://c2.example/x"},)"
        R"({"TimeGenerated":"NOW","RequestURL":"https://www.c2.example/x"},)"
        R"({"TimeGenerated":"NOW","RequestURL":"https://www.google.com/"}])");
    rows("AuditLogs",
         R"([{"TimeGenerated":"NOW","InitiatedBy":{"user":{"ipAddress":"198.51.100.11"}}}])");
    rows(
        "SigninLogs",
        R"([{"TimeGenerated":"NOW","IPAddress":"198.51.100.12","ResultType":"0","UserPrincipalName":"ann@x.example"},)"
        R"({"TimeGenerated":"NOW","IPAddress":"198.51.100.12","ResultType":"50126"}])");
    rows(
        "ASimNetworkSessionLogs",
        R"([{"TimeGenerated":"NOW","SrcIpAddr":"198.51.100.13","EventCount":5},)"
        R"({"TimeGenerated":"NOW","SrcIpAddr":"198.51.100.7","SrcPortNumber":443,"EventCount":3}])");
    rows("OfficeActivity",
         R"([{"TimeGenerated":"NOW","ClientIP":"[2001:db8:7::1]:443","UserId":"bob"}])");
    rows(
        "SecurityEvent",
        R"([{"TimeGenerated":"NOW","EventID":4625,"IpAddress":"198.51.100.14","TargetUserName":"root"}])");
  };
  const auto log_in = [this](int second) {
    fail_log_in(second, "198.51.100.15");  // a row of Syslog, and one of log-ins
    receive("authlog", fmt::format("2026-06-01T08:00:{:02}.500000+00:00 web1 sshd[1]: Connection "
                                   "closed by 198.51.100.15 port 5 [preauth]\n",
                                   second));
  };
  send_all(1);
  log_in(1);
  import(traffic);
  import(host);
  import(said("google.com"));
  import(said("198.51.100.8/29 # a network"));
  import(said("2001:db8:7::/48"));
  EXPECT_GT(look_back().columns, 10U);
  send_all(2);
  log_in(2);
  const auto told = [this](std::string_view rule) {
    std::map<std::string, std::string> all;
    for (const auto& alert : matches(rule))
      all[alert.entities.at(0).value] =
          fmt::format("{} events, severity {}, {}", alert.event_count,
                      static_cast<int>(alert.severity), fmt::join(alert.techniques, " "));
    return all;
  };
  const auto arrived = told(detect::indicator_match);
  EXPECT_EQ(arrived.size(), 10U);
  EXPECT_EQ(arrived, told(detect::indicator_past));
  EXPECT_FALSE(arrived.contains("www.c2.example"));
  EXPECT_FALSE(arrived.contains("www.google.com"));
}

TEST_F(IntelDeskTest, LookingBackLooksForNewIndicatorsOnlyAndCanBeTurnedOff) {
  start();
  send("CommonSecurityLog", R"([{"SourceIP":"203.0.113.7"},{"SourceIP":"203.0.113.8"}])");
  import(said("203.0.113.7"));
  EXPECT_EQ(look_back(0).columns, 0U);
  EXPECT_EQ(look_back().alerts, 1U);
  import(said("203.0.113.8"));
  EXPECT_EQ(look_back().alerts, 1U) << "the first one is known";
  import(said("203.0.113.8"));
  EXPECT_EQ(look_back().alerts, 0U) << "that came before";
}

// misp2sentinel #4: 6 s for a hundred indicators at first, 500 s once 50,000 were there.
TEST_F(IntelDeskTest, Misp2Sentinel4WhatAFewMoreCostDoesNotGrowWithWhatIsThere) {
  start();
  std::string rows;
  for (int i = 0; i < 3'000; ++i) {
    model::Indicator each = said(fmt::format("45.{}.{}.1", i / 250, i % 250).c_str());
    rows += (rows.empty() ? "[" : ",") + intel::write_row(each, clock.now());
  }
  receive(std::string(ingest_format),
          ingest_payload({.table = intel::indicator_table, .is_import = true}, rows + "]"));
  ASSERT_EQ(desk->snapshot()->indicators(), 3'000U);
  clock.advance(Duration::minutes(30));
  import(said("203.0.113.7"));
  start();
  clock.advance(Duration::seconds(1));
  import(said("203.0.113.8"));
  const auto again = desk->refresh(*store, clock.now(), {});
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_whole);
  EXPECT_EQ(again->rows, 2U) << "of what was there before nothing is read";
  EXPECT_EQ(again->indicators, 3'002U);
  model::Indicator gone = said("45.0.0.1");
  gone.is_revoked = true;
  import(gone);
  EXPECT_EQ(desk->snapshot()->indicators(), 3'001U);
  fail_log_in(1, "45.0.0.1");
  fail_log_in(2, "45.0.1.1");
  fail_log_in(3, "203.0.113.7");
  EXPECT_EQ(matches().size(), 2U);
  clock.advance(Duration::hours(25));
  EXPECT_TRUE(desk->refresh(*store, clock.now(), {})->is_whole) << "once a day";
}

TEST_F(IntelDeskTest, WhatIsSaidOfIndicatorsIsKeptInItsTable) {
  start();
  receive(
      std::string(model::indicator_format),
      model::indicator_payload(
          {.source = "MISP", .form = "stix"},
          R"({"type":"bundle","id":"bundle--1","objects":[)"
          R"({"type":"threat-actor","id":"threat-actor--1","name":"Somebody"},)"
          R"({"type":"relationship","id":"relationship--1","source_ref":"indicator--1"},)"
          R"({"type":"malware","id":"5"},)"
          R"({"type":"indicator","id":"indicator--1","pattern":"[ipv4-addr:value = '203.0.113.7']"}]})"));
  const auto segments = store->segments();
  ASSERT_TRUE(segments && !segments->empty());
  EXPECT_EQ(segments->front().tables.at("ThreatIntelObjects"), 2U);
  EXPECT_EQ(segments->front().tables.at("ThreatIntelIndicators"), 1U);
  EXPECT_EQ(segments->front().tables.at("ThreatIntelligenceIndicator"), 1U);
}

}  // namespace
}  // namespace vedette::app
