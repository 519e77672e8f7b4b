// Owns: what filters say of the time of the rows that they let through, on the way down from them
// to the tables, so that segments of other times are not read. Promises: a row outside of the
// bounds cannot change the result; what is not understood bounds nothing. Must not know: segments,
// SQL. Called from any thread.
#pragma once

#include <map>

#include "kql/plan/plan.h"
#include "kql/value.h"

namespace vedette::kql::plan {

// Between what moments a column lies in every row that is let through above.
using ColumnTimes = std::map<ColumnId, TimeBounds>;

// By what a filter asks of its rows.
void narrow(ColumnTimes& times, const Expression& predicate);
// The same in the columns of what is below.
[[nodiscard]] ColumnTimes below(const ProjectNode& project, const ColumnTimes& times);
[[nodiscard]] ColumnTimes below(const UnionNode::Branch& branch, const ColumnTimes& times);
// Of the time by which a table's rows lie in segments.
[[nodiscard]] TimeBounds bounds_of(const ScanNode& scan, const ColumnTimes& times);

}  // namespace vedette::kql::plan
