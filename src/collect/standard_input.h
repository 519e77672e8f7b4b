// Owns: lines from a descriptor the shell opened for us: a pipe, a redirected file or a terminal.
// Promises: the last line is delivered at the end of input even without its newline.
// Must not know: file names, rotation. One thread; the descriptor stays the caller's.
#pragma once

#include "collect/line_source.h"
#include "collect/stop_wait.h"
#include "collect/stream_lines.h"
#include "ports/clock.h"

namespace vedette::collect {

class StandardInput : public LineSource {
 public:
  StandardInput(int descriptor, const ports::Clock& clock, std::uint32_t source = 0);

  [[nodiscard]] base::Result<std::optional<model::RawBatch>> next(
      base::Duration wait, const std::stop_token& stop) override;
  [[nodiscard]] bool finished() const override { return ended_; }
  [[nodiscard]] Progress progress() const override;
  [[nodiscard]] std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] std::uint64_t cut_lines() const override { return cut_lines_; }

 private:
  void inspect(const StreamLines::Outcome& outcome);
  [[nodiscard]] model::RawBatch batch_of(const StreamLines::Outcome& outcome) const;

  const int descriptor_;
  const ports::Clock& clock_;
  const std::uint32_t source_;
  StopWait stop_wait_;
  StreamLines lines_;
  std::vector<SourceNotice> notices_;
  bool regular_file_ = false;  // redirected with <: its end and size are known
  std::uint64_t start_offset_ = 0;
  std::uint64_t cut_lines_ = 0;
  bool ended_ = false;
  bool inspected_ = false;
};

}  // namespace vedette::collect
