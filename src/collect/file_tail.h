// Owns: following log files by name through everything that happens to them: rotation by rename and
// by copytruncate, deletion and return, symbolic links that change, globs that match more.
// Promises: each line once, in file order; several files that were there before are read oldest
// first. What is inherent: bytes that were written after our last read and cut away (copytruncate)
// can be lost; they are looked for in the copy beside the file, and a notice says when there is
// none. Without inotify everything is looked at four times a second. A FIFO or character device is
// read only when it was named itself, and was one when we started. Must not know: formats. One
// thread calls; `stop` may come from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/line_source.h"
#include "ports/clock.h"

namespace vedette::collect {

struct TailOptions {
  std::vector<std::string> targets;  // paths or globs
  bool from_start = false;           // read what is there already, not only new lines
  bool read_once = false;            // end at the end of the present content (implies from_start)
  bool use_inotify = true;           // false: poll, as where inotify is not to be had
  std::uint32_t first_source = 0;  // RawBatch::source of the first file; one more for each further
  // Targets of which what is there already is read, whatever from_start says.
  std::vector<std::string> targets_from_start = {};
  // Where a path was left by an earlier run (RawBatch::cursor of its last batch); nothing when it
  // was never read. Set: batches carry cursors, and a line without an end is left for the next run.
  std::function<std::optional<std::string>(const std::string& path)> cursor_of = {};
};

// Where one path goes on.
struct PathCursor {
  std::string path;
  std::string cursor;
};

class FileTail : public LineSource {
 public:
  FileTail(TailOptions options, const ports::Clock& clock);
  ~FileTail() override;
  FileTail(const FileTail&) = delete;
  FileTail& operator=(const FileTail&) = delete;

  [[nodiscard]] base::Result<std::optional<model::RawBatch>> next(
      base::Duration wait, const std::stop_token& stop) override;
  [[nodiscard]] bool exchange_buffer(LineBuffer& other) override;
  // Read-once: everything was read. Else only when no target can ever yield a line (all refused).
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] Progress progress() const override;
  [[nodiscard]] std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] std::uint64_t cut_lines() const override;
  // Of the paths that are now elsewhere than in the last cursor that was handed out: a file was
  // met for the first time, rotated, or found to be a copy, and brought no line.
  [[nodiscard]] std::vector<PathCursor> take_moved_cursors();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::collect
