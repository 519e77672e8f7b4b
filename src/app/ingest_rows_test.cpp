#include "app/ingest_rows.h"

#include <gtest/gtest.h>

#include "fakes/hostile_strings.h"
#include "kql/catalogue/schema_catalogue.h"
#include "model/indicator_record.h"

namespace vedette::app {
namespace {

using Views = std::vector<std::string_view>;

TEST(IngestRowsTest, SplitsEveryForm) {
  EXPECT_EQ(*split_json_rows("{\"a\":1}"), Views{"{\"a\":1}"});
  EXPECT_EQ(*split_json_rows("{\n \"a\": \"}\\\"{\"\n}\n"), Views{"{\n \"a\": \"}\\\"{\"\n}"});
  EXPECT_EQ(*split_json_rows("{\"a\":1}\n{\"b\":[2,{}]}\r\n\n{\"c\":3}"),
            (Views{"{\"a\":1}", "{\"b\":[2,{}]}", "{\"c\":3}"}));
  EXPECT_EQ(*split_json_rows(" [ {\"a\":\"],[\"} , {\"b\":2} ] "),
            (Views{"{\"a\":\"],[\"}", "{\"b\":2}"}));
  EXPECT_EQ(*split_json_rows("[]"), Views{});
  EXPECT_EQ(*split_json_rows("[1,\"x\",null]"), (Views{"1", "\"x\"", "null"}));
  EXPECT_EQ(*split_json_rows("\xEF\xBB\xBF{\"a\":1}"), Views{"{\"a\":1}"});
  // A line that is broken costs itself only.
  EXPECT_EQ(*split_json_rows("{\"a\":1}\n{\"b\": \nnothing\n{\"c\":3}"),
            (Views{"{\"a\":1}", "{\"b\":", "nothing", "{\"c\":3}"}));
  for (const char* none :
       {"", " \n", "7", "no json", "\"text\"", "[{}", "[{}]]", "[{} {}]", "[{}", "{\"a\":", "[\"]"})
    EXPECT_FALSE(split_json_rows(none)) << none;
}

class IngestRowsTableTest : public testing::Test {
 protected:
  std::vector<model::TableBatch> add(std::string_view table, std::string_view body,
                                     std::string_view key = {}, bool is_import = false) {
    payload_ = ingest_payload({table, key, is_import}, body);
    model::RawBatch batch;
    batch.source_name = "ingest:test";
    batch.received = *base::parse_iso("2026-06-01T08:00:00Z");
    batch.bytes = payload_;
    batch.journal_position = ++position_;
    rows_.add(batch, ingest_format);
    return rows_.take();
  }

  kql::SchemaCatalogue catalogue_{kql::built_in_schema()};
  normalise::QuarantineRows quarantine_;
  IngestRows rows_{catalogue_, quarantine_};
  std::string payload_;
  std::uint64_t position_ = 0;
};

TEST_F(IngestRowsTableTest, ImportedRowsAreWhatTheySayAndSoughtEverywhere) {
  const std::string row = R"({"TimeGenerated":"2026-06-01T07:00:00Z","ResultType":"0","Odd":1})";
  const auto first = add("SigninLogs", "[" + row + "]", {}, true);
  const auto again = add("SigninLogs", "[" + row + "]", {}, true);
  const auto sent = add("SigninLogs", "[" + row + "]");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_TRUE(first[0].seeks_everywhere());
  EXPECT_TRUE(again.at(0).seeks_everywhere());
  EXPECT_EQ(first[0].heads()[0].item_id, again.at(0).heads().at(0).item_id);
  EXPECT_FALSE(sent.at(0).seeks_everywhere());
  EXPECT_NE(first[0].heads()[0].item_id, sent.at(0).heads().at(0).item_id);
  EXPECT_EQ(quarantine_.waiting(), 1U);  // the one that was sent
}

TEST_F(IngestRowsTableTest, RowsAreTypedByTheirTable) {
  const auto tables =
      add("SigninLogs", R"([{"TimeGenerated":"2026-06-01T07:00:00Z","ResultType":50126}, {}])");
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].table(), "SigninLogs");
  ASSERT_EQ(tables[0].row_count(), 2U);
  EXPECT_EQ(base::format_iso(tables[0].heads()[0].generated), "2026-06-01T07:00:00Z");
  EXPECT_EQ(base::format_iso(tables[0].heads()[1].generated), "2026-06-01T08:00:00Z");
  EXPECT_EQ(base::format_iso(tables[0].heads()[1].received), "2026-06-01T08:00:00Z");
  ASSERT_EQ(tables[0].columns().size(), 1U);
  const auto* text = std::get_if<model::TextCell>(&tables[0].columns()[0].values[0]);
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(tables[0].text_of(*text), "50126");
  EXPECT_EQ(quarantine_.waiting(), 0U);
}

