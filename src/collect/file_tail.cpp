#include "collect/file_tail.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <span>
#include <utility>

#include "base/limits.h"
#include "collect/file_events.h"
#include "collect/followed_files.h"
#include "collect/source_text.h"
#include "collect/stop_wait.h"
#include "collect/stream_lines.h"
#include "collect/tail_notices.h"

namespace vedette::collect {
namespace {

// With inotify, all names and files are still looked at now and then: a network file system, a
// folder that may not be watched or a memory-mapped write makes no event.
constexpr base::Duration full_look_interval = base::Duration::seconds(1);
constexpr base::Duration polling_interval = base::Duration::milliseconds(250);
constexpr std::size_t streams_max = 32;

base::Duration since(base::Duration earlier, base::Duration now) {
  return {now.ticks - earlier.ticks};
}

}  // namespace

class FileTail::Body {
 public:
  Body(TailOptions options, const ports::Clock& clock);
  base::Result<std::optional<model::RawBatch>> next(base::Duration wait,
                                                    const std::stop_token& stop);
  [[nodiscard]] bool exchange_buffer(LineBuffer& other);
  [[nodiscard]] bool finished() const;
  [[nodiscard]] Progress progress() const;
  std::vector<SourceNotice> take_notices() { return std::exchange(notices_, {}); }
  [[nodiscard]] std::uint64_t cut_lines() const { return cut_lines_; }
  std::vector<PathCursor> take_moved_cursors();

 private:
  struct Stream {
    std::string path;
    std::uint32_t source = 0;
    FileDescriptor descriptor;
    bool is_fifo = false;
    bool is_readable = false;  // said by the last poll
    bool is_inspected = false;
    StreamLines lines;
  };

  void notice_changes();
  void look_at_everything();
  [[nodiscard]] std::optional<model::RawBatch> read_files(const std::stop_token& stop);
  [[nodiscard]] std::optional<model::RawBatch> read_file(OpenFile& open);
  void tell_about(const TailedFile& file, const TailedFile::Lines& lines);
  [[nodiscard]] std::optional<model::RawBatch> read_streams();
  [[nodiscard]] std::optional<model::RawBatch> read_stream(Stream& stream);
  void open_streams();
  void end_stream(Stream& stream);
  [[nodiscard]] base::Result<StopWait::Woke> wait_for_more(base::Duration time,
                                                           const std::stop_token& stop);
  [[nodiscard]] bool is_polling() const {
    return !options_.read_once && !events_.problem().empty();
  }

