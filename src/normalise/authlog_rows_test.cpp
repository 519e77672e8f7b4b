#include "normalise/authlog_rows.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/json.h"
#include "normalise/health_rows.h"

namespace vedette::normalise {
namespace {

using model::CellValue;
using model::TableBatch;

// A table as rows of named cells in words.
using Row = std::map<std::string, std::string>;

std::string words(const TableBatch& batch, const CellValue& value) {
  if (const auto* text = std::get_if<model::TextCell>(&value))
    return std::string(batch.text_of(*text));
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* time = std::get_if<base::Timestamp>(&value)) return base::format_iso(*time);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  return "?";
}

std::vector<Row> rows_of(const TableBatch& batch) {
  std::vector<Row> rows(batch.row_count());
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i]["TimeGenerated"] = base::format_iso(batch.heads()[i].generated);
  for (const auto& column : batch.columns())
    for (std::size_t i = 0; i < column.rows.size(); ++i)
      rows[column.rows[i]][column.name] = words(batch, column.values[i]);
  return rows;
}

struct Made {
  std::map<std::string, std::vector<Row>> tables;
  std::map<std::string, std::vector<model::RowHead>> heads;
};

class AuthlogRowsTest : public testing::Test {
 protected:
  StampOptions options() {
    StampOptions options;
    options.zone = *base::TimeZone::find("UTC");
    return options;
  }
  AuthlogRowsTest() { normaliser_.show_rejected(&rejected_); }

  Made make(const std::string& text) {
    model::RawBatch batch;
    batch.source_name = "auth.log";
    batch.bytes = text;
    batch.received = *base::parse_iso("2026-06-01T09:00:00Z");
    batch.source_modified = batch.received;
    std::vector<model::AuthEvent> events;
    rejected_.clear();
    normaliser_.begin(batch);
    while (normaliser_.next(events)) {
    }
    model::Location berlin;
    berlin.country = "Germany";
    berlin.city = "Berlin";
    berlin.has_coordinates = true;
    berlin.latitude = 52.5;
    const std::vector<const model::Location*> places(events.size(), &berlin);
    rows_.add(batch, events, places, rejected_, normaliser_.zone());
    Made made;
    auto tables = rows_.take();
    if (auto rejected = quarantine_.take()) tables.push_back(std::move(*rejected));
    for (const auto& table : tables) {
      made.tables[table.table()] = rows_of(table);
      made.heads[table.table()] = table.heads();
    }
    return made;
  }

  std::vector<RejectedLine> rejected_;
  AuthlogNormaliser normaliser_{options()};
  QuarantineRows quarantine_;
  AuthlogRows rows_{options(), quarantine_};
};

TEST_F(AuthlogRowsTest, ALineIsARowOfSyslog) {
  const auto made = make(
      "2026-06-01T08:15:30.5+00:00 web1 sshd[123]: Failed password for root from 192.0.2.1 port 4 "
      "ssh2\n"
      "Jun  1 08:15:31 web1 CRON[77]: pam_unix(cron:session): session opened for user root\n"
      "<85>Jun  1 08:15:32 web1 sudo:   alice : TTY=pts/0 ; COMMAND=/bin/ls\n"
      "Jun  1 08:15:33 web1 sshd[123]: error: maximum authentication attempts exceeded\n"
      "Jun  1 08:15:34 web1 no tag here\n");
  const auto& rows = made.tables.at("Syslog");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0],
            (Row{{"TimeGenerated", "2026-06-01T08:15:30.5Z"},
                 {"EventTime", "2026-06-01T08:15:30.5Z"},
                 {"Computer", "web1"},
                 {"HostName", "web1"},
                 {"Facility", "auth"},
                 {"SeverityLevel", "info"},
                 {"ProcessName", "sshd"},
                 {"ProcessID", "123"},
                 {"SyslogMessage", "Failed password for root from 192.0.2.1 port 4 ssh2"}}));
  EXPECT_EQ(rows[1].at("Facility"), "authpriv");
  EXPECT_EQ(rows[1].at("ProcessName"), "CRON");
  EXPECT_EQ(rows[2].at("Facility"), "authpriv");
  EXPECT_EQ(rows[2].at("SeverityLevel"), "notice");
  EXPECT_EQ(rows[2].at("ProcessName"), "sudo");
  EXPECT_EQ(rows[2].at("SyslogMessage"), "  alice : TTY=pts/0 ; COMMAND=/bin/ls");
  EXPECT_FALSE(rows[2].contains("ProcessID"));
  EXPECT_EQ(rows[3].at("SeverityLevel"), "err");
  EXPECT_EQ(rows[4].at("SyslogMessage"), "no tag here");
  EXPECT_FALSE(rows[4].contains("ProcessName"));
  EXPECT_EQ(made.heads.at("Syslog")[0].received, *base::parse_iso("2026-06-01T09:00:00Z"));
}

