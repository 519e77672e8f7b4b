// Owns: the first part of an event's way in `serve`: collect → journal, on a thread of its own.
// Promises: a file's place moves on only when its lines are on the disk, in one commit with them; a
// commit that fails is tried again with the same lines for as long as it takes, so nothing is lost
// and nothing read twice; without room on the disk the files wait, and go on by themselves. Must
// not know: formats, what becomes of the lines. `counts` from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "app/bell.h"
#include "collect/file_tail.h"
#include "journal/group_commit.h"
#include "ports/clock.h"

namespace vedette::app {

// Lines of a log as the journal keeps them, with where their source goes on.
[[nodiscard]] ports::RawRecord record_of(const model::RawBatch& batch, std::string source,
                                         std::string_view format);

struct IntakeRooms {
  ports::Journal& journal;  // for the cursors of earlier runs
  journal::GroupCommit& commit;
  ports::Clock& clock;
  Bell& arrived;  // rung when something is in the journal, and at the end
  // A line for the log. Called from the intake's thread.
  std::function<void(collect::NoticeLevel level, const std::string& text)> notice;
};

struct IntakeSettings {
  std::vector<std::string> targets, targets_from_start;  // paths or globs
  std::vector<std::string> windows_targets;              // of these: their lines are Windows events
  bool read_once = false;
};

struct IntakeCounts {
  std::uint64_t records = 0, bytes = 0;  // acknowledged
  std::uint64_t cut_lines = 0;
  std::uint64_t waits = 0;  // commits that had to be tried again
  collect::Progress progress;
  std::string trouble;       // what is tried again at this moment; empty: nothing
  bool is_finished = false;  // read-once: everything is in the journal
};

class Intake {
 public:
  Intake(IntakeRooms rooms, const IntakeSettings& settings);
  ~Intake();  // asks for a stop and joins

  void start();
  void stop();
  // One record of our own (health), on the way of all others; its position. From any thread.
  [[nodiscard]] base::Result<std::uint64_t> add(ports::RawRecord record);
  // One record of another source; tried until it is on the disk. False: a stop was asked for, and
  // it is not. From any thread.
  [[nodiscard]] bool commit(ports::RawRecord record, const std::stop_token& stop);
  [[nodiscard]] IntakeCounts counts() const;

 private:
  void run(const std::stop_token& stop);
  // What was rotated away before a log is read for the first time. False: the stop came.
  [[nodiscard]] bool read_rotated(const std::string& path, const std::stop_token& stop);
  // One look at the files. False when nothing will come any more.
  [[nodiscard]] bool step(const std::stop_token& stop);
  void note_progress();
  [[nodiscard]] std::string_view format_of(const std::string& path) const;

  IntakeRooms rooms_;
  const std::vector<std::string> from_start_, windows_targets_;
  collect::FileTail tail_;

  mutable std::mutex mutex_;
  IntakeCounts counts_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace vedette::app
