// Owns: the event store on disk: one DuckDB file a day of receipt in one folder, all attached to
// one instance; body of ports::EventStore, and hunts beside the writer. Promises: what the port
// says; a segment that will not open is set aside under another name and the store goes on, put
// back to the journal position from which its rows come again; hunts see whole appends or none of
// them, and say what is missing. Must not know: sources, rules. Threads: one `append` or `reopen`
// at a time; `seal_finished_days`, `apply_retention` and `rest` from one thread beside them;
// `take_notices`, `hunt`,
// `watermark` and `segments` from any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "kql/catalogue/catalogue.h"
#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/result/sink.h"
#include "ports/clock.h"
#include "ports/event_store.h"
#include "ports/external_data.h"
#include "ports/geo_lookup.h"
#include "store/duckdb/stage_report.h"

namespace vedette::store::duckdb {

// Rows that wait for the engine: two bites of them, as app/trunk.cpp gathers them.
inline constexpr std::int64_t waiting_rows_bytes = 128LL * 1024 * 1024;

struct SegmentStoreOptions {
  std::string folder;  // the segments lie right in it; made when it is not there
  // What the engine may have (docs/decisions/0018-ingest-speed.md).
  std::int64_t memory_bytes = base::limits::store_memory_bytes - waiting_rows_bytes;
  int threads = 2;
  // For hunts of a store that nobody writes: nothing is changed, not even mended; a folder that is
  // not there is an empty store.
  bool read_only = false;
  // What geo_info_from_ip_address answers from (nothing without); outlives the store.
  const ports::GeoLookup* places = nullptr;
};

struct StoreHuntOptions {
  int timeout_ms = base::limits::query_timeout_ms;
  std::stop_token stop = {};
  ports::ExternalData* external = nullptr;            // for externaldata, refused without
  std::function<void(double percent)> progress = {};  // as EngineOptions has it
  ReportStage report = {};
};

class SegmentStore final : public ports::EventStore {
  class Body;

 public:
  // `unavailable`: another process has the store. `catalogue` and `clock` must outlive the store.
  [[nodiscard]] static base::Result<std::unique_ptr<SegmentStore>> open(
      const SegmentStoreOptions& options, const kql::Catalogue& catalogue,
      const ports::Clock& clock);
  // Only open() can make the body.
  explicit SegmentStore(std::unique_ptr<Body> body);
  ~SegmentStore() override;
  SegmentStore(const SegmentStore&) = delete;
  SegmentStore& operator=(const SegmentStore&) = delete;

  [[nodiscard]] base::Result<ports::AppendCounts> append(std::span<const model::TableBatch> batches,
                                                         std::uint64_t watermark,
                                                         base::Timestamp received) override;
  [[nodiscard]] base::Result<std::uint64_t> watermark() override;
  [[nodiscard]] base::Result<void> seal_finished_days(base::Timestamp now) override;
  [[nodiscard]] base::Result<ports::RetentionOutcome> apply_retention(
      const ports::RetentionPolicy& policy, base::Timestamp now) override;
  [[nodiscard]] base::Result<std::vector<ports::SegmentInformation>> segments() override;
  [[nodiscard]] base::Result<void> reopen() override;
  [[nodiscard]] std::vector<std::string> take_notices() override;

  // Lets go of the segments that nobody used for a while, and gives their memory back; they are
  // attached again when they are needed. From the thread of `seal_finished_days`.
  [[nodiscard]] base::Result<void> rest();

  // Runs one query to its end on a connection of its own, beside the writer. At most
  // limits::hunts_at_once_max run; one more is refused.
  kql::Checked<void> hunt(std::string_view text, const kql::Inputs& inputs,
                          const StoreHuntOptions& options, kql::result::Sink& sink);
  // The SQL that a query becomes; nothing is run.
  [[nodiscard]] kql::Checked<kql::Stage> explain(std::string_view text,
                                                 const kql::Inputs& inputs) const;

 private:
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::store::duckdb
