// Owns: rows of any table held against indicators: each column that schema/observables.txt
// declares. Promises: every address, name, URL, mail address and hash is looked up, whatever form
// it stands in (with a port, in brackets, several in one text); a URL and a mail address also by
// their host; what is on a warning list is passed over and counted by its list. Rows of several
// tables that are one event (the same _ItemId) give one match for a value, that of the table of
// log-ins first. The same rows give the same matches in the same order. Must not know: where rows
// are from, what becomes of matches. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "intel/indicator_snapshot.h"
#include "intel/observed_columns.h"
#include "intel/warning_lists.h"
#include "model/indicator_match.h"
#include "model/table_batch.h"

namespace vedette::intel {

// What a value was found to be.
struct FoundValue {
  model::Observable observed;
  FoundIndicator indicator;
};
using TakeFound = std::function<void(const FoundValue& found)>;

// One value of a column of that kind.
void look_up(const IndicatorSnapshot& snapshot, ObservedKind kind, std::string_view value,
             const LookUp& when, const TakeFound& take);
// The end of a connection that a column's values stand at.
[[nodiscard]] model::TrafficEnd end_of(model::ObservedSide side);

class RowMatcher {
 public:
  explicit RowMatcher(const ObservedColumns& columns = observed_columns()) : columns_(columns) {}

  // Ordered by when rows came, then by their own time.
  [[nodiscard]] std::vector<model::IndicatorMatch> look(const IndicatorSnapshot& snapshot,
                                                        const WarningLists& lists,
                                                        std::span<const model::TableBatch> tables);
  // Matches that warning lists took away, so far, by the list.
  using PassedOver = std::map<std::string, std::uint64_t, std::less<>>;
  [[nodiscard]] const PassedOver& passed_over() const { return passed_over_; }

 private:
  void look_at(const IndicatorSnapshot& snapshot, const WarningLists& lists,
               const model::TableBatch& table, std::vector<model::IndicatorMatch>& matches);

  const ObservedColumns& columns_;
  PassedOver passed_over_;
};

}  // namespace vedette::intel
