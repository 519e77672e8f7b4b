// Owns: which aggregates give several columns. Static data.
#pragma once

#include <string_view>

namespace vedette::kql::bind {

[[nodiscard]] constexpr bool is_row_aggregate(std::string_view name) {
  return name == "arg_max" || name == "arg_min" || name == "argmax" || name == "argmin" ||
         name == "take_any" || name == "any";
}
[[nodiscard]] constexpr bool is_percentile_aggregate(std::string_view name) {
  return name == "percentile" || name == "percentiles" || name == "percentiles_array" ||
         name == "percentilew" || name == "percentilesw" || name == "percentilesw_array";
}

}  // namespace vedette::kql::bind
