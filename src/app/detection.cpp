#include "app/detection.h"

#include <algorithm>
#include <utility>

namespace vedette::app {

// A few hundred events at a time, so that alerts about attacks and about unreadable lines come in
// the order of the lines they speak of.
void Detection::work_on(const ReadEvents& read, base::Timestamp now) {
  std::span<const model::AuthEvent> events = read.events;
  std::span<const model::ChangeEvent> changes = read.changes;
  for (const ReadRun& run : read.runs) {
    // Pure: (state, events) → alerts; enriched, then to everybody.
    detectors_.run(events.first(run.events), read.lateness, now, changes_);
    privileges_.run(events.first(run.events), changes.first(run.changes), read.lateness, now,
                    changes_);
    parse_rate_.judge(run.totals, read.source_name, read.quarantined_most, now, changes_);
    tell();
    events = events.subspan(run.events);
    changes = changes.subspan(run.changes);
  }
  if (windows_ != nullptr && !read.windows.empty()) {
    windows_->run(read.windows, now, changes_);
    tell();
  }
  if (identities_ == nullptr || (read.sign_ins.empty() && read.directory_changes.empty())) return;
  identities_->set_directory(read.directory);
  identities_->run(read.sign_ins, read.directory_changes, now, changes_);
  tell();
}

void Detection::see_indicators(std::span<const model::IndicatorMatch> matches,
                               base::Timestamp now) {
  if (indicators_ == nullptr || matches.empty()) return;
  indicators_->run(matches, now, changes_);
  tell();
}

void Detection::pass_time(base::Timestamp last_event, base::Timestamp latest_written,
                          base::Timestamp now) {
  if (!last_event.is_set() || !latest_written.is_set() || now <= latest_written) {
    if (indicators_ != nullptr) indicators_->advance(last_event, now, changes_);
    return tell();
  }
  const base::Timestamp event_time = last_event + (now - latest_written);
  detectors_.advance(event_time, now, changes_);
  privileges_.advance(event_time, now, changes_);
  if (identities_ != nullptr) identities_->advance(event_time, now, changes_);
  if (indicators_ != nullptr) indicators_->advance(event_time, now, changes_);
  tell();
}

void Detection::finish(base::Timestamp now) {
  detectors_.finish(now, changes_);
  privileges_.finish(now, changes_);
  if (identities_ != nullptr) identities_->finish(now, changes_);
  if (indicators_ != nullptr) indicators_->finish(now, changes_);
  tell();
}

void Detection::tell() {
  for (auto& changed : changes_) {
    changed.alert.location = locate(changed.alert);
    if (changed.alert.status != model::AlertStatus::open) locations_.erase(changed.alert.id);
    sink_(std::move(changed));
  }
  changes_.clear();
}

// The place of the alert's first address; looked up once for each alert that is open.
const model::Location& Detection::locate(const model::Alert& alert) {
  const auto [found, is_new] = locations_.try_emplace(alert.id);
  if (!is_new) return found->second;
  const auto entity =
      std::ranges::find(alert.entities, model::EntityType::ip, &model::Entity::type);
  if (entity == alert.entities.end()) return found->second;
  if (const auto address = base::parse_ip(entity->value)) found->second = geo_.locate(*address);
  return found->second;
}

}  // namespace vedette::app
