// Owns: what a filter says of the time of the rows that it lets through, so that segments of other
// times are not read. Promises: a row outside of the bounds cannot change the filter's result; what
// is not understood bounds nothing. Must not know: segments, SQL. Called from any thread.
#pragma once

#include "kql/plan/plan.h"
#include "kql/value.h"

namespace vedette::kql::plan {

struct BoundedScan {
  const ScanNode* scan = nullptr;  // null: the filter says nothing of any scan's time
  TimeBounds bounds;
};

// Looks from the filter down through filters and projections, which take rows one by one.
[[nodiscard]] BoundedScan bounds_of(const FilterNode& filter);

}  // namespace vedette::kql::plan
