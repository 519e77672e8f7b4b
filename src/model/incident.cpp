#include "model/incident.h"

namespace vedette::model {

std::string_view name_of(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::new_incident:
      return "New";
    case IncidentStatus::active:
      return "Active";
    case IncidentStatus::closed:
      return "Closed";
  }
  return "";
}

std::string_view name_of(Classification classification) {
  switch (classification) {
    case Classification::none:
      return "";
    case Classification::undetermined:
      return "Undetermined";
    case Classification::true_positive:
      return "TruePositive";
    case Classification::benign_positive:
      return "BenignPositive";
    case Classification::false_positive:
      return "FalsePositive";
  }
  return "";
}

std::string_view name_of(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::opened:
      return "opened";
    case TimelineKind::alert_added:
      return "alert_added";
    case TimelineKind::alert_updated:
      return "alert_updated";
    case TimelineKind::alert_closed:
      return "alert_closed";
    case TimelineKind::alert_withdrawn:
      return "alert_withdrawn";
    case TimelineKind::merged:
      return "merged";
    case TimelineKind::status_changed:
      return "status_changed";
    case TimelineKind::severity_changed:
      return "severity_changed";
    case TimelineKind::assigned:
      return "assigned";
    case TimelineKind::commented:
      return "commented";
    case TimelineKind::message_sent:
      return "message_sent";
    case TimelineKind::message_failed:
      return "message_failed";
  }
  return "";
}

}  // namespace vedette::model
