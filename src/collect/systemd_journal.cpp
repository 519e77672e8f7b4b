#include "collect/systemd_journal.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "collect/child_process.h"
#include "collect/journal_export.h"
#include "collect/source_text.h"
#include "collect/stop_wait.h"
#include "collect/tail_notices.h"

namespace vedette::collect {
namespace {

using base::Duration;
using base::Result;
using base::Timestamp;

constexpr Duration first_pause = Duration::seconds(1);
constexpr Duration longest_pause = Duration::minutes(1);
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t complaint_bytes_max = 1'000;
// A cursor of ours: a time, for when no entry was handed over yet. journald's begin with "s=".
constexpr char time_cursor = '@';

// "1780301730.123456", as --since takes it behind an "@".
std::string unix_text(Timestamp time) {
  const std::int64_t microseconds =
      time.ticks % base::ticks_per_second / (base::ticks_per_second / 1'000'000);
  return fmt::format("{}{}.{:06}", time_cursor, time.unix_seconds(), microseconds);
}

std::vector<std::string> words_of(const SystemdJournalOptions& options, const std::string& cursor) {
  std::vector<std::string> words{options.program, "--output=export", "--no-pager", "--no-tail"};
  if (!options.folder.empty()) words.push_back("--directory=" + options.folder);
  if (!options.read_once) words.emplace_back("--follow");
  if (cursor.starts_with(time_cursor))
    words.push_back("--since=" + cursor);
  else if (!cursor.empty())
    words.push_back("--after-cursor=" + cursor);
  for (const auto& identifier : options.identifiers) words.push_back("--identifier=" + identifier);
  return words;
}

}  // namespace

bool has_systemd_journal() {
  std::error_code ignored;
  const bool has_entries = std::filesystem::is_directory("/run/log/journal", ignored) ||
                           std::filesystem::is_directory("/var/log/journal", ignored);
  const std::array programs{"/usr/bin/journalctl", "/bin/journalctl"};
  return has_entries &&
         std::ranges::any_of(programs, [](const char* path) { return ::access(path, X_OK) == 0; });
}

class SystemdJournal::Body {
 public:
  Body(SystemdJournalOptions options, const ports::Clock& clock)
      : options_(std::move(options)), clock_(clock), started_(clock.now()) {
    cursor_ = options_.cursor.value_or("");
    const bool wants_old = options_.from_start || options_.read_once;
    if (cursor_.empty() && !wants_old) cursor_ = unix_text(started_);
  }

  Result<std::optional<model::RawBatch>> next(Duration wait, const std::stop_token& stop);
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] Progress progress() const;
  std::vector<SourceNotice> take_notices() { return std::exchange(notices_, {}); }
  [[nodiscard]] std::uint64_t cut_lines() const { return cut_ + exported_.cut(); }
  [[nodiscard]] const std::string& cursor() const { return cursor_; }

 private:
  bool start_child();
  void end_of_child();
  void read_output();
  void read_complaints();
  [[nodiscard]] std::optional<model::RawBatch> take_lines();
  void tell(NoticeKind kind, NoticeLevel level, const std::string& text) {
    note(notices_, {kind, level, options_.name, options_.name + ": " + text});
  }

  const SystemdJournalOptions options_;
  const ports::Clock& clock_;
  const Timestamp started_;
  StopWait stop_wait_;
  std::optional<ChildProcess> child_;
  JournalExport exported_;
  std::string cursor_;
  std::string lines_;  // of the batch that is handed out
  Timestamp newest_;
  std::string complaint_;
  std::vector<SourceNotice> notices_;
  Duration pause_ = first_pause;
  Duration start_due_;
  std::uint64_t bytes_read_ = 0, position_ = 0, cut_ = 0, broken_told_ = 0;
  bool finished_ = false, output_over_ = false, errors_over_ = false;
};

Result<std::optional<model::RawBatch>> SystemdJournal::Body::next(Duration wait,
                                                                  const std::stop_token& stop) {
  const Duration deadline = clock_.monotonic() + wait;
  while (!finished_ && !stop.stop_requested()) {
    if (auto batch = take_lines()) return batch;
    if (output_over_) end_of_child();
    if (finished_) break;
    const Duration now = clock_.monotonic();
    const Duration left = std::max(Duration{}, deadline - now);
    Duration remaining = left;
    const bool has_child = child_.has_value() || (now >= start_due_ && start_child());
    if (!has_child) remaining = std::clamp(start_due_ - now, Duration{}, left);
    std::array<pollfd, 2> descriptors{
        {{has_child ? child_->output() : -1, POLLIN, 0},
         {has_child && !errors_over_ ? child_->errors() : -1, POLLIN, 0}}};
    const auto woke = VEDETTE_TRY(stop_wait_.wait(descriptors, remaining, stop));
    if (descriptors[1].revents != 0) read_complaints();
    if (descriptors[0].revents != 0) read_output();
    if (woke == StopWait::Woke::time_up && remaining == left) break;
  }
  return std::nullopt;
}

