// Owns: segments as files: their names, attaching and letting go, the tables that Vedette itself
// keeps in each (format, state, columns, deletions to be done elsewhere), and the making of tables
// and columns. Promises: each step is one transaction in that file. Must not know: rows. One thread
// at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/segment.h"

namespace vedette::store::duckdb {

struct NewColumn {
  std::string name;  // KQL's
  kql::Type type = kql::Type::string;
};

// FOLDER/2026-06-01.duckdb
[[nodiscard]] std::string segment_path(const std::string& folder, std::string_view day);
// The days that have a file, ascending; leftovers of a sealing that did not end are deleted when
// `cleaning`.
[[nodiscard]] base::Result<std::vector<std::string>> segment_days(const std::string& folder,
                                                                  bool cleaning);
// File and write-ahead log.
[[nodiscard]] std::uint64_t segment_bytes(const std::string& folder, std::string_view day);

// What a file is attached for. One that is written takes many rows at once past its log; one that
// is sealed is laid out for reading.
enum class AttachFor : std::uint8_t { reading, writing, sealing };

// Attaches the file at `path` under `alias` and makes sure that Vedette's own tables are in it.
[[nodiscard]] base::Result<void> attach(Connection& connection, const std::string& path,
                                        std::string_view alias, AttachFor purpose);
[[nodiscard]] base::Result<void> detach(Connection& connection, std::string_view alias);
// What an attached file holds.
[[nodiscard]] base::Result<Segment> describe(Connection& connection, std::string_view alias,
                                             std::string_view day);

// Makes the table where it is not there, and adds the columns that it does not have.
[[nodiscard]] base::Result<std::shared_ptr<const SegmentTable>> extend_table(
    Connection& connection, const Segment& segment, std::string_view table,
    const std::vector<NewColumn>& columns);

}  // namespace vedette::store::duckdb
