// Owns: what could not be understood as rows of `VedetteQuarantine`: the raw text, its reason and
// where it lies, so that nothing is dropped in silence and can be read again by a better reader.
// Promises: one row a call; the place in the journal makes its identity. Must not know: formats.
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "model/table_batch.h"

namespace vedette::normalise {

inline constexpr std::string_view quarantine_table = "VedetteQuarantine";

struct QuarantinedText {
  std::string_view source, format, reason, payload;
  base::Timestamp received;
  std::uint64_t journal_position = 0;
  std::uint64_t source_position = 0;
};

class QuarantineRows {
 public:
  void add(const QuarantinedText& text);
  [[nodiscard]] std::size_t waiting() const { return columns_.rows.row_count(); }
  // The rows since the last call; nothing when there are none.
  [[nodiscard]] std::optional<model::TableBatch> take();

 private:
  struct Columns {
    model::TableBatch rows{std::string(quarantine_table)};
    std::size_t source = rows.column("Source");
    std::size_t format = rows.column("Format");
    std::size_t reason = rows.column("Reason");
    std::size_t payload = rows.column("Payload");
    std::size_t journal_position = rows.column("JournalPosition");
    std::size_t source_position = rows.column("SourcePosition");
  };
  Columns columns_;
};

}  // namespace vedette::normalise
