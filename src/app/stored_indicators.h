// Owns: from the store to the indicators that a push looks at, page by page. Promises: what cannot
// be read any more is left out, and the place behind it is passed. Must not know: pushes. Any
// thread.
#pragma once

#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/result.h"
#include "collect/cloud/indicator_push.h"
#include "kql/result/sink.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

// Rows of intel::versions_query and intel::latest_query.
class VersionSink final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>& /*columns*/) override {}
  void row(std::span<const kql::result::Cell> cells) override;
  void end(const kql::result::Ending& /*ending*/) override {}
  [[nodiscard]] std::vector<collect::cloud::StoredIndicator> take() { return std::move(all_); }

 private:
  std::vector<collect::cloud::StoredIndicator> all_;
};

[[nodiscard]] base::Result<std::vector<collect::cloud::StoredIndicator>> read_stored_indicators(
    store::duckdb::SegmentStore& store, const collect::cloud::PushPlace& behind, std::size_t most,
    base::Timestamp now, const std::stop_token& stop);

}  // namespace vedette::app
