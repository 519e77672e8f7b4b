// Owns: which cells of H3 stand for a polygon: those whose middles lie in it.
// Promises: on a map, where sides are straight lines of degrees and run the shorter way around the
// Earth, as in Uber's library; a ring that goes around a pole has the pole in it. Bounded in cells
// and in what is looked at, and can be stopped.
// Must not know: KQL, GeoJSON, S2. Called from any thread.
#pragma once

#include <vector>

#include "base/result.h"
#include "kql/functions/geo_s2.h"
#include "kql/functions/h3/cells.h"

namespace vedette::kql::functions::h3 {

// Microsoft's bound for one polygon.
inline constexpr std::size_t covering_cells_max = 61'680;

// In the order of their names; nothing where there would be more than the bound. A step of the
// effort is a thousand sides looked at.
[[nodiscard]] base::Result<std::optional<std::vector<Cell>>> cells_over(
    const std::vector<Polygon>& polygons, int resolution, Effort& effort);

}  // namespace vedette::kql::functions::h3
