// Owns: what every source of lines looks like to the pipeline: batches of whole lines, how far it
// is, and what the user should be told. Promises: each line once, in the source's own order; a
// batch's views live until the next call of `next`; memory is bounded whatever the source holds.
// What goes wrong with one file is a notice, not an error: the others go on. Must not know:
// formats, detectors. One thread calls; a stop may be asked for from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/time.h"
#include "model/raw_batch.h"

namespace vedette::collect {

enum class NoticeLevel : std::uint8_t { information, warning, error };

enum class NoticeKind : std::uint8_t {
  cannot_open,     // permission, or an error of the system; tried again when something changes
  refused,         // a directory, a socket, a compressed file: never read
  waiting,         // named, but not there yet
  appeared,        // it is there now
  rotated,         // renamed away; the old file is read to its end, the new one from its start
  truncated,       // cut to nothing and begun again (copytruncate)
  deleted,         // gone; waiting for it to return
  binary,          // does not look like text
  line_cut,        // a line longer than limits::line_bytes_max: its head was kept
  read_failed,     // the system could not read on
  polling,         // no inotify: looking at intervals instead
  too_many_files,  // more than limits::tailed_files_max
  connection,      // a sender over the network was refused, or its connection ended badly
};

// The text is for people and may hold file names: it goes through the sink's encoder like all text.
struct SourceNotice {
  NoticeKind kind = NoticeKind::waiting;
  NoticeLevel level = NoticeLevel::information;
  std::string source_name;
  std::string text;
};

struct Progress {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_known_total = 0;  // read, and known to be waiting; 0 when it cannot be known
  std::size_t files = 0;                // open now
  std::string current_name;             // where the last batch came from
  bool catching_up = false;             // content that was there before us is still unread
};

// The bytes that batches lie in: limits::line_bytes_max + 1 of them, not touched before they are
// used.
using LineBuffer = std::unique_ptr<char[]>;
[[nodiscard]] inline LineBuffer make_line_buffer() {
  return std::make_unique_for_overwrite<char[]>(base::limits::line_bytes_max + 1);
}

class LineSource {
 public:
  virtual ~LineSource() = default;
  // The next batch. Waits up to `wait` for new content (zero: does not wait); empty when none came,
  // or when a stop was asked for. An error means that this source cannot go on at all.
  [[nodiscard]] virtual base::Result<std::optional<model::RawBatch>> next(
      base::Duration wait, const std::stop_token& stop) = 0;
  // Hands over the buffer that the latest batch lies in, so that its bytes need not be copied to be
  // kept, and takes `other` (or makes a new one) for the next. False, and nothing happens, when the
  // batch lies elsewhere.
  [[nodiscard]] virtual bool exchange_buffer(LineBuffer& /*other*/) { return false; }
  // Nothing will come any more: the input ended, or all that was to be read once has been.
  [[nodiscard]] virtual bool finished() const = 0;
  [[nodiscard]] virtual Progress progress() const = 0;
  // Since the last call; at most limits::source_notices_max are kept between two calls.
  [[nodiscard]] virtual std::vector<SourceNotice> take_notices() = 0;
  // Lines longer than limits::line_bytes_max so far.
  [[nodiscard]] virtual std::uint64_t cut_lines() const = 0;
};

}  // namespace vedette::collect
