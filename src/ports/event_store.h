// Owns: the tables of events. Real body: store/duckdb/segment_store.h. Fake:
// test/fakes/memory_event_store.h. Contract: test/contract/event_store_contract.h.
// Promises: `append` puts all rows and the watermark in one transaction: after a crash either both
// are there or neither, so replay of the journal from `watermark` neither loses nor doubles a row.
// A column that was never filled is not there; the first value in it adds it. Rows whose item id
// was seen with the same content within the overlap window are left out and counted; with other
// content they take the old row's place. Must not know: sources, formats. One writer thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/table_batch.h"

namespace vedette::ports {

struct AppendCounts {
  std::uint64_t rows = 0;      // new
  std::uint64_t repeated = 0;  // same id, same content: left out
  std::uint64_t updated = 0;   // same id, new content: in place of the old row
};

struct RetentionPolicy {
  base::Duration keep;          // days of receipt; whole days
  std::uint64_t bytes_max = 0;  // of the whole store; 0: no bound
  // Tables that go earlier, by name; of days that are sealed.
  std::map<std::string, base::Duration, std::less<>> tables = {};
};

struct RetentionOutcome {
  std::uint64_t tables_deleted = 0;  // of one day each
  std::uint64_t segments_deleted = 0;
  std::uint64_t bytes_freed = 0;  // given back to the disk
};

struct SegmentInformation {
  std::string day;  // "2026-06-01", UTC day of receipt
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  bool sealed = false;
  std::map<std::string, std::uint64_t, std::less<>> tables = {};  // rows by table
};

class EventStore {
 public:
  virtual ~EventStore() = default;
  // Everything up to journal position `watermark` is in the store when this returns. The day of
  // `received` chooses the segment. Rolled back whole on an error: unavailable is worth another try
  // (memory, a busy file), limit_exceeded is a full disk; both after `reopen`, and then from
  // `watermark`, which says what is in. invalid_argument: the batch itself is wrong, and stays so.
  [[nodiscard]] virtual base::Result<AppendCounts> append(
      std::span<const model::TableBatch> batches, std::uint64_t watermark,
      base::Timestamp received) = 0;
  // The journal position up to which rows are in; 0 in a store that is new.
  [[nodiscard]] virtual base::Result<std::uint64_t> watermark() = 0;
  // What the end of a day brings: sealing of segments that are no longer written (compacted, sorted
  // by TimeGenerated, entered in the catalogue). `now` is processing time.
  [[nodiscard]] virtual base::Result<void> seal_finished_days(base::Timestamp now) = 0;
  [[nodiscard]] virtual base::Result<RetentionOutcome> apply_retention(
      const RetentionPolicy& policy, base::Timestamp now) = 0;
  [[nodiscard]] virtual base::Result<std::vector<SegmentInformation>> segments() = 0;
  // After a fatal error of the engine (a failed checkpoint): close and open again.
  [[nodiscard]] virtual base::Result<void> reopen() = 0;
  // What was mended or set aside since the last call, in words for the log.
  [[nodiscard]] virtual std::vector<std::string> take_notices() = 0;
};

}  // namespace vedette::ports
