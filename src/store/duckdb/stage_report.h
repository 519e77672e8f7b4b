// Owns: what one step of a query cost. Promises: plain data; what the engine does not say is not
// there. Must not know: who is shown it. A value; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace vedette::store::duckdb {

struct StageReport {
  std::string sql;
  std::optional<std::int64_t> took_us;
  // Read from tables, those that a filter left out too.
  std::optional<std::int64_t> rows_scanned;
  // The most that the engine held while it ran, with what others did meanwhile.
  std::optional<std::int64_t> memory_bytes;
};

// Called from the query's thread, after each step.
using ReportStage = std::function<void(const StageReport& report)>;

}  // namespace vedette::store::duckdb
