// Owns: what an incident of another system (Sentinel's) becomes among ours, and what its changes
// there mean. Promises: pure; a reading that is not newer than what is known changes nothing, so a
// replay of the journal tells nothing twice; what people did here is not undone by what stands
// there unchanged. Only a person's touch acknowledges: a comment by an account with a name to sign
// in with, or a change that the origin says a person made. A correlation's close (`Redirected`) and
// what a rule or a program did count for nothing; a change of status, owner or classification of
// which the origin does not say who made it is "unclear". Must not know: services, stores. Any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/incident.h"
#include "model/incident_origin.h"

namespace vedette::incident {

// Of an incident of that origin: unique among ours.
[[nodiscard]] std::uint64_t origin_identity(const model::IncidentOrigin& origin);

struct ChangedElsewhere {
  model::Incident incident;
  std::vector<model::TimelineEntry> entries;
};

// `known`: null when it is new. `now` is processing time. Empty: nothing of it is news.
[[nodiscard]] std::optional<ChangedElsewhere> apply_reading(const model::Incident* known,
                                                            const model::IncidentReading& reading,
                                                            base::Timestamp now);

}  // namespace vedette::incident
