// Indicators and log-ins on one journal, with the real store: what is imported is held against what
// comes after it, over restarts too.
#include "app/intel_desk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>

#include "app/detection_line.h"
#include "app/ingest_rows.h"
#include "app/trunk.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_geo_lookup.h"
#include "fakes/memory_incident_store.h"
#include "fakes/memory_journal.h"
#include "fakes/temporary_folder.h"
#include "intel/indicator_reader.h"
#include "intel/indicator_rows.h"
#include "kql/catalogue/schema_catalogue.h"

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
  std::vector<model::Alert> matches() {
    std::vector<model::Alert> found;
    const auto all = incidents.list({});
    if (!all) return found;
    for (const auto& summary : *all) {
      const auto incident = incidents.find(summary.number);
      if (!incident || !*incident) continue;
      for (const auto& alert : (*incident)->alerts)
        if (alert.rule == detect::indicator_match) found.push_back(alert);
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

}  // namespace
}  // namespace vedette::app
