// Owns: the functions that give several columns, and the names and types of those. Their native
// bodies give one dynamic array with an element for each. Must not know: how they are computed.
// Static data.
#pragma once

#include <string_view>
#include <vector>

#include "kql/catalogue/catalogue.h"

namespace vedette::kql::bind {

struct TupleShape {
  std::string_view function;
  std::vector<CatalogueColumn> columns;
};

// Null when that function has one result.
[[nodiscard]] const TupleShape* tuple_shape(std::string_view function);

}  // namespace vedette::kql::bind
