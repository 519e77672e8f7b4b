// Owns: whether an incident still waits for somebody: by what was written down of it. Promises:
// pure; only a person's touch counts as attending, and what cannot be told is unclear. Must not
// know: where incidents are read. Any thread.
#pragma once

#include <string>

#include "model/incident.h"
#include "respond/incident_witness.h"
#include "respond/policy.h"

namespace vedette::respond {

struct Standing {
  IncidentStanding standing = IncidentStanding::unclear;
  std::string why;  // for people
};

[[nodiscard]] Standing standing_of(const model::Incident& incident, Until until);

}  // namespace vedette::respond
