// Owns: what a log held before it was rotated: the files beside it (auth.log.1, auth.log.2.gz,
// auth.log-20260601, auth.log-20260525.gz), read once, oldest first, before the log itself.
// Promises: whole lines in order; gzip is unpacked on the way, bounded whatever it holds
// (limits::unpacked_log_bytes_max, and a line as everywhere); what is damaged is told and costs its
// rest only. A file that is rotated while we read is read still, and none twice: a file is known by
// how it begins, not by its name. Each batch has the cursor behind its lines, and a reader that is
// begun with it goes on there. Must not know: the log itself, formats. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/line_source.h"
#include "ports/clock.h"

namespace vedette::collect {

struct RotatedLogsOptions {
  std::vector<std::string> logs;   // whose rotated files are read; no patterns
  std::vector<std::string> files;  // read as they are named, before those
  std::optional<std::string> cursor;
  std::uint32_t first_source = 0;  // RawBatch::source of the first file; one more for each further
};

// The rotated files of a log that are there now, oldest first.
[[nodiscard]] std::vector<std::string> find_rotated(const std::string& log);
// Is this the name of a file that has to be unpacked?
[[nodiscard]] bool is_packed_name(const std::string& path);

class RotatedLogs : public LineSource {
 public:
  RotatedLogs(RotatedLogsOptions options, const ports::Clock& clock);
  ~RotatedLogs() override;
  RotatedLogs(const RotatedLogs&) = delete;
  RotatedLogs& operator=(const RotatedLogs&) = delete;

  // Never waits.
  [[nodiscard]] base::Result<std::optional<model::RawBatch>> next(
      base::Duration wait, const std::stop_token& stop) override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] Progress progress() const override;
  [[nodiscard]] std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] std::uint64_t cut_lines() const override;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

// The rotated files first, then what comes behind them; as one source.
class WithRotatedLogs : public LineSource {
 public:
  WithRotatedLogs(std::unique_ptr<RotatedLogs> before, std::unique_ptr<LineSource> then)
      : before_(std::move(before)), then_(std::move(then)) {}

  [[nodiscard]] base::Result<std::optional<model::RawBatch>> next(
      base::Duration wait, const std::stop_token& stop) override;
  [[nodiscard]] bool exchange_buffer(LineBuffer& other) override;
  [[nodiscard]] bool finished() const override { return before_->finished() && then_->finished(); }
  [[nodiscard]] Progress progress() const override;
  [[nodiscard]] std::vector<SourceNotice> take_notices() override;
  [[nodiscard]] std::uint64_t cut_lines() const override {
    return before_->cut_lines() + then_->cut_lines();
  }

 private:
  std::unique_ptr<RotatedLogs> before_;
  std::unique_ptr<LineSource> then_;
  bool is_then_ = false;  // the latest batch is of what comes behind
};

}  // namespace vedette::collect
