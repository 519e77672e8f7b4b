// Owns: when a result is the one expected. Numbers are compared to the digits shown, times by
// value, dynamic values as JSON, rows in any order unless the query orders them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "kql/result/sink.h"

namespace vedette::test {

// A sink that keeps a result as text; of several tables the first.
class Collected final : public kql::result::Sink {
 public:
  struct Cell {
    bool is_null = true;
    std::string text;
  };
  void begin(const std::vector<kql::plan::Column>& begun) override {
    if (!ended) columns = begun;
  }
  void row(std::span<const kql::result::Cell> cells) override {
    if (ended) return;
    std::vector<Cell> line;
    for (const auto& cell : cells) line.push_back({cell.is_null, kql::result::text_of(cell)});
    rows.push_back(std::move(line));
  }
  void end(const kql::result::Ending&) override { ended = true; }

  bool ended = false;
  std::vector<kql::plan::Column> columns;
  std::vector<std::vector<Cell>> rows;
};

// What is wrong with the result of a case; empty when it is as expected.
std::string compare(const base::Json& one_case, const Collected& result);

}  // namespace vedette::test
