// Owns: the result of a query as it leaves: cells in KQL's types, and the sinks that write them.
// Promises: rows go through one by one and are not kept (but for the table, which needs widths);
// every text passes the sink's encoder. Must not know: where rows come from. One object a result,
// one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kql/plan/plan.h"
#include "kql/value.h"

namespace vedette::kql::result {

struct Cell {
  Type type = Type::string;
  bool is_null = true;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
};

struct Ending {
  bool truncated = false;
  std::string render;
  std::vector<std::string> partial;  // what the rows lack, in words
};

// begin, row ..., end; once more from begin for each further table of the same query.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void begin(const std::vector<plan::Column>& columns) = 0;
  virtual void row(std::span<const Cell> cells) = 0;
  virtual void end(const Ending& ending) = 0;
};

enum class Format : std::uint8_t { table, json, csv, ndjson };
[[nodiscard]] std::optional<Format> format_of_name(std::string_view name);

// Takes finished text, in pieces.
using Write = std::function<void(std::string_view)>;
[[nodiscard]] std::unique_ptr<Sink> make_sink(Format format, Write write);

// A cell as text: what CSV and the table show, before their encoding.
[[nodiscard]] std::string text_of(const Cell& cell);
// 2026-06-01T08:15:30.1234567Z with as many fraction digits as needed.
[[nodiscard]] std::string format_datetime(std::int64_t ticks);

}  // namespace vedette::kql::result
