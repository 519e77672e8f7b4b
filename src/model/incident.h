// Owns: an incident: alerts that belong together, who works on it, and all that happened to it.
// Promises: plain data that owns its text; Sentinel's nouns and values; `append_json` is the one
// JSON shape of an incident (architecture section 6, with an incident's own members after it), used
// by `incidents list|show` and the HTTP routes. Must not know: how it is kept. Passed by value
// between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/alert.h"
#include "model/incident_origin.h"
#include "model/incident_task.h"

namespace vedette::model {

enum class IncidentStatus : std::uint8_t {
  new_incident,
  active,
  closed
};  // "New", "Active", "Closed"
enum class Classification : std::uint8_t {
  none,  // not closed
  undetermined,
  true_positive,
  benign_positive,
  false_positive,
};

struct Incident {
  std::uint64_t number = 0;    // 1, 2, 3 ... as people say it; 0: not kept yet
  std::uint64_t identity = 0;  // of its first alert: rule + grouping entities + first event; unique
  std::uint64_t revision = 0;  // grows with each commit; one that is behind is not committed
  std::string title;
  Severity severity = Severity::medium;  // the highest of its alerts, or as a person set it
  bool severity_set_by_person = false;
  IncidentStatus status = IncidentStatus::new_incident;
  Classification classification = Classification::none;
  std::string closing_comment;
  std::string owner;              // empty: nobody's
  std::uint64_t merged_into = 0;  // the number of the older incident that goes on; 0: not merged
  std::vector<Alert> alerts;      // as they joined; at most limits::incident_alerts_max
  base::Timestamp first_event, last_event;                 // event time
  base::Timestamp created, updated, acknowledged, closed;  // processing time; unset where not yet
  base::Timestamp reopened;                                // the last time; unset: never
  std::optional<IncidentOrigin> origin;  // of another system's incident; empty: it is ours
  std::vector<IncidentTask> tasks;       // at most incident_tasks_max
  bool operator==(const Incident&) const = default;

  // A person has had it in hand since it was last reopened.
  [[nodiscard]] bool is_attended() const {
    return acknowledged.is_set() && (!reopened.is_set() || acknowledged > reopened);
  }
  // As if nobody had ever attended to it or closed it.
  void reopen(base::Timestamp now, IncidentStatus as);
};

enum class TimelineKind : std::uint8_t {
  opened,
  alert_added,
  alert_updated,
  alert_closed,
  alert_withdrawn,
  merged,
  status_changed,
  severity_changed,
  assigned,
  commented,
  message_sent,
  message_failed,
  changed_elsewhere,  // at its origin
  policy,             // what a policy did, or why it did not
  task_added,
  task_done,
};

struct TimelineEntry {
  std::uint64_t incident = 0;  // its number
  TimelineKind kind = TimelineKind::opened;
  base::Timestamp at;     // processing time: "as we learned it"
  base::Timestamp event;  // event time, where it speaks of an event; unset else
  std::string actor;      // "vedette", or the person
  std::string text;       // for people
  bool operator==(const TimelineEntry&) const = default;
};

[[nodiscard]] std::string_view name_of(IncidentStatus status);
[[nodiscard]] std::string_view name_of(Classification classification);
[[nodiscard]] std::string_view name_of(TimelineKind kind);
// The value of that name, whatever its case; empty when there is none.
[[nodiscard]] std::optional<IncidentStatus> incident_status_named(std::string_view name);
[[nodiscard]] std::optional<Classification> classification_named(std::string_view name);

// "SSH brute force from 203.0.113.7: 12 failed attempts in 20 s, on 3 user names".
[[nodiscard]] std::string one_line(const Alert& alert);
// Several alerts as one, of which people can be told: id, title, place and first entities of the
// leading one, severity the highest, counts summed, open while one of them is. Withdrawn ones count
// only when all are. Needs at least one.
[[nodiscard]] Alert combine(std::span<const Alert> alerts);

// One JSON object. Its "alerts" are objects of the alert's shape; "timeline" is there when it is
// given, in that order.
void append_json(base::JsonWriter& writer, const Incident& incident,
                 const std::vector<TimelineEntry>* timeline);

}  // namespace vedette::model
