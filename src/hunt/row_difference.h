// Owns: what two answers do not have in common. Promises: rows are compared by their columns' names
// and values, whatever their order, each as often as it stands there. Must not know: where answers
// come from. Pure; any thread.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "hunt/test_rows.h"
#include "kql/result/sink.h"

namespace vedette::hunt {

// One text for a row; the same row has the same one wherever it comes from.
[[nodiscard]] std::string key_of(const KeptRows& answer, const KeptRows::Row& row);

struct RowDifference {
  std::vector<std::size_t> only_first, only_second;  // places of rows
  std::size_t both = 0;
};
[[nodiscard]] RowDifference difference_of(const KeptRows& first, const KeptRows& second);
// Places of those rows of `answer` whose keys are not in `known`.
[[nodiscard]] std::vector<std::size_t> rows_beside(const KeptRows& answer,
                                                   const std::multiset<std::string>& known);

// The difference as a table: a column `Only` with the side's name, then the answers' own.
void give_difference(const KeptRows& first, std::string_view first_name, const KeptRows& second,
                     std::string_view second_name, kql::result::Sink& sink);

}  // namespace vedette::hunt
