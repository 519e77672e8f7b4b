// Bugs that users of other products reported about threat intelligence, each as a test of ours,
// named after its issue. docs/guides/intel.md lists which is which.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "collect/cloud/misp_attributes.h"
#include "detect/indicator_watch.h"
#include "intel/indicator_document.h"
#include "intel/indicator_rows.h"
#include "intel/observable.h"
#include "intel/row_matcher.h"
#include "intel/stix_pattern.h"
#include "kql/catalogue/schema_catalogue.h"

namespace {

using namespace vedette;
using base::Duration;
using base::Timestamp;

const Timestamp noon = *base::parse_iso("2026-06-01T12:00:00Z");

std::shared_ptr<const intel::IndicatorSnapshot> snapshot_of(std::string_view stix) {
  intel::IndicatorSnapshotBuilder builder(7);
  intel::read_document(intel::DocumentFormat::stix, stix, {"MISP", 100}, [&](auto indicator) {
    ASSERT_TRUE(indicator) << indicator.error().message;
    EXPECT_TRUE(builder.add(*indicator, noon - Duration::hours(1)));
  });
  return std::move(builder).finish();
}

// What rows of one column are matched with.
std::vector<model::IndicatorMatch> matched(const intel::IndicatorSnapshot& snapshot,
                                           const char* table, const char* column, const char* value,
                                           std::size_t rows = 1) {
  model::TableBatch batch{std::string(table)};
  const std::size_t at = batch.column(column);
  for (std::size_t i = 0; i < rows; ++i) {
    batch.add_row({noon + Duration::seconds(static_cast<std::int64_t>(i)), noon, i + 1, 0});
    batch.set_text(at, value);
  }
  intel::RowMatcher matcher;
  return matcher.look(snapshot, intel::WarningLists(), {&batch, 1});
}

std::string asked_of_misp() {
  collect::cloud::MispQuery query;
  query.address = "https://misp.example.org";
  query.types.assign(intel::misp_types().begin(), intel::misp_types().end());
  const auto listing = collect::cloud::misp_attributes(query);
  const auto asked = listing->page({noon - Duration::hours(1), noon}, 1'000, "");
  EXPECT_EQ(asked.url, "https://misp.example.org/attributes/restSearch");
  return asked.body;
}

// Every indicator was skipped because it had no end.
TEST(ReportedIntelBugs, Misp2Sentinel28AnIndicatorWithoutAnEndIsTakenAndHolds) {
  const auto snapshot = snapshot_of(
      R"([{"type":"indicator","id":"indicator--1","pattern":"[ipv4-addr:value = '203.0.113.7']"}])");
  const auto in_ten_years = noon + Duration::hours(24 * 3650);
  EXPECT_TRUE(snapshot->find_address(*base::parse_ip("203.0.113.7"), in_ten_years));
}

// Only 15,000 were accepted.
TEST(ReportedIntelBugs, Misp2Sentinel42ManyThousandsHoldAtOnce) {
  intel::IndicatorSnapshotBuilder builder(7);
  constexpr std::uint32_t count = 60'000;
  const auto address = [](std::uint32_t i) { return base::IpAddress::from_v4(0x2d00'0000U + i); };
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto read = intel::read_list_line(base::format_ip(address(i)), {"list", 100});
    ASSERT_TRUE(read);
    ASSERT_TRUE(builder.add(*read, noon));
  }
  const auto snapshot = std::move(builder).finish();
  EXPECT_EQ(snapshot->indicators(), count);
  for (std::uint32_t i = 0; i < count; i += 997)
    EXPECT_TRUE(snapshot->find_address(address(i), noon));
}

// A filter on a workflow tag, there by default, let 49 of thousands through.
TEST(ReportedIntelBugs, Misp2Sentinel66NoTagIsAskedForThatNobodyNamed) {
  const std::string body = asked_of_misp();
  EXPECT_EQ(body.find("tags\":["), std::string::npos) << body;
  EXPECT_EQ(body.find("workflow"), std::string::npos) << body;
}

// Asking a MISP to leave out what decayed took it minutes, and then failed.
TEST(ReportedIntelBugs, Misp6981DecayIsNotAskedFor) {
  EXPECT_EQ(asked_of_misp().find("ecay"), std::string::npos);
}

// 19 minutes for 45,000 attributes: whole events, without pages.
TEST(ReportedIntelBugs, PyMisp583AttributesAreAskedForPageByPageAndSinceATime) {
  const std::string body = asked_of_misp();
  EXPECT_NE(body.find(R"("page":1,"limit":1000)"), std::string::npos) << body;
  EXPECT_NE(body.find("timestamp"), std::string::npos) << body;
}

// An event of more attributes than fit into the server's memory took it down.
TEST(ReportedIntelBugs, Misp10171NoEventIsAskedForWhole) {
  const std::string body = asked_of_misp();
  EXPECT_EQ(body.find("eventid"), std::string::npos) << body;
  EXPECT_NE(body.find("limit"), std::string::npos) << body;
}

// Rules looked at ipv4-addr only: most indicators were network-traffic or IPv6.
TEST(ReportedIntelBugs, AzureSentinel12065NetworkTrafficAndIpv6AreMatched) {
  const auto snapshot = snapshot_of(
      R"([{"type":"indicator","id":"indicator--1","pattern":"[network-traffic:dst_ref.value = '203.0.113.7']"},)"
      R"({"type":"indicator","id":"indicator--2","pattern":"[network-traffic:src_ref.type = 'ipv4-addr' AND network-traffic:src_ref.value = '203.0.113.8']"},)"
      R"({"type":"indicator","id":"indicator--3","pattern":"[ipv6-addr:value = '2001:db8::7']"}])");
  EXPECT_EQ(matched(*snapshot, "AZFWNetworkRule", "DestinationIp", "203.0.113.7").size(), 1U);
  EXPECT_EQ(matched(*snapshot, "SigninLogs", "IPAddress", "203.0.113.8").size(), 1U);
  EXPECT_EQ(matched(*snapshot, "AzureActivity", "CallerIpAddress", "2001:db8:0:0::7").size(), 1U);
}

// `ValidUntil > now()` left out every indicator without an end.
TEST(ReportedIntelBugs, AzureSentinel12066ARowWithoutAnEndIsValid) {
  intel::IndicatorRow row;
  row.id = "indicator--1";
  row.key = "ipv4-addr:value";
  row.value = "203.0.113.7";
  row.confidence = 100;
  const auto read = intel::read_row(row);
  ASSERT_TRUE(read);
  intel::IndicatorSnapshotBuilder builder(7);
  ASSERT_TRUE(builder.add(*read, noon));
  const auto snapshot = std::move(builder).finish();
  EXPECT_EQ(matched(*snapshot, "SigninLogs", "IPAddress", "203.0.113.7").size(), 1U);
}

// Where a firewall's row had a source, its destination was not looked at.
TEST(ReportedIntelBugs, AzureSentinel11069BothSidesOfARowAreMatched) {
  const auto snapshot = snapshot_of(
      R"([{"type":"indicator","id":"indicator--1","pattern":"[ipv4-addr:value = '203.0.113.7']"}])");
  model::TableBatch batch{std::string("CommonSecurityLog")};
  batch.add_row({noon, noon, 1, 0});
  batch.set_text(batch.column("SourceIP"), "198.51.100.1");
  batch.set_text(batch.column("DestinationIP"), "203.0.113.7");
  intel::RowMatcher matcher;
  const auto matches = matcher.look(*snapshot, intel::WarningLists(), {&batch, 1});
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].side, model::ObservedSide::destination);
}

// Tens of thousands of alerts a day, of scans that the firewall denied.
TEST(ReportedIntelBugs, DetectionRules2684DeniedScansAreOneAlertThatNobodyIsToldOf) {
  const auto snapshot = snapshot_of(
      R"([{"type":"indicator","id":"indicator--1","confidence":100,"pattern":"[ipv4-addr:value = '203.0.113.7']"}])");
  model::TableBatch batch{std::string("CommonSecurityLog")};
  const std::size_t address = batch.column("SourceIP"), action = batch.column("DeviceAction");
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    batch.add_row({noon + Duration::seconds(static_cast<std::int64_t>(i)), noon, i + 1, 0});
    batch.set_text(address, "203.0.113.7");
    batch.set_text(action, "Deny");
  }
  intel::RowMatcher matcher;
  const auto matches = matcher.look(*snapshot, intel::WarningLists(), {&batch, 1});
  ASSERT_EQ(matches.size(), 10'000U);
  const detect::AllowList nobody;
  detect::IndicatorWatch watch({}, nobody);
  std::vector<detect::ChangedAlert> changes;
  watch.run(matches, noon, changes);
  watch.finish(noon, changes);
  EXPECT_LT(changes.size(), 20U) << "opened, each doubling, closed";
  for (const auto& changed : changes) {
    EXPECT_EQ(changed.alert.id, changes.front().alert.id);
    EXPECT_EQ(changed.alert.severity, model::Severity::informational);
  }
  EXPECT_EQ(changes.back().alert.event_count, 10'000U);
}

// Not a bug of others: names of columns that ours must not have.
TEST(ObservedColumns, AreThoseOfTablesAndNoneThatLooksLikeAnObservableIsForgotten) {
  const auto& columns = intel::observed_columns();
  const kql::SchemaCatalogue catalogue{kql::built_in_schema()};
  std::set<std::string> there, forgotten;
  const std::array endings{"IpAddr", "IpAddress", "IPAddress", "Url",  "URL",
                           "Uri",    "URI",       "MD5",       "Md5",  "SHA1",
                           "Sha1",   "SHA256",    "Sha256",    "Fqdn", "FQDN"};
  for (const auto name : catalogue.table_names()) {
    if (columns.is_never(name)) continue;
    for (const auto& column : catalogue.table(name)->columns) {
      there.insert(intel::ObservedColumns::plain_name(column.name));
      const bool looks_so =
          column.type == kql::Type::string &&
          std::ranges::any_of(endings, [&](const char* e) { return column.name.ends_with(e); });
      if (looks_so && !columns.is_declared(column.name)) forgotten.insert(column.name);
    }
  }
  for (const auto& name : forgotten) ADD_FAILURE() << name << " stands nowhere in observables.txt";
  // Of custom logs, whose tables are in no schema.
  const std::set<std::string> custom{"hashes", "sha512", "senderaddress"};
  for (const auto& written : columns.written()) {
    const std::string name =
        intel::ObservedColumns::plain_name(written.substr(written.find('.') + 1));
    EXPECT_TRUE(there.contains(name) || custom.contains(name)) << written << " is in no table";
  }
}

}  // namespace
