// Owns: the way of a batch's cells into a segment's table: DuckDB's vectors, filled column by
// column, through its appender. Promises: text is valid UTF-8 and bounded, dynamic is canonical
// JSON, a value that does not fit its column's type is left out and counted; nothing is committed
// here. Must not know: identities, files. One thread.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "model/table_batch.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/segment.h"

namespace vedette::store::duckdb {

// Appends these rows of the batch (ascending). The table has every column that they fill. Gives
// how many values did not fit.
[[nodiscard]] base::Result<std::uint64_t> append_rows(Connection& connection,
                                                      const Segment& segment,
                                                      const SegmentTable& table,
                                                      const model::TableBatch& batch,
                                                      std::span<const std::uint32_t> rows);

// The text as the store keeps it: valid UTF-8, at most limits::stored_text_bytes_max. A view of
// `text` or of `buffer`.
[[nodiscard]] std::string_view storable_text(std::string_view text, std::string& buffer);

}  // namespace vedette::store::duckdb
