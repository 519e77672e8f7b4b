// Owns: the thread on which rows are appended to the store while the trunk makes the next ones.
// Promises: one append at a time, handed over whole and given back with its outcome; an append that
// was begun is ended before this is gone; nothing is tried twice. Must not know: where rows come
// from, what is done about a failure. The trunk's thread calls.
#pragma once

#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "base/queue.h"
#include "base/result.h"
#include "base/time.h"
#include "model/table_batch.h"
#include "ports/event_store.h"

namespace vedette::app {

// Rows for one append.
struct RowsToStore {
  std::vector<model::TableBatch> tables;
  std::uint64_t position = 0;  // of the journal, up to which these are all rows
  base::Timestamp received;
};

class RowWriter {
 public:
  explicit RowWriter(ports::EventStore& store) : store_(store) {}
  ~RowWriter();
  RowWriter(const RowWriter&) = delete;
  RowWriter& operator=(const RowWriter&) = delete;

  // `rows` stay where they are until `wait` returns; the one before was waited for.
  void begin(const RowsToStore& rows);
  [[nodiscard]] base::Result<ports::AppendCounts> wait();
  // What the append that was waited for last took of a processor.
  [[nodiscard]] double cpu_seconds() const { return cpu_seconds_; }

 private:
  struct Done {
    base::Result<ports::AppendCounts> outcome;
    double cpu_seconds = 0;
  };
  void run();

  ports::EventStore& store_;
  double cpu_seconds_ = 0;
  base::BoundedQueue<const RowsToStore*> begun_{1};
  base::BoundedQueue<Done> done_{1};
  std::jthread thread_;  // from the first append on
};

}  // namespace vedette::app
