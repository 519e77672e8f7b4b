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
// What a lock would rest on and is not there any more (an alert, an account that it names), in
// words; empty: it is all there.
[[nodiscard]] std::string missing_evidence(const model::IncidentOrigin& known,
                                           const model::IncidentOrigin& now);

}  // namespace vedette::respond