TEST_F(AuthlogRowsTest, AnEventIsARowOfTheAuthenticationTable) {
  const auto made = make(
      "2026-06-01T08:15:30.5+00:00 web1 sshd[123]: Failed password for invalid user bob from "
      "192.0.2.1 port 4711 ssh2\n"
      "2026-06-01T08:15:31.5+00:00 web1 sshd[124]: Accepted publickey for alice from 2001:db8::1 "
      "port 22 ssh2: ED25519 SHA256:abc\n");
  const auto& rows = made.tables.at("ASimAuthenticationEventLogs");
  ASSERT_EQ(rows.size(), 2U);
  const Row& failure = rows[0];
  EXPECT_EQ(failure.at("EventType"), "Logon");
  EXPECT_EQ(failure.at("EventResult"), "Failure");
  EXPECT_EQ(failure.at("EventResultDetails"), "No such user");
  EXPECT_EQ(failure.at("TargetUsername"), "bob");
  EXPECT_EQ(failure.at("TargetUsernameType"), "Simple");
  EXPECT_EQ(failure.at("SrcIpAddr"), "192.0.2.1");
  EXPECT_EQ(failure.at("SrcPortNumber"), "4711");
  EXPECT_EQ(failure.at("SrcGeoCity"), "Berlin");
  EXPECT_EQ(failure.at("SrcGeoLatitude"), "52.500000");
  EXPECT_EQ(failure.at("TargetHostname"), "web1");
  EXPECT_EQ(failure.at("LogonMethod"), "Username & Password");
  EXPECT_EQ(failure.at("EventStartTime"), "2026-06-01T08:15:30.5Z");
  EXPECT_EQ(rows[1].at("EventResult"), "Success");
  EXPECT_EQ(rows[1].at("LogonMethod"), "PKI");
  EXPECT_EQ(rows[1].at("SrcIpAddr"), "2001:db8::1");
  EXPECT_FALSE(rows[1].contains("EventResultDetails"));
  // A line and its event share their identity.
  EXPECT_EQ(made.heads.at("Syslog")[0].item_id,
            made.heads.at("ASimAuthenticationEventLogs")[0].item_id);
}

TEST_F(AuthlogRowsTest, WhatIsNotUnderstoodIsInTheQuarantineWithItsReason) {
  const auto made = make(
      "no stamp at all\n\nJun  1 08:15:34\nno stamp at all\n"
      "Jun  1 08:15:34 web1 sshd[1]: a message nobody knows\n"
      "2026-06-01T08:15:30.5+00:00 web1 sshd[123]: Failed password for root from 192.0.2.1 port 4 "
      "ssh2\n");
  const auto& rows = made.tables.at("VedetteQuarantine");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].at("Payload"), "no stamp at all");
  EXPECT_EQ(rows[0].at("Source"), "auth.log");
  EXPECT_EQ(rows[2].at("SourcePosition"), "33");
  EXPECT_NE(rows[0].at("Reason").find("time stamp"), std::string::npos);
  const auto& heads = made.heads.at("VedetteQuarantine");
  EXPECT_NE(heads[0].item_id, heads[2].item_id) << "equal lines at two places are two";
  EXPECT_EQ(heads[0].content_hash, heads[2].content_hash);
  // The good neighbours are there; what has a stamp is in Syslog too.
  EXPECT_EQ(made.tables.at("Syslog").size(), 2U);
  EXPECT_EQ(made.tables.at("ASimAuthenticationEventLogs").size(), 1U);
}

