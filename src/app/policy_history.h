// Owns: what a policy would have done with the incidents that there were. Promises: bounded by
// respond::open_incidents_max incidents; changes nothing; texts are as they were written. Must not
// know: sinks. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/incident.h"
#include "ports/incident_store.h"
#include "respond/policy.h"

namespace vedette::app {

enum class SimulatedEnd : std::uint8_t {
  attended,  // a person saw to it in time
  unclear,   // somebody of whom it cannot be told who it was stopped it
  running,   // not over yet
  locked,
};
[[nodiscard]] std::string_view name_of(SimulatedEnd end);

struct SimulatedCase {
  std::uint64_t incident = 0;
  base::Timestamp started;
  std::string title, why, affected;
  SimulatedEnd end = SimulatedEnd::running;
  base::Duration touched_after = {};  // of attended and unclear
  base::Timestamp lock = {};          // of running and locked; unset: no step locks
};

struct SimulatedPolicy {
  std::vector<SimulatedCase> cases;  // in the incidents' order
  int attended = 0, unclear = 0, running = 0, locks = 0;
};

// Created since then, the oldest first.
[[nodiscard]] base::Result<std::vector<model::Incident>> incidents_since(
    ports::IncidentStore& store, base::Timestamp since);
// As if it had been armed before all of them.
[[nodiscard]] SimulatedPolicy simulate(const respond::Policy& policy,
                                       const std::vector<model::Incident>& incidents,
                                       base::Timestamp now);

}  // namespace vedette::app
