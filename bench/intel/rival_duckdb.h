// Owns: DuckDB as a rival: two CSV files into tables, then the join, by itself timed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vedette::bench {

// Of all threads of this process.
[[nodiscard]] double processor_seconds();

struct JoinOutcome {
  double seconds = 0;  // of processors
  std::uint64_t found = 0;
};
// Of events.csv (src, dst) and indicators.csv (value) in the folder; nothing: it failed, and said
// why.
[[nodiscard]] std::optional<JoinOutcome> join_with_duckdb(const std::string& folder, int threads);

}  // namespace vedette::bench