TEST_F(AuthlogRowsTest, WhatWasPassedOverIsKnownAfterwards) {
  const std::string fine =
      "2026-06-01T08:15:30.5+00:00 web1 sshd[1]: Failed password for a from 192.0.2.1 port 4 "
      "ssh2\n";
  const std::string coarse = "Jun  1 08:15:30 web1 su: FAILED SU\n";
  const auto whole = make(fine + coarse + coarse);
  QuarantineRows quarantine;
  AuthlogRows resumed(options(), quarantine);
  model::RawBatch batch;
  batch.received = *base::parse_iso("2026-06-01T09:00:00Z");
  const std::string before = fine + coarse;
  batch.bytes = before;
  resumed.pass(batch, options().zone);
  const std::string after = coarse + fine;
  batch.bytes = after;
  resumed.add(batch, {}, {}, {}, options().zone);
  const auto tables = resumed.take();
  ASSERT_EQ(tables.size(), 1U);
  ASSERT_EQ(tables[0].row_count(), 1U);
  EXPECT_EQ(tables[0].heads()[0].item_id, whole.heads.at("Syslog")[2].item_id);
}

TEST(HealthRows, WhatIsWrittenIsReadBackWhole) {
  SourceHealth health;
  health.time = *base::parse_iso("2026-06-01T09:00:00Z");
  health.source = "file:/var/log/a\"b\n.log";
  health.interval_s = 60;
  health.lines = 12;
  health.parse_rate = 0.75;
  health.state = "ok";
  const std::string text = format_health(health) + "no record\n";
  model::RawBatch batch;
  batch.bytes = text;
  HealthRows rows;
  QuarantineRows quarantine;
  rows.add(batch, quarantine);
  EXPECT_EQ(quarantine.waiting(), 1U);
  const auto table = rows.take();
  ASSERT_TRUE(table);
  const auto row = rows_of(*table).at(0);
  EXPECT_EQ(row.at("TimeGenerated"), "2026-06-01T09:00:00Z");
  EXPECT_EQ(row.at("Source"), health.source);
  EXPECT_EQ(row.at("Lines"), "12");
  EXPECT_EQ(row.at("ParseRate"), "0.750000");
  EXPECT_FALSE(row.contains("LatenessSeconds"));
  EXPECT_FALSE(rows.take());
}

TEST_F(AuthlogRowsTest, ARepeatedRecordIsLeftOutAndATrulyRepeatedLineIsNot) {
  const std::string fine =
      "2026-06-01T08:15:30.5+00:00 web1 sshd[1]: Failed password for a from 192.0.2.1 port 4 "
      "ssh2\n";
  const std::string coarse = "Jun  1 08:15:30 web1 su: FAILED SU\n";
  const auto made = make(fine + fine + coarse + coarse);
  EXPECT_EQ(made.tables.at("Syslog").size(), 3U);
  EXPECT_EQ(rows_.repeated_lines(), 1U);
  const auto& heads = made.heads.at("Syslog");
  EXPECT_NE(heads[1].item_id, heads[2].item_id);
}

TEST_F(AuthlogRowsTest, MessageRepeatedCountsInTheAuthenticationTable) {
  const auto made = make(
      "Jun  1 08:15:30 web1 sshd[1]: Failed password for a from 192.0.2.1 port 4 ssh2\n"
      "Jun  1 08:15:31 web1 last message repeated 4 times\n");
  const auto& rows = made.tables.at("ASimAuthenticationEventLogs");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].at("EventCount"), "4");
}

// Every column that we fill is one that Microsoft's table has.
TEST_F(AuthlogRowsTest, ColumnsAreThoseOfThePublishedTables) {
  std::ifstream file(std::string(VEDETTE_SOURCE_DIR) + "/schema/sentinel.txt");
  std::map<std::string, std::set<std::string>> published;
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    std::string kind, name, word;
    in >> kind >> name;
    for (bool here = name == "Syslog" || name == "ASimAuthenticationEventLogs"; here && in >> word;)
      published[name].insert(word.substr(0, word.find(':')));
  }
  ASSERT_EQ(published.size(), 2U) << "schema/sentinel.txt has no such tables";
  const auto made = make(
      "2026-06-01T08:15:30.5+00:00 web1 sshd[123]: Failed password for invalid user bob from "
      "192.0.2.1 port 4711 ssh2\n");
  for (const auto& [table, columns] : published)
    for (const auto& [name, value] : made.tables.at(table).front())
      EXPECT_TRUE(columns.contains(name)) << table << "." << name;
}

}  // namespace
}  // namespace vedette::normalise
