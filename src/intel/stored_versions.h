// Owns: the versions of indicators as they were stored, in the order in which they came, and an
// indicator as a STIX 2.1 object for others. Promises: each version comes once, whatever the page
// size; a text of another's never becomes a part of the query; the object has what Microsoft
// Sentinel's upload needs. Must not know: the store, who reads. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

// KQL for up to `most` rows of ThreatIntelIndicators behind that place, in the order of receipt, id
// and source. Its parameters are `behind_id` and `behind_source`.
[[nodiscard]] std::string versions_query(base::Timestamp behind, std::size_t most);

// Which of the latest versions; what is withdrawn is none.
struct StoredFilter {
  bool by_id = false, by_keyword = false, by_source = false, by_kind = false;
  std::int64_t least_confidence = 0, most_confidence = 100;
  bool with_ended = false;
  std::size_t skip = 0, most = 0;
};
// The latest first. Its parameters are `wanted_id`, `keyword` (that the pattern holds), `sources`
// and `kinds` (what is before the ':' of a pattern's key), both of `listed`.
[[nodiscard]] std::string latest_query(const StoredFilter& filter);
[[nodiscard]] std::string listed(const std::vector<std::string>& texts);

// The columns of these queries, in their order.
struct StoredVersion {
  std::string_view id, source, pattern, key, value, data;
  std::int64_t confidence = 0;
  bool is_gone = false;
  base::Timestamp created, modified, valid_from, valid_until, received;
};
inline constexpr std::size_t version_columns = 13;
// With labels, TLP, description and pattern. malformed: it cannot be held against anything.
[[nodiscard]] base::Result<model::Indicator> read_version(const StoredVersion& version);

// An object of STIX 2.1 under that id. `modified`: its time of change, and any time that it does
// not have itself; unset: they are left out.
[[nodiscard]] std::string write_stix_object(const model::Indicator& indicator, std::string_view id,
                                            base::Timestamp modified);
// The id of an indicator that was withdrawn so often and holds again.
[[nodiscard]] std::string renewed_id(std::string_view source, std::string_view id,
                                     std::uint32_t generation);

}  // namespace vedette::intel
