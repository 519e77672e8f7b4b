// Owns: what collect hands on: whole lines of one source, not yet understood.
// Promises: `bytes` holds whole lines, each ended by '\n' (the last one of a source that has ended
// may have had none: collect adds it); a line longer than limits::line_bytes_max was cut there. The
// views are valid until the source is asked for its next batch. Must not know: formats. Handed from
// one thread to the next as a whole.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace vedette::model {

struct RawBatch {
  std::uint32_t source = 0;         // which source of this run (an index, stable while it runs)
  std::string_view source_name;     // its path, or "standard input"
  std::uint64_t position = 0;       // where `bytes` starts in the source, in bytes
  base::Timestamp received;         // processing time of the read
  base::Timestamp source_modified;  // when the source was last written, as the file system says
  bool live = false;            // written while we watched; false for content that was there before
  std::uint64_t cut_lines = 0;  // lines of this batch that were longer than the limit
  std::string_view bytes;
  // Where the source goes on after this batch, when it was asked to keep that.
  std::string_view cursor;
  std::uint64_t journal_position = 0;  // of the record that holds it; 0: it is in no journal
};

}  // namespace vedette::model