  const TailOptions options_;
  const ports::Clock& clock_;
  std::vector<SourceNotice> notices_;
  FileEvents events_;
  FollowedFiles files_;
  std::vector<Stream> streams_;
  StopWait stop_wait_;
  LineBuffer buffer_;
  bool lies_in_buffer_ = false;  // does the latest batch?
  std::string current_name_;
  std::string cursor_;                           // behind the last batch
  std::map<std::string, std::uint64_t> places_;  // of the cursors that were handed out, by path
  base::Duration looked_;                        // when everything was looked at last
  std::uint64_t bytes_read_ = 0;
  std::uint64_t cut_lines_ = 0;
  bool has_looked_ = false;
  bool told_polling_ = false;
};

FileTail::Body::Body(TailOptions options, const ports::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      events_(options_.use_inotify && !options_.read_once),
      files_(options_, clock_, events_, notices_),
      buffer_(make_line_buffer()) {}

base::Result<std::optional<model::RawBatch>> FileTail::Body::next(base::Duration wait,
                                                                  const std::stop_token& stop) {
  lies_in_buffer_ = false;
  base::Duration remaining = wait;
  const base::Duration deadline = clock_.monotonic() + wait;
  while (!stop.stop_requested()) {
    notice_changes();
    if (auto batch = read_files(stop)) return batch;
    if (auto batch = read_streams()) return batch;
    if (finished() || (remaining.ticks <= 0 && wait.ticks > 0)) break;
    const base::Duration interval = is_polling() ? polling_interval : full_look_interval;
    const base::Duration slice = std::min(remaining, interval);
    const auto woke = VEDETTE_TRY(wait_for_more(slice, stop));
    if (wait.ticks == 0 && woke != StopWait::Woke::ready) break;
    if (woke == StopWait::Woke::time_up) remaining = since(slice, remaining);
    // Polling goes by the waits themselves, so that a clock that stands still does not stop it.
    if (woke == StopWait::Woke::time_up && is_polling()) look_at_everything();
    remaining = std::min(remaining, since(clock_.monotonic(), deadline));
  }
  return std::nullopt;
}

bool FileTail::Body::exchange_buffer(LineBuffer& other) {
  if (!std::exchange(lies_in_buffer_, false)) return false;
  std::swap(buffer_, other);
  if (buffer_ == nullptr) buffer_ = make_line_buffer();
  return true;
}

void FileTail::Body::notice_changes() {
  const FileEvents::Changes changes = events_.take();
  for (const std::uint64_t number : changes.files) files_.wake(number);
  const base::Duration interval = is_polling() ? polling_interval : full_look_interval;
  const bool is_due = !options_.read_once && since(looked_, clock_.monotonic()) >= interval;
  if (!has_looked_ || changes.overflowed || is_due)
    look_at_everything();
  else if (changes.names)
    files_.look_up_names();
  if (is_polling() && !std::exchange(told_polling_, true))
    note(notices_, polling_notice(events_.problem()));
}

void FileTail::Body::look_at_everything() {
  looked_ = clock_.monotonic();
  files_.look_up_names();
  if (!std::exchange(has_looked_, true)) open_streams();
  // Before the files are woken: one more read decides whether an idle file really is.
  files_.retire_idle();
  files_.wake_all();
}

std::optional<model::RawBatch> FileTail::Body::read_files(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    OpenFile* open = files_.next_to_read();
    if (open == nullptr) return std::nullopt;
    if (auto batch = read_file(*open)) return batch;
  }
  return std::nullopt;
}

// One look and one read. Whatever happens, the file is at its end, closed, or further on
// afterwards.
std::optional<model::RawBatch> FileTail::Body::read_file(OpenFile& open) {
  TailedFile& file = *open.file;
  const std::uint64_t number = file.number();
  const bool is_last = file.at_end();  // nothing more is expected: what has no newline ends here
  const auto change = file.look();
  if (!change) {
    files_.fail(open, change.error().message);
    return std::nullopt;
  }
  if (*change != Change::none) {
    files_.begin_again(open, *change);
    return std::nullopt;
  }
  if (file.consumed_bytes() == 0 && !unpacker_of(file.first_bytes()).empty()) {
    files_.refuse(open);
    return std::nullopt;
  }
  const std::uint64_t before = file.consumed_bytes();
  const bool keeps_cursors = static_cast<bool>(options_.cursor_of);
  const bool is_left = is_last && options_.read_once && keeps_cursors;
  const std::span<char> buffer(buffer_.get(), base::limits::line_bytes_max + 1);
  const auto lines = is_left   ? TailedFile::Lines{}
                     : is_last ? file.read_unfinished(buffer)
                               : file.read(buffer);
  if (!lines) {
    files_.fail(open, lines.error().message);
    return std::nullopt;
  }
  bytes_read_ += file.consumed_bytes() - before;
  std::optional<model::RawBatch> batch;
  if (lines->bytes > 0) {
    open.last_content = clock_.monotonic();
    if (!is_last) open.is_closing = false;  // it is still written to
    tell_about(file, *lines);
    current_name_ = keeps_cursors ? open.path : file.name();
    batch.emplace();
    batch->source = file.source();
    batch->source_name = current_name_;
    batch->position = lines->position;
    batch->received = clock_.now();
    batch->source_modified = file.modified();
    batch->live = lines->live && !options_.read_once;
    batch->cut_lines = lines->cut_lines;
    batch->bytes = {buffer_.get(), lines->bytes};
    lies_in_buffer_ = true;
    if (keeps_cursors) {
      cursor_ = files_.cursor_of(open.path);
      places_[open.path] = files_.place_of(open.path);
    }
    batch->cursor = cursor_;
  }
  if (is_last) files_.close(number);
  return batch;
}

void FileTail::Body::tell_about(const TailedFile& file, const TailedFile::Lines& lines) {
  if (lines.position == 0 && file.looks_binary()) note(notices_, binary_notice(file.name()));
  if (lines.cut_lines > 0 && cut_lines_ == 0) note(notices_, line_cut_notice(file.name()));
  cut_lines_ += lines.cut_lines;
}

void FileTail::Body::open_streams() {
  for (NamedStream& named : files_.take_streams()) {
    Stream stream;
    stream.path = std::move(named.path);
    stream.source = named.source;
    stream.descriptor =
        FileDescriptor(::open(stream.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status{};
    const bool opened =
        stream.descriptor.is_open() && ::fstat(stream.descriptor.get(), &status) == 0;
    stream.is_fifo = S_ISFIFO(status.st_mode);
    if (!opened)
      note(notices_, cannot_open_notice(stream.path, errno));
    else if (streams_.size() >= streams_max)
      note(notices_, too_many_files_notice(stream.path));
    else
      streams_.push_back(std::move(stream));
  }
}

std::optional<model::RawBatch> FileTail::Body::read_streams() {
  for (Stream& stream : streams_)
    while (stream.is_readable)
      if (auto batch = read_stream(stream)) return batch;
  std::erase_if(streams_, [](const Stream& stream) { return !stream.descriptor.is_open(); });
  return std::nullopt;
}

std::optional<model::RawBatch> FileTail::Body::read_stream(Stream& stream) {
  const auto read = stream.lines.read(stream.descriptor.get());
  if (!read) {
    note(notices_, read_failed_notice(stream.path, read.error().message));
    stream.is_readable = false;
    stream.descriptor.reset();
    return std::nullopt;
  }
  if (read->state == StreamLines::State::would_block) stream.is_readable = false;
  if (read->state == StreamLines::State::ended) end_stream(stream);
  if (read->lines.empty()) return std::nullopt;
  if (!std::exchange(stream.is_inspected, true) && looks_binary(read->lines))
    note(notices_, binary_notice(stream.path));
  if (read->cut_lines > 0 && cut_lines_ == 0) note(notices_, line_cut_notice(stream.path));
  cut_lines_ += read->cut_lines;
  bytes_read_ += read->lines.size();
  current_name_ = stream.path;
  model::RawBatch batch;
  batch.source = stream.source;
  batch.source_name = current_name_;
  batch.position = read->position;
  batch.received = clock_.now();
  batch.source_modified = batch.received;
  batch.live = true;
  batch.cut_lines = read->cut_lines;
  batch.bytes = read->lines;
  return batch;
}

// The last writer has gone. Another may come to a FIFO that is watched: a new descriptor waits for
// it (the old one would say "ended" for ever), opened before the old one is closed, so nothing is
// lost.
void FileTail::Body::end_stream(Stream& stream) {
  stream.is_readable = false;
  FileDescriptor again;
  if (stream.is_fifo && !options_.read_once)
    again =
        FileDescriptor(::open(stream.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  stream.descriptor = std::move(again);
}

std::vector<PathCursor> FileTail::Body::take_moved_cursors() {
  std::vector<PathCursor> moved;
  for (const std::string& path : files_.paths()) {
    const std::uint64_t place = files_.place_of(path);
    if (std::exchange(places_[path], place) != place)
      moved.push_back({path, files_.cursor_of(path)});
  }
  return moved;
}

base::Result<StopWait::Woke> FileTail::Body::wait_for_more(base::Duration time,
                                                           const std::stop_token& stop) {
  std::array<pollfd, streams_max + 1> descriptors{};
  std::size_t count = 0;
  for (const Stream& stream : streams_) descriptors[count++] = {stream.descriptor.get(), POLLIN, 0};
  if (events_.descriptor() >= 0) descriptors[count++] = {events_.descriptor(), POLLIN, 0};
  const auto woke = VEDETTE_TRY(stop_wait_.wait(std::span(descriptors).first(count), time, stop));
  for (std::size_t i = 0; i < streams_.size(); ++i)
    streams_[i].is_readable = descriptors[i].revents != 0;
  return woke;
}

bool FileTail::Body::finished() const {
  if (!has_looked_ || !streams_.empty()) return false;
  return options_.read_once ? files_.open_files().empty() : files_.is_hopeless();
}

Progress FileTail::Body::progress() const {
  Progress progress;
  progress.bytes_read = bytes_read_;
  progress.bytes_known_total = bytes_read_;
  for (const OpenFile& open : files_.open_files()) {
    progress.bytes_known_total += open.file->pending_bytes();
    progress.catching_up = progress.catching_up || open.file->is_catching_up();
  }
  progress.files = files_.open_files().size() + streams_.size();
  progress.current_name = current_name_;
  return progress;
}

FileTail::FileTail(TailOptions options, const ports::Clock& clock)
    : body_(std::make_unique<Body>(std::move(options), clock)) {}
FileTail::~FileTail() = default;

base::Result<std::optional<model::RawBatch>> FileTail::next(base::Duration wait,
                                                            const std::stop_token& stop) {
  return body_->next(wait, stop);
}
bool FileTail::exchange_buffer(LineBuffer& other) {
  return body_->exchange_buffer(other);
}
bool FileTail::finished() const {
  return body_->finished();
}
Progress FileTail::progress() const {
  return body_->progress();
}
std::vector<SourceNotice> FileTail::take_notices() {
  return body_->take_notices();
}
std::uint64_t FileTail::cut_lines() const {
  return body_->cut_lines();
}
std::vector<PathCursor> FileTail::take_moved_cursors() {
  return body_->take_moved_cursors();
}

}  // namespace vedette::collect
