#include "store/duckdb/segment.h"

#include <algorithm>

#include "base/text.h"
#include "base/time.h"
#include "fmt/format.h"
#include "store/duckdb/handles.h"

namespace vedette::store::duckdb {

void TickRange::include(std::int64_t ticks) {
  least = std::min(least, ticks);
  greatest = std::max(greatest, ticks);
}

void TickRange::include(const TickRange& other) {
  least = std::min(least, other.least);
  greatest = std::max(greatest, other.greatest);
}

const SegmentColumn* SegmentTable::column(std::string_view wanted) const {
  const auto found = std::ranges::find(columns, wanted, &SegmentColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

std::uint64_t Segment::rows() const {
  std::uint64_t sum = 0;
  for (const auto& [name, table] : tables) sum += table->rows;
  return sum;
}

std::string Segment::qualified(std::string_view physical) const {
  return fmt::format("{}.main.{}", alias, quote_identifier(physical));
}

std::string physical_name(std::string_view name, const std::vector<std::string_view>& taken) {
  std::string plain;
  for (const char c : name) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    plain += fits ? c : '_';
  }
  std::string candidate = plain;
  const auto collides = [&](std::string_view other) {
    return base::equals_ignoring_case(candidate, other);
  };
  for (int number = 2; std::ranges::any_of(taken, collides); ++number)
    candidate = fmt::format("{}__{}", plain, number);
  return candidate;
}

std::string_view physical_type(kql::Type type) {
  switch (type) {
    case kql::Type::boolean:
      return "BOOLEAN";
    case kql::Type::int32:
      return "INTEGER";
    case kql::Type::int64:
    case kql::Type::datetime:
    case kql::Type::timespan:
      return "BIGINT";
    case kql::Type::real:
      return "DOUBLE";
    case kql::Type::decimal:
      return "DECIMAL(38,18)";
    case kql::Type::guid:
      return "UUID";
    case kql::Type::string:
    case kql::Type::dynamic:
      break;
  }
  return "VARCHAR";
}

bool is_day(std::string_view text) {
  if (text.size() != 10) return false;
  const auto moment = base::parse_iso(std::string(text) + "T00:00:00Z");
  return moment && base::format_iso(*moment).substr(0, 10) == text;
}

}  // namespace vedette::store::duckdb
