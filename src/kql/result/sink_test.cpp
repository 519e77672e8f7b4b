// What attackers wrote, as a table for spreadsheets, programs and terminals.
#include "kql/result/sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/json.h"
#include "fakes/hostile_strings.h"

namespace vedette::kql::result {
namespace {

std::string written(Format format, std::string_view text) {
  std::string out;
  const auto sink = make_sink(format, [&](std::string_view piece) { out += piece; });
  sink->begin({{.name = "Account", .type = Type::string}, {.name = "Count", .type = Type::int64}});
  std::array<Cell, 2> cells;
  cells[0].text = text;
  cells[1].type = Type::int64;
  cells[1].integer = 7;
  for (Cell& cell : cells) cell.is_null = false;
  sink->row(cells);
  sink->end({});
  return out;
}

// RFC 4180, strictly; each record's fields.
std::vector<std::vector<std::string>> read_csv(std::string_view text) {
  std::vector<std::vector<std::string>> records{{""}};
  bool in_quotes = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string& field = records.back().back();
    const char c = text[at];
    if (in_quotes) {
      const bool doubled = c == '"' && at + 1 < text.size() && text[at + 1] == '"';
      if (c != '"' || doubled) field += c;
      if (doubled) ++at;
      if (c == '"' && !doubled) in_quotes = false;
    } else if (c == '"' && field.empty()) {
      in_quotes = true;
    } else if (c == ',') {
      records.back().emplace_back();
    } else if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') {
      ++at;
      records.push_back({""});
    } else {
      field += c;
    }
  }
  EXPECT_FALSE(in_quotes);
  EXPECT_EQ(records.back(), std::vector<std::string>{""}) << "the last record is ended";
  records.pop_back();
  return records;
}

TEST(HostileRows, CsvKeepsItsShapeAndBeginsNoFormula) {
  for (const auto& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    const auto records = read_csv(written(Format::csv, text));
    ASSERT_EQ(records.size(), 2U) << text.substr(0, 100);
    ASSERT_EQ(records[1].size(), 2U) << text.substr(0, 100);
    EXPECT_EQ(records[1][1], "7");
    const std::string& shown = records[1][0];
    EXPECT_TRUE(shown == text || shown == "'" + text) << text.substr(0, 100);
    const bool begins_formula =
        !shown.empty() && std::string_view("=+-@\t\r\0", 7).contains(shown.front());
    EXPECT_FALSE(begins_formula) << text.substr(0, 100);
  }
  EXPECT_EQ(written(Format::csv, "=HYPERLINK(\"http://x\")"),
            "Account,Count\r\n\"'=HYPERLINK(\"\"http://x\"\")\",7\r\n");
}

TEST(HostileRows, JsonAndTheTerminalKeepTheirShape) {
  for (const auto& text : fakes::hostile_strings(VEDETTE_SOURCE_DIR)) {
    const std::string line = written(Format::ndjson, text);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
    // Our own reader takes no texts of a megabyte.
    EXPECT_TRUE(text.size() > 100'000 || base::parse_json(line)) << text.substr(0, 100);
    const std::string table = written(Format::table, text);
    for (const char c : table)
      EXPECT_TRUE(c == '\n' || (c >= 0x20 && c != 0x7F) || static_cast<unsigned char>(c) >= 0x80);
    EXPECT_EQ(std::ranges::count(table, '\n'),
              std::ranges::count(written(Format::table, "x"), '\n'));
  }
}

}  // namespace
}  // namespace vedette::kql::result
