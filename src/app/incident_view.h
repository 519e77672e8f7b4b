// Owns: how incidents, their timelines and messages look on a terminal. Promises: every text that
// may come from a log passes the terminal's encoder; times are UTC. Must not know: the store. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "model/incident.h"
#include "ports/incident_store.h"

namespace vedette::app {

[[nodiscard]] std::string table_of_incidents(const std::vector<model::Incident>& incidents);
// `timeline` in the order it is to be shown.
[[nodiscard]] std::string page_of_incident(const model::Incident& incident,
                                           const std::vector<model::TimelineEntry>& timeline);
[[nodiscard]] std::string table_of_messages(const std::vector<ports::OutboxMessage>& messages);
// "Incident 7: Active, anna's, High: SSH brute force from 203.0.113.7"
[[nodiscard]] std::string line_of_incident(const model::Incident& incident);

}  // namespace vedette::app
