// Owns: the first half of an event's way, on a thread of its own: collect → normalise. While old
// content is read, the other half (detect → enrich → tell) works on the block before.
// Promises: blocks come in the order they were read; a full queue makes the reader wait; a block
// owns all that its events point into, and what is to be shown of the reading, so the halves share
// nothing else. Must not know: detectors, alerts. `next` and `recycle` are called from one thread.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/detection.h"
#include "base/queue.h"
#include "base/result.h"
#include "collect/line_source.h"
#include "normalise/authlog_normaliser.h"
#include "ports/clock.h"

namespace vedette::app {

// What one look at the source brought.
struct ReadBlock {
  // What was read; the events point into it. One of the two.
  collect::LineBuffer buffer;
  std::string bytes;
  // The first `events_used` of them; the others lie there from before, and were not emptied.
  std::vector<model::AuthEvent> events;
  std::size_t events_used = 0;
  std::vector<model::ChangeEvent> changes;
  std::vector<ReadRun> runs;  // the events and changes again, in turns
  std::string source_name;
  base::Timestamp latest_written;   // when the lines were written: our clock's time, or the file's
  bool empty = true;                // no line came
  bool source_finished = false;     // and none will
  base::Result<void> outcome;       // an error: the source cannot go on
  normalise::AuthlogCounts counts;  // running totals
  std::string quarantined_most;     // the most frequent reason
  std::uint64_t cut_lines = 0;
  collect::Progress progress;
  std::vector<collect::SourceNotice> source_notices;
  std::vector<std::string> notices;
};

class Reading {
 public:
  // The source and the normaliser are the reader's until `join`.
  Reading(collect::LineSource& source, normalise::AuthlogNormaliser& normaliser,
          base::Duration wait, const std::stop_token& stop);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  // The next block; waits for it (an empty one comes after the first look, and after
  // `wait` without lines). Null when the
  // source is finished, cannot go on, or a stop was asked for.
  [[nodiscard]] std::unique_ptr<ReadBlock> next();
  // A used block, for its memory.
  void recycle(std::unique_ptr<ReadBlock> block);
  // Ends the reader; the source and the normaliser are the caller's again.
  void join();

 private:
  void read(const std::stop_token& stop);
  std::unique_ptr<ReadBlock> blank();
  void fill(ReadBlock& block, const std::stop_token& stop);
  [[nodiscard]] detect::ParseTotals totals() const;

  // Enough for both halves to have something to do when one is ahead for a moment. Each block of
  // old content is more than half a megabyte, and more of them would leave the processor's cache.
  static constexpr std::size_t blocks_max = 2;

  collect::LineSource& source_;
  normalise::AuthlogNormaliser& normaliser_;
  const base::Duration wait_;
  bool has_looked_ = false;  // the reader's
  base::BoundedQueue<std::unique_ptr<ReadBlock>> ready_{blocks_max};
  base::BoundedQueue<std::unique_ptr<ReadBlock>> used_{blocks_max + 2};
  std::jthread thread_;
};

}  // namespace vedette::app
