#include "app/reading.h"

#include <utility>

namespace vedette::app {

Reading::Reading(collect::LineSource& source, normalise::AuthlogNormaliser& normaliser,
                 base::Duration wait, const std::stop_token& stop)
    : source_(source), normaliser_(normaliser), wait_(wait) {
  thread_ = std::jthread([this, stop] { read(stop); });
}

Reading::~Reading() {
  join();
}

void Reading::join() {
  ready_.close();
  if (thread_.joinable()) thread_.join();
}

std::unique_ptr<ReadBlock> Reading::next() {
  return ready_.pop().value_or(nullptr);
}

void Reading::recycle(std::unique_ptr<ReadBlock> block) {
  // The queue holds as many as there are, so this never waits.
  [[maybe_unused]] const bool kept = used_.push(std::move(block));
}

std::unique_ptr<ReadBlock> Reading::blank() {
  auto block = used_.try_pop().value_or(nullptr);
  if (!block) return std::make_unique<ReadBlock>();
  block->events_used = 0;
  block->changes.clear();
  block->runs.clear();
  block->source_notices.clear();
  block->notices.clear();
  block->empty = true;
  return block;
}

void Reading::read(const std::stop_token& stop) {
  bool going_on = true;
  while (going_on && !stop.stop_requested()) {
    auto block = blank();
    fill(*block, stop);
    going_on = block->outcome.has_value() && !block->source_finished;
    if (!ready_.push(std::move(block))) return;
  }
  ready_.close();
}

detect::ParseTotals Reading::totals() const {
  const auto& counts = normaliser_.counts();
  return {counts.events + counts.known + counts.duplicates, normaliser_.quarantine().lines(),
          counts.last_time};
}

void Reading::fill(ReadBlock& block, const std::stop_token& stop) {
  // The first look does not wait: somebody wants to know when it is done.
  auto read = source_.next(std::exchange(has_looked_, true) ? wait_ : base::Duration{}, stop);
  if (!read) {
    block.outcome = std::unexpected(std::move(read).error());
  } else if (*read) {
    model::RawBatch batch = **read;
    // The source goes on reading while the block is worked on.
    if (!source_.exchange_buffer(block.buffer)) {
      block.bytes.assign(batch.bytes);
      batch.bytes = block.bytes;
    }
    block.source_name.assign(batch.source_name);
    batch.source_name = block.source_name;
    block.latest_written = batch.live ? batch.received : batch.source_modified;
    block.empty = false;
    normaliser_.show_changes(&block.changes);
    normaliser_.begin(batch);
    for (bool more = true; more;) {
      const std::size_t before = block.events_used, changes_before = block.changes.size();
      more = normaliser_.next(block.events, block.events_used);
      block.runs.push_back(
          {block.events_used - before, block.changes.size() - changes_before, totals()});
    }
  }
  block.counts = normaliser_.counts();
  block.quarantined_most = normaliser_.quarantine().most_frequent_reason();
  block.cut_lines = source_.cut_lines();
  block.progress = source_.progress();
  block.source_notices = source_.take_notices();
  block.notices = normaliser_.take_notices();
  block.source_finished = source_.finished();
}

}  // namespace vedette::app
