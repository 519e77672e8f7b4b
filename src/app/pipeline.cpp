#include "app/pipeline.h"

#include <span>
#include <utility>

namespace vedette::app {

base::Result<bool> Pipeline::step() {
  auto block = rooms_.reading.next();  // collect: whole lines;
  if (block == nullptr) return false;  // normalise: events, the rest quarantined
  const base::Timestamp now = rooms_.clock.now();
  if (block->empty) {
    detection_.pass_time(block->counts.last_time, latest_written_, now);
  } else {
    // detect → enrich → tell
    const auto events = std::span(block->events).first(block->events_used);
    detection_.work_on({events, block->changes, block->runs, block->source_name,
                        block->quarantined_most, rooms_.detectors.lateness()},
                       now);
    latest_written_ = block->latest_written;
  }
  rooms_.report(*block);
  const base::Result<void> outcome = block->outcome;
  rooms_.reading.recycle(std::move(block));
  VEDETTE_TRY_VOID(outcome);
  return true;
}

}  // namespace vedette::app
