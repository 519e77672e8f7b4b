// Owns: indicators as rows of Sentinel's tables, and rows back as indicators. Promises: the newer
// table (ThreatIntelIndicators) is the truth; the older one (ThreatIntelligenceIndicator) gets a
// copy that says so, for queries that were written for it; rows of either that others wrote are
// indicators too. Times of import are left out, so that the same indicator is the same row. Must
// not know: the store. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

inline constexpr std::string_view indicator_table = "ThreatIntelIndicators";
inline constexpr std::string_view older_table = "ThreatIntelligenceIndicator";
// What is said of indicators: threat actors, malware, relationships ...
inline constexpr std::string_view objects_table = "ThreatIntelObjects";

// `now` decides what is active.
[[nodiscard]] std::string write_row(const model::Indicator& indicator, base::Timestamp now);
[[nodiscard]] std::string write_older_row(const model::Indicator& indicator, base::Timestamp now);

// A STIX object that is no indicator; empty: it has no id or no type, and is no object.
[[nodiscard]] std::string write_object_row(const base::Json& object, std::string_view source);

// KQL that gives rows of a table as `IndicatorRow` has them, those of part `part` of `parts`; with
// `since` all versions of the indicators of which one reached us from then on.
[[nodiscard]] std::string rows_query(std::string_view table, std::size_t part, std::size_t parts,
                                     base::Timestamp since = {});

// The columns of that query, in their order.
struct IndicatorRow {
  std::string_view id, source, pattern, key, value, note;
  std::int64_t confidence = 0;
  bool is_gone = false;  // revoked, deleted, not active
  base::Timestamp modified, valid_from, valid_until, received;
};
[[nodiscard]] base::Result<model::Indicator> read_row(const IndicatorRow& row);

}  // namespace vedette::intel
