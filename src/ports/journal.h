// Owns: what a source must have before it is told "got it": raw batches and the source's cursor,
// durable together. Real body: store/sqlite/sqlite_journal.h (journal.db). Fake:
// test/fakes/memory_journal.h. Contract: test/contract/journal_contract.h.
// Promises: `append` returns only when the whole list is on the disk (fsync), all of it or nothing;
// positions grow by one and are never used again, not after `trim` and not after a crash; what was
// read back is byte for byte what was appended, or its position is reported as broken.
// Must not know: formats. Any thread; writers wait for each other, readers do not wait for writers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::ports {

struct RawRecord {
  std::string source;  // stable over restarts: "file:/var/log/auth.log"
  std::string format;  // what normalise has to read: "authlog"
  std::string cursor;  // where the source goes on after this record; empty: it keeps none
  base::Timestamp received;
  base::Timestamp source_modified;    // when the source was last written, where that is known
  std::uint64_t source_position = 0;  // where the payload starts in the source, in bytes
  bool live = false;                  // written while we watched
  std::string payload;
};

struct JournalRecord {
  std::uint64_t position = 0;
  RawRecord record;
};

// What `trim` may delete: records up to `consumed` that are older than `received_before`, and the
// oldest consumed ones while the journal is larger than `bytes_max`.
struct TrimPolicy {
  std::uint64_t consumed = 0;  // every consumer's watermark is at or past it, durably
  base::Timestamp received_before;
  std::uint64_t bytes_max = 0;
};

struct TrimOutcome {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

class Journal {
 public:
  virtual ~Journal() = default;
  // The position of the last record. unavailable (a failing disk) or limit_exceeded (a full one):
  // nothing may be acknowledged, and nothing more is written before `reopen`. invalid_argument:
  // nothing, or a record over limits::journal_record_bytes_max.
  [[nodiscard]] virtual base::Result<std::uint64_t> append(std::span<const RawRecord> records) = 0;
  // The records after that position, in order: as many as fit in bytes_max, but at least one.
  // A record that cannot be read back (a flipped bit) is left out and listed in `broken_positions`.
  [[nodiscard]] virtual base::Result<std::vector<JournalRecord>> read(std::uint64_t after,
                                                                      std::size_t bytes_max) = 0;
  [[nodiscard]] virtual base::Result<std::optional<std::string>> cursor(
      std::string_view source) = 0;
  // 0 while nothing was ever appended.
  [[nodiscard]] virtual base::Result<std::uint64_t> last_position() = 0;
  // The oldest position that is still there; last_position() + 1 when there is none.
  [[nodiscard]] virtual base::Result<std::uint64_t> first_position() = 0;
  // A bounded bite of the work; call again while it deletes something.
  [[nodiscard]] virtual base::Result<TrimOutcome> trim(const TrimPolicy& policy) = 0;
  // No record gets a position up to that one: for a consumer that is further than the journal (a
  // journal brought back from a backup, or whose end was damaged) and would skip new records.
  [[nodiscard]] virtual base::Result<void> begin_after(std::uint64_t position) = 0;
  // Positions found broken since the last call; each is reported, never skipped in silence.
  [[nodiscard]] virtual std::vector<std::uint64_t> take_broken_positions() = 0;
  // After an I/O error: everything is closed and opened again, so that what is believed is what is
  // on the disk (a failed fsync is never retried and trusted).
  [[nodiscard]] virtual base::Result<void> reopen() = 0;
};

}  // namespace vedette::ports
