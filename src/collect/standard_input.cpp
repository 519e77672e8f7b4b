#include "collect/standard_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "collect/source_text.h"

namespace vedette::collect {
namespace {

constexpr std::string_view display_name = "standard input";

}  // namespace

StandardInput::StandardInput(int descriptor, const ports::Clock& clock, std::uint32_t source)
    : descriptor_(descriptor), clock_(clock), source_(source) {
  struct stat status{};
  regular_file_ = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (regular_file_) {
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
    start_offset_ =
        static_cast<std::uint64_t>(std::max<off_t>(0, ::lseek(descriptor_, 0, SEEK_CUR)));
  } else {
    // A larger pipe costs the writer fewer waits; where it is not a pipe or not allowed, nothing is
    // lost.
    ::fcntl(descriptor_, F_SETPIPE_SZ, static_cast<int>(base::limits::chunk_bytes));
  }
}

base::Result<std::optional<model::RawBatch>> StandardInput::next(base::Duration wait,
                                                                 const std::stop_token& stop) {
  base::Duration remaining = wait;
  const base::Duration deadline = clock_.monotonic() + wait;
  while (!ended_ && !stop.stop_requested()) {
    std::array<pollfd, 1> descriptors{{{descriptor_, POLLIN, 0}}};
    const auto woke = VEDETTE_TRY(stop_wait_.wait(descriptors, remaining, stop));
    if (woke != StopWait::Woke::ready) return std::nullopt;
    if (descriptors[0].revents != 0) {
      auto read = lines_.read(descriptor_);
      if (!read) return std::unexpected(std::move(read).error().within(std::string(display_name)));
      ended_ = read->state == StreamLines::State::ended;
      cut_lines_ += read->cut_lines;
      if (!read->lines.empty()) {
        inspect(*read);
        return batch_of(*read);
      }
    }
    // Part of a line came. It does not end the caller's wait, and does not prolong it either.
    remaining = std::clamp(deadline + base::Duration{-clock_.monotonic().ticks}, base::Duration{},
                           remaining);
  }
  return std::nullopt;
}

void StandardInput::inspect(const StreamLines::Outcome& outcome) {
  const std::string name(display_name);
  if (outcome.cut_lines > 0 && cut_lines_ == outcome.cut_lines)
    note(notices_, line_cut_notice(name));
  if (inspected_) return;
  inspected_ = true;
  if (looks_binary(outcome.lines)) note(notices_, binary_notice(name));
}

model::RawBatch StandardInput::batch_of(const StreamLines::Outcome& outcome) const {
  model::RawBatch batch;
  batch.source = source_;
  batch.source_name = display_name;
  batch.position = start_offset_ + outcome.position;
  batch.received = clock_.now();
  batch.source_modified = batch.received;
  struct stat status{};
  if (regular_file_ && ::fstat(descriptor_, &status) == 0)
    batch.source_modified = timestamp_of(status.st_mtim);
  batch.live = !regular_file_;
  batch.cut_lines = outcome.cut_lines;
  batch.bytes = outcome.lines;
  return batch;
}

Progress StandardInput::progress() const {
  Progress progress;
  progress.bytes_read = lines_.bytes_read();
  progress.files = ended_ ? 0 : 1;
  progress.current_name = display_name;
  struct stat status{};
  if (regular_file_ && ::fstat(descriptor_, &status) == 0) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    progress.bytes_known_total =
        std::max(progress.bytes_read, size - std::min(size, start_offset_));
    progress.catching_up = !ended_;
  }
  return progress;
}

std::vector<SourceNotice> StandardInput::take_notices() {
  return std::exchange(notices_, {});
}

}  // namespace vedette::collect
