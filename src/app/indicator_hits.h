// Owns: from incidents to the indicators of one source that were met, as alerts of indicator_match
// and indicator_past name them. Promises: looks at all incidents that changed since then, page by
// page. Must not know: who is told. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "collect/cloud/misp_sightings.h"
#include "ports/incident_store.h"

namespace vedette::app {

[[nodiscard]] base::Result<std::vector<collect::cloud::IndicatorHit>> read_indicator_hits(
    ports::IncidentStore& incidents, const std::string& source, base::Timestamp since);

}  // namespace vedette::app
