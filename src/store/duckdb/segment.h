// Owns: what is known of one segment, the file of one day of receipt: its tables, their columns
// under KQL's and under SQL's names, how many rows, from when to when; and the choice of SQL names.
// Promises: plain values; physical names differ even without case, since DuckDB compares names
// without it. Must not know: DuckDB's interface. Immutable once shared.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kql/value.h"

namespace vedette::store::duckdb {

// The form of the file. 1: the first.
inline constexpr int segment_format = 1;

// In every table, whatever its columns.
inline constexpr std::string_view generated_column = "TimeGenerated";
inline constexpr std::string_view received_column = "_TimeReceived";
inline constexpr std::string_view item_column = "vedette_item";
inline constexpr std::string_view content_column = "vedette_content";

struct SegmentColumn {
  std::string name;      // KQL's
  std::string physical;  // SQL's, unquoted
  kql::Type type = kql::Type::string;
};

struct TickRange {
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t greatest = std::numeric_limits<std::int64_t>::min();
  [[nodiscard]] bool is_empty() const { return least > greatest; }
  void include(std::int64_t ticks);
  void include(const TickRange& other);
};

struct SegmentTable {
  std::string name;      // KQL's
  std::string physical;  // SQL's, unquoted
  std::vector<SegmentColumn> columns;
  std::uint64_t rows = 0;
  TickRange generated;
  [[nodiscard]] const SegmentColumn* column(std::string_view name) const;
};

// How far the store has come; the segment that was written last tells.
struct StoreState {
  std::uint64_t sequence = 0;   // grows by one with each append, over all segments
  std::uint64_t watermark = 0;  // journal position up to which rows are in
  // Rows up to this position may be there already, since a broken segment put the watermark back.
  std::uint64_t rebuilt_until = 0;
};

struct Segment {
  std::string day;    // 2026-06-01
  std::string alias;  // SQL's name of the attached file; never used again for another
  bool sealed = false;
  StoreState state;
  std::map<std::string, std::shared_ptr<const SegmentTable>, std::less<>> tables;
  [[nodiscard]] std::uint64_t rows() const;
  // alias.main."physical"
  [[nodiscard]] std::string qualified(std::string_view physical) const;
};

// What is there at one moment, oldest day first.
using SegmentList = std::vector<std::shared_ptr<const Segment>>;

// A name for `name` that none of `taken` has, even without case: letters, digits and underscores
// of it, and a number where that is needed.
[[nodiscard]] std::string physical_name(std::string_view name,
                                        const std::vector<std::string_view>& taken);
// The SQL type of a column of that type.
[[nodiscard]] std::string_view physical_type(kql::Type type);
// "2026-06-01", checked; nothing else is a day.
[[nodiscard]] bool is_day(std::string_view text);

}  // namespace vedette::store::duckdb
