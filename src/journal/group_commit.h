// Owns: the way of raw records from many source threads into the journal, many in one fsync.
// Promises: `append` returns a position only when its records are on the disk; nothing is ever
// acknowledged from a commit that failed: exactly the callers of that group are told, the journal
// is opened anew (what was not synced is not believed), and the next group is tried. The queue is
// bounded (limits::journal_queue_bytes_max) and makes callers wait; without room on the disk they
// are told at once. A stop lets what was handed over reach the disk. Must not know: formats,
// sources. Any thread; the journal is written by a thread of its own.
//
// There is no timer: a group is what gathered while the one before was being written, so a lone
// record never waits and many share one fsync; a group ends at limits::journal_group_bytes_max.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/durable_position.h"
#include "journal/room_watch.h"
#include "ports/journal.h"

namespace vedette::journal {

struct GroupCommitStatus {
  std::uint64_t groups = 0, records = 0, payload_bytes = 0;  // durable since the start
  std::uint64_t failed_groups = 0;
  std::string error;  // of the last group; empty when it went well
};

class GroupCommit {
 public:
  // Both outlive this, and this its callers. An error: the journal does not say where it ends.
  [[nodiscard]] static base::Result<std::unique_ptr<GroupCommit>> start(ports::Journal& journal,
                                                                        RoomWatch& room);
  GroupCommit(ports::Journal& journal, RoomWatch& room, std::uint64_t last_position);  // for start
  ~GroupCommit();
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  // The position of the last of them, all durable together. They are taken when it succeeds and
  // left as they were when it fails, so that the source can try again: limit_exceeded (no room) and
  // unavailable (the disk fails) after a pause, invalid_argument never, cancelled after a stop.
  [[nodiscard]] base::Result<std::uint64_t> append(std::vector<ports::RawRecord>& records);
  [[nodiscard]] base::Result<std::uint64_t> append(ports::RawRecord& record);

  // Takes no more, and returns when what waits has been written. May be called again.
  void stop();

  // Consumers wait here for more (journal/replay.h).
  [[nodiscard]] DurablePosition& durable() { return durable_; }
  [[nodiscard]] GroupCommitStatus status() const;

 private:
  struct Request;

  std::vector<Request*> next_group();
  void leave(const std::vector<Request*>& group);
  void commit(const std::vector<Request*>& group);
  base::Result<std::uint64_t> write(const std::vector<Request*>& group);
  void note(const base::Result<std::uint64_t>& position, const std::vector<Request*>& group);

  ports::Journal& journal_;
  RoomWatch& room_;
  DurablePosition durable_;

  mutable std::mutex mutex_;
  std::condition_variable space_, drained_;
  std::deque<Request*> waiting_;  // its head is being written, with some behind it
  std::size_t waiting_bytes_ = 0;
  bool stopping_ = false;
  GroupCommitStatus status_;

  bool must_reopen_ = false;  // of the caller at the head of the queue
};

}  // namespace vedette::journal
