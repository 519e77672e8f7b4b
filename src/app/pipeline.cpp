#include "app/pipeline.h"

#include <algorithm>
#include <utility>

namespace vedette::app {

base::Result<bool> Pipeline::step() {
  auto block = rooms_.reading.next();  // collect: whole lines;
  if (block == nullptr) return false;  // normalise: events, the rest quarantined
  const base::Timestamp now = rooms_.clock.now();
  if (block->empty) {
    pass_time(*block);
  } else {
    work_on(*block, now);
    latest_written_ = block->latest_written;
  }
  tell();
  rooms_.report(*block);
  const base::Result<void> outcome = block->outcome;
  rooms_.reading.recycle(std::move(block));
  VEDETTE_TRY_VOID(outcome);
  return true;
}

// A few hundred events at a time, so that alerts about attacks and about unreadable lines come in
// the order of the lines they speak of.
void Pipeline::work_on(const ReadBlock& block, base::Timestamp now) {
  std::span<const model::AuthEvent> events = block.events;
  for (const ReadRun& run : block.runs) {
    // Pure: (state, events) → alerts; enriched, then to everybody.
    rooms_.detectors.run(events.first(run.events), now, changes_);
    parse_rate_.judge(run.totals, block.source_name, block.quarantined_most, now, changes_);
    tell();
    events = events.subspan(run.events);
  }
}

// No line came, but time passes for the attacks that are open. Event time goes on from the latest
// line as our clock does since it was written, so it does not matter in which zone the source
// believes to be.
void Pipeline::pass_time(const ReadBlock& block) {
  if (!block.counts.last_time.is_set() || !latest_written_.is_set()) return;
  const base::Timestamp now = rooms_.clock.now();
  if (now <= latest_written_) return;
  rooms_.detectors.advance(block.counts.last_time + (now - latest_written_), now, changes_);
}

void Pipeline::tell() {
  for (auto& changed : changes_) {
    changed.alert.location = locate(changed.alert);
    rooms_.sink(changed);
    if (changed.alert.status != model::AlertStatus::open) locations_.erase(changed.alert.id);
  }
  changes_.clear();
}

// The place of the alert's first address; looked up once for each alert that is open.
const model::Location& Pipeline::locate(const model::Alert& alert) {
  const auto [found, is_new] = locations_.try_emplace(alert.id);
  if (!is_new) return found->second;
  const auto entity =
      std::ranges::find(alert.entities, model::EntityType::ip, &model::Entity::type);
  if (entity == alert.entities.end()) return found->second;
  if (const auto address = base::parse_ip(entity->value))
    found->second = rooms_.geo.locate(*address);
  return found->second;
}

void Pipeline::finish() {
  rooms_.detectors.finish(rooms_.clock.now(), changes_);
  tell();
}

}  // namespace vedette::app
