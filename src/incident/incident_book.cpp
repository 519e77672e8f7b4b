#include "incident/incident_book.h"

#include <algorithm>

#include "incident/batch.h"

namespace vedette::incident {
namespace {

// Somebody else changed one of the incidents between our reading and our commit this often: the
// caller hears of it and may try again later.
constexpr int attempts_max = 4;

}  // namespace

base::Result<Recorded> IncidentBook::record(std::span<const AlertNews> news, base::Timestamp now,
                                            const Progress& progress,
                                            std::span<const model::IncidentReading> readings) {
  for (int attempt = 1;; ++attempt) {
    Batch batch(store_, settings_, now);
    for (const AlertNews& one : news) VEDETTE_TRY_VOID(batch.take(one));
    for (const model::IncidentReading& one : readings) VEDETTE_TRY_VOID(batch.take(one));
    ports::IncidentCommit commit = batch.commit();
    commit.watermark = progress.watermark;
    commit.detector_checkpoint = progress.detector_checkpoint;
    Recorded recorded = batch.counts();
    recorded.messages = commit.messages.size();
    for (const auto& incident : commit.incidents)
      ++(incident.number == 0 ? recorded.incidents_opened : recorded.incidents_changed);
    if (commit.incidents.empty() && !commit.watermark) return recorded;  // nothing to make durable
    const auto done = store_.commit(commit);
    if (done) return recorded;
    if (done.error().code != base::ErrorCode::unavailable || attempt == attempts_max)
      return std::unexpected(done.error());
  }
}

void sort_by_event_time(std::vector<model::TimelineEntry>& entries) {
  std::ranges::stable_sort(entries, {}, [](const model::TimelineEntry& entry) {
    return entry.event.is_set() ? entry.event : entry.at;
  });
}

}  // namespace vedette::incident
