#include "app/intake.h"

#include <algorithm>
#include <utility>

#include "app/crash_point.h"
#include "app/thread_load.h"
#include "collect/path_walk.h"
#include "collect/rotated_logs.h"
#include "normalise/authlog_rows.h"
#include "normalise/windows/windows_normaliser.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr Duration look_interval = Duration::milliseconds(500);
constexpr Duration first_pause = Duration::milliseconds(100);
constexpr Duration longest_pause = Duration::seconds(2);

constexpr std::string_view rotated_done = "done";

std::string source_of(const std::string& path) {
  return "file:" + path;
}

collect::TailOptions tail_options(const IntakeSettings& settings, ports::Journal& journal) {
  collect::TailOptions options;
  options.targets = settings.targets;
  options.targets_from_start = settings.targets_from_start;
  options.read_once = settings.read_once;
  options.cursor_of = [&journal](const std::string& path) -> std::optional<std::string> {
    auto cursor = journal.cursor(source_of(path));
    // A journal that cannot say has other troubles, which are told; the file is begun as a new one.
    return cursor ? *cursor : std::nullopt;
  };
  return options;
}

}  // namespace

ports::RawRecord record_of(const model::RawBatch& batch, std::string source,
                           std::string_view format) {
  ports::RawRecord record;
  record.source = std::move(source);
  record.format = format;
  record.cursor = batch.cursor;
  record.received = batch.received;
  record.source_modified = batch.source_modified;
  record.source_position = batch.position;
  record.live = batch.live;
  record.payload = batch.bytes;
  return record;
}

Intake::Intake(IntakeRooms rooms, const IntakeSettings& settings)
    : rooms_(std::move(rooms)),
      from_start_(settings.targets_from_start),
      windows_targets_(settings.windows_targets),
      tail_(tail_options(settings, rooms_.journal), rooms_.clock) {}

Intake::~Intake() {
  stop();
}

void Intake::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Intake::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Intake::run(const std::stop_token& stop) {
  name_thread("intake");
  bool goes_on = std::ranges::all_of(from_start_, [&](const std::string& path) {
    return collect::is_pattern(path) || read_rotated(path, stop);
  });
  while (goes_on && !stop.stop_requested()) goes_on = step(stop);
  {
    const std::lock_guard lock(mutex_);
    counts_.is_finished = true;
  }
  rooms_.arrived.ring();
}

// Its place is a source's of its own; that it is done stands there too, so that it is never done
// again, whatever the files are called by then.
bool Intake::read_rotated(const std::string& path, const std::stop_token& stop) {
  const std::string source = "rotated:" + path;
  const auto before = rooms_.journal.cursor(source).value_or(std::nullopt);
  const bool was_read = !before && rooms_.journal.cursor(source_of(path)).value_or(std::nullopt);
  if (was_read || before == rotated_done) return true;
  collect::RotatedLogsOptions options;
  options.logs = {path};
  options.cursor = before;
  collect::RotatedLogs logs(options, rooms_.clock);
  bool is_begun = before.has_value();
  while (!logs.finished()) {
    if (stop.stop_requested()) return false;
    const auto read = logs.next({}, stop);
    for (const auto& notice : logs.take_notices()) rooms_.notice(notice.level, notice.text);
    if (!read || !*read) continue;
    if (!commit(record_of(**read, source, format_of(path)), stop)) return false;
    is_begun = true;
  }
  if (!is_begun) return true;  // from now on the log itself has a place
  ports::RawRecord done;
  done.source = source;
  done.format = format_of(path);
  done.cursor = rotated_done;
  done.received = rooms_.clock.now();
  return commit(std::move(done), stop);
}

bool Intake::step(const std::stop_token& stop) {
  const auto read = tail_.next(look_interval, stop);
  for (const auto& notice : tail_.take_notices()) rooms_.notice(notice.level, notice.text);
  note_progress();
  if (!read) {
    rooms_.notice(collect::NoticeLevel::error, "cannot wait for files: " + read.error().message);
    return rooms_.clock.sleep(longest_pause, stop);
  }
  if (*read) {
    const model::RawBatch& batch = **read;
    const std::string path(batch.source_name);
    return commit(record_of(batch, source_of(path), format_of(path)), stop);
  }
  // No line came, but where a file is known to be may have changed (it was met, or rotated).
  ports::RawRecord record;
  for (auto& [path, cursor] : tail_.take_moved_cursors()) {
    record.source = source_of(path);
    record.format = format_of(path);
    record.cursor = std::move(cursor);
    record.received = rooms_.clock.now();
    if (!commit(record, stop)) return false;
  }
  return !tail_.finished();
}

bool Intake::commit(ports::RawRecord record, const std::stop_token& stop) {
  const std::size_t bytes = record.payload.size();
  Duration pause = first_pause;
  for (bool failed = false; !stop.stop_requested(); failed = true) {
    crash_point("before_journal");
    const auto position = rooms_.commit.append(record);
    crash_point("after_journal");
    const std::string trouble = position ? "" : position.error().message;
    if (position && failed)
      rooms_.notice(collect::NoticeLevel::information, "the journal takes lines again");
    if (!position && !failed)
      rooms_.notice(collect::NoticeLevel::error,
                    "the journal does not take lines, the sources wait: " + trouble);
    {
      const std::lock_guard lock(mutex_);
      counts_.trouble = trouble;
      counts_.records += position ? 1 : 0;
      counts_.bytes += position ? bytes : 0;
      counts_.waits += position ? 0 : 1;
    }
    if (position) {
      rooms_.arrived.ring();
      return true;
    }
    if (!rooms_.clock.sleep(pause, stop)) break;
    pause = {std::min(pause.ticks * 2, longest_pause.ticks)};
  }
  return false;
}

base::Result<std::uint64_t> Intake::add(ports::RawRecord record) {
  const std::uint64_t position = VEDETTE_TRY(rooms_.commit.append(record));
  rooms_.arrived.ring();
  return position;
}

std::string_view Intake::format_of(const std::string& path) const {
  const bool is_windows = std::ranges::any_of(windows_targets_, [&](const std::string& target) {
    return collect::is_named_by(target, path);
  });
  return is_windows ? normalise::windows::windows_format : normalise::authlog_format;
}

void Intake::note_progress() {
  const std::lock_guard lock(mutex_);
  counts_.progress = tail_.progress();
  counts_.cut_lines = tail_.cut_lines();
}

IntakeCounts Intake::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace vedette::app
