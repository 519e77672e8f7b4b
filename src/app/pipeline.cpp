#include "app/pipeline.h"

#include <utility>

namespace vedette::app {

base::Result<void> Pipeline::step(base::Duration wait, const std::stop_token& stop) {
  const auto batch = VEDETTE_TRY(rooms_.source.next(wait, stop));  // collect: whole lines
  if (!batch) {
    pass_time();
    return {};
  }
  const base::Timestamp now = rooms_.clock.now();
  rooms_.normaliser.begin(*batch);  // the unreadable go to the quarantine
  source_name_.assign(batch->source_name);
  while (rooms_.normaliser.next(events_)) {
    rooms_.detectors.run(events_, now, changes_);  // pure: (state, events) → alerts
    judge_parse_rate(now);
    tell();  // enriched, then to everybody
  }
  judge_parse_rate(now);
  tell();
  latest_written_ = batch->live ? batch->received : batch->source_modified;
  return {};
}

// No line came, but time passes for the attacks that are open. Event time goes on from the latest
// line as our clock does since it was written, so it does not matter in which zone the source
// believes to be.
void Pipeline::pass_time() {
  const base::Timestamp last_event = rooms_.normaliser.counts().last_time;
  if (!last_event.is_set() || !latest_written_.is_set()) return;
  const base::Timestamp now = rooms_.clock.now();
  if (now <= latest_written_) return;
  rooms_.detectors.advance(last_event + (now - latest_written_), now, changes_);
  tell();
}

void Pipeline::judge_parse_rate(base::Timestamp now) {
  const auto& counts = rooms_.normaliser.counts();
  const auto& quarantine = rooms_.normaliser.quarantine();
  const detect::ParseTotals totals{counts.events + counts.known + counts.duplicates,
                                   quarantine.lines(), counts.last_time};
  parse_rate_.judge(totals, source_name_, quarantine.most_frequent_reason(), now, changes_);
}

void Pipeline::tell() {
  for (auto& changed : changes_) {
    for (const auto& entity : changed.alert.entities) {
      if (entity.type != model::EntityType::ip) continue;
      if (const auto address = base::parse_ip(entity.value))
        changed.alert.location = rooms_.geo.locate(*address);
      break;
    }
    rooms_.sink(changed);
  }
  changes_.clear();
}

void Pipeline::finish() {
  rooms_.detectors.finish(rooms_.clock.now(), changes_);
  tell();
}

}  // namespace vedette::app