TEST_F(IngestRowsTableTest, ARowIsKnownByKeyPlaceAndContent) {
  const auto id = [&](std::string_view body, std::string_view key, std::size_t row = 0) {
    const auto tables = add("Mine_CL", body, key);
    return tables.at(0).heads()[row].item_id;
  };
  const char* one = R"([{"a":1},{"a":1}])";
  EXPECT_EQ(id(one, "k"), id(one, "k"));
  EXPECT_NE(id(one, "k", 0), id(one, "k", 1));
  EXPECT_NE(id(one, "k"), id(one, "other"));
  EXPECT_NE(id(one, ""), id(one, ""));
  EXPECT_NE(id(R"({"a":1})", "k"), id(R"({"a":2})", "k"));
  EXPECT_EQ(id(R"({"_ItemId":"x","a":1})", ""), id(R"({"_ItemId":"x","a":2})", "k"));
}

TEST_F(IngestRowsTableTest, WhatDoesNotFitIsInTheQuarantine) {
  const auto tables =
      add("SigninLogs", "{\"TimeGenerated\":\"soon\"}\n{\"NoSuch\":1}\n{broken\n[1]\n7\n{}");
  ASSERT_EQ(tables.size(), 1U);
  EXPECT_EQ(tables[0].row_count(), 3U);
  EXPECT_EQ(quarantine_.waiting(), 5U);
}

TEST_F(IngestRowsTableTest, HostileTextsAreTextsOrQuarantined) {
  for (const std::string& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    const auto tables = add("Mine_CL", "{\"a\":\"" + text + "\"}");
    EXPECT_LE(tables.size(), 1U);
    (void)add("Mine_CL", text);
  }
  model::RawBatch batch;
  batch.bytes = "no head at all";
  rows_.add(batch, ingest_format);
  rows_.add(batch, model::indicator_format);
  EXPECT_TRUE(rows_.take().empty());
}

// Both tables, and a row of the quarantine for each reason, whatever the form.
TEST_F(IngestRowsTableTest, IndicatorsAreRowsOfBothTablesAndRefusalsAreCounted) {
  const std::string payload = model::indicator_payload(
      {.source = "lists", .form = "csv", .confidence = 70, .hold_hours = 24, .columns = "2"},
      "1,203.0.113.7\n2,10.0.0.1\n3,10.0.0.2\n4,none of it\n");
  model::RawBatch batch;
  batch.source_name = "feed:lists";
  batch.received = *base::parse_iso("2026-06-01T08:00:00Z");
  batch.bytes = payload;
  rows_.add(batch, model::indicator_format);
  const auto tables = rows_.take();
  ASSERT_EQ(tables.size(), 2U);
  EXPECT_EQ(tables[0].table(), "ThreatIntelIndicators");
  EXPECT_EQ(tables[1].table(), "ThreatIntelligenceIndicator");
  for (const auto& table : tables) {
    EXPECT_EQ(table.row_count(), 1U);
    EXPECT_TRUE(table.seeks_everywhere());
  }
  EXPECT_EQ(quarantine_.waiting(), 2U);
}

}  // namespace
}  // namespace vedette::app
