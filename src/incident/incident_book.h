// Owns: what becomes of detectors' alerts: incidents, their timelines, and the messages that people
// must get. Promises: one transaction a batch, with the watermark in it; an alert is in one
// incident; what the store has already is dropped, so a replay changes nothing and tells nobody;
// nothing is remembered here, the store is the truth, so another process may change incidents
// meanwhile. What is grouped, merged, closed and told when: docs/guides/incidents.md. Must not
// know: detectors, channels (only their names), how incidents are kept. The pipeline's thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/incident.h"
#include "ports/incident_store.h"

namespace vedette::incident {

// What a detector says: the alert as it is now.
struct AlertNews {
  model::AlertChange change = model::AlertChange::opened;
  model::Alert alert;
};

struct BookSettings {
  std::vector<std::string> channels;  // names of those that are told; one outbox row each
  // An alert joins an open incident of the same address when it lies within this time of it, in
  // event time. Sentinel's own default.
  base::Duration grouping_window = base::Duration::hours(5);
  // A channel that is in here hears only of alerts of that severity and above.
  std::map<std::string, model::Severity> least_severity = {};
  // Informational alerts of these rules are kept, and nobody is told.
  std::set<std::string, std::less<>> only_recorded = {};
};

// How far detection is when the news is recorded; kept in the same transaction.
struct Progress {
  std::optional<std::uint64_t> watermark = {};
  std::optional<std::string> detector_checkpoint = {};
};

struct Recorded {
  std::size_t incidents_opened = 0;
  std::size_t incidents_changed = 0;  // those that were there
  std::size_t messages = 0;
  std::size_t repeats = 0;  // news that the store had already
};

class IncidentBook {
 public:
  // The store outlives the book.
  IncidentBook(ports::IncidentStore& store, BookSettings settings)
      : store_(store), settings_(std::move(settings)) {}

  // Durable when it returns. `now` is processing time. An error: nothing of it was kept.
  // `readings` are of other systems' incidents, in the order in which they were read; nobody is
  // told of them but by policies.
  [[nodiscard]] base::Result<Recorded> record(
      std::span<const AlertNews> news, base::Timestamp now, const Progress& progress = {},
      std::span<const model::IncidentReading> readings = {});

 private:
  ports::IncidentStore& store_;
  const BookSettings settings_;
};

// Timeline entries by when the events happened, in place of when we learned of them; what speaks of
// no event stands at its processing time.
void sort_by_event_time(std::vector<model::TimelineEntry>& entries);

}  // namespace vedette::incident