bool SystemdJournal::Body::start_child() {
  auto child = ChildProcess::start(words_of(options_, cursor_));
  if (!child) {
    tell(NoticeKind::read_failed, NoticeLevel::error, child.error().message);
    finished_ = options_.read_once;
    start_due_ = clock_.monotonic() + pause_;
    pause_ = std::min(pause_ + pause_, longest_pause);
    return false;
  }
  child_.emplace(std::move(*child));
  cut_ += exported_.cut();
  exported_ = {};
  broken_told_ = 0;
  errors_over_ = false;
  return true;
}

void SystemdJournal::Body::read_output() {
  std::array<char, read_bytes> bytes{};
  const ssize_t got = ::read(child_->output(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    output_over_ = true;
    exported_.finish();
    return;
  }
  bytes_read_ += static_cast<std::uint64_t>(got);
  exported_.feed({bytes.data(), static_cast<std::size_t>(got)});
}

void SystemdJournal::Body::read_complaints() {
  std::array<char, complaint_bytes_max> bytes{};
  const ssize_t got = ::read(child_->errors(), bytes.data(), bytes.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  errors_over_ = got <= 0;
  if (errors_over_) return;
  complaint_.append(bytes.data(), static_cast<std::size_t>(got));
  for (std::size_t end = complaint_.find('\n'); end != std::string::npos;
       end = complaint_.find('\n')) {
    const std::string line(base::trim(std::string_view(complaint_).substr(0, end)));
    complaint_.erase(0, end + 1);
    if (!line.empty()) tell(NoticeKind::connection, NoticeLevel::warning, line);
  }
  if (complaint_.size() > complaint_bytes_max) complaint_.clear();
}

// The entries that have come whole, as one batch.
std::optional<model::RawBatch> SystemdJournal::Body::take_lines() {
  lines_.clear();
  JournalEntry entry;
  while (lines_.size() < base::limits::chunk_bytes && exported_.next(entry)) {
    lines_ += line_of(entry);
    if (!entry.cursor.empty()) cursor_ = entry.cursor;
    newest_ = std::max(newest_, entry.time);
  }
  if (exported_.broken() != std::exchange(broken_told_, exported_.broken()))
    tell(NoticeKind::read_failed, NoticeLevel::warning,
         "entries that journalctl wrote in no known form were passed over");
  if (lines_.empty()) return std::nullopt;
  pause_ = first_pause;
  model::RawBatch batch;
  batch.source = options_.source;
  batch.source_name = options_.name;
  batch.position = position_;
  batch.received = clock_.now();
  batch.live = newest_ >= started_;
  batch.source_modified = batch.live ? batch.received : newest_;
  batch.bytes = lines_;
  batch.cursor = cursor_;
  position_ += lines_.size();
  return batch;
}

void SystemdJournal::Body::end_of_child() {
  output_over_ = false;
  read_complaints();
  const int code = child_->wait();
  child_.reset();
  finished_ = options_.read_once;
  const bool failed = code != 0 && !(options_.read_once && bytes_read_ > 0);
  if (failed || !options_.read_once)
    tell(NoticeKind::read_failed, failed ? NoticeLevel::error : NoticeLevel::warning,
         fmt::format("{} ended with code {}{}", options_.program, code,
                     options_.read_once ? "" : "; it is started again"));
  start_due_ = clock_.monotonic() + pause_;
  pause_ = std::min(pause_ + pause_, longest_pause);
}

Progress SystemdJournal::Body::progress() const {
  Progress progress;
  progress.bytes_read = bytes_read_;
  progress.files = finished_ ? 0 : 1;
  progress.current_name = options_.name;
  progress.catching_up = options_.read_once && !finished_;
  return progress;
}

SystemdJournal::SystemdJournal(SystemdJournalOptions options, const ports::Clock& clock)
    : body_(std::make_unique<Body>(std::move(options), clock)) {}
SystemdJournal::~SystemdJournal() = default;

Result<std::optional<model::RawBatch>> SystemdJournal::next(Duration wait,
                                                            const std::stop_token& stop) {
  return body_->next(wait, stop);
}
bool SystemdJournal::finished() const {
  return body_->finished();
}
Progress SystemdJournal::progress() const {
  return body_->progress();
}
std::vector<SourceNotice> SystemdJournal::take_notices() {
  return body_->take_notices();
}
std::uint64_t SystemdJournal::cut_lines() const {
  return body_->cut_lines();
}
const std::string& SystemdJournal::cursor() const {
  return body_->cursor();
}

}  // namespace vedette::collect
