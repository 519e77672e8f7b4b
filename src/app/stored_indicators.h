// Owns: from the store to the indicators that a push looks at, page by page. Promises: what cannot
// be read any more is left out, and the place behind it is passed. Must not know: pushes. Any
// thread.
#pragma once

#include <stop_token>

#include "base/result.h"
#include "collect/cloud/indicator_push.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

[[nodiscard]] base::Result<std::vector<collect::cloud::StoredIndicator>> read_stored_indicators(
    store::duckdb::SegmentStore& store, const collect::cloud::PushPlace& behind, std::size_t most,
    base::Timestamp now, const std::stop_token& stop);

}  // namespace vedette::app
