#include "app/stored_indicators.h"

#include "app/store_question.h"
#include "intel/stored_versions.h"

namespace vedette::app {
using collect::cloud::StoredIndicator;
using kql::result::Cell;

void VersionSink::row(std::span<const Cell> cells) {
  if (cells.size() != intel::version_columns) return;
  const auto time = [&](std::size_t at) {
    return base::Timestamp{cells[at].is_null ? 0 : cells[at].integer};
  };
  const intel::StoredVersion version{cells[0].text,
                                     cells[1].text,
                                     cells[2].text,
                                     cells[3].text,
                                     cells[4].text,
                                     cells[5].text,
                                     cells[6].is_null ? 0 : cells[6].integer,
                                     !cells[7].is_null && cells[7].boolean,
                                     time(8),
                                     time(9),
                                     time(10),
                                     time(11),
                                     time(12)};
  StoredIndicator& made = all_.emplace_back();
  made.received = version.received;
  if (auto read = intel::read_version(version)) {
    made.indicator = *std::move(read);
    return;
  }
  // It keeps its place, and is nothing that anybody is told.
  made.indicator.id = version.id;
  made.indicator.source = version.source;
  made.indicator.is_revoked = true;
}

base::Result<std::vector<StoredIndicator>> read_stored_indicators(
    store::duckdb::SegmentStore& store, const collect::cloud::PushPlace& behind, std::size_t most,
    base::Timestamp now, const std::stop_token& stop) {
  VersionSink sink;
  const auto asked = ask_store(store, intel::versions_query(behind.received, most), now, stop, sink,
                               {{"behind_id", behind.id}, {"behind_source", behind.source}});
  if (stop.stop_requested()) return base::failure(base::ErrorCode::cancelled, "stopped");
  if (!asked) return std::unexpected(asked.error());
  return sink.take();
}

}  // namespace vedette::app
