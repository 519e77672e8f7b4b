// Owns: the same pages read by DuckDB's read_json into a table, for the comparison. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vedette::bench {

// The rows that came of all pages of that folder.
[[nodiscard]] std::optional<std::uint64_t> read_with_duckdb(const std::string& folder,
                                                            const std::string& pages);

}  // namespace vedette::bench
