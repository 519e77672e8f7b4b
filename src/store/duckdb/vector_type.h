// Owns: how KQL's types look in DuckDB's vectors. Only for this folder. Called from any thread.
#pragma once

#include <duckdb.h>

#include "kql/value.h"

namespace vedette::store::duckdb {

// Of a value that goes in or out of a query: what has no number of its own goes as text.
[[nodiscard]] constexpr duckdb_type vector_type(kql::Type type) {
  switch (type) {
    case kql::Type::boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case kql::Type::int32:
      return DUCKDB_TYPE_INTEGER;
    case kql::Type::int64:
    case kql::Type::datetime:
    case kql::Type::timespan:
      return DUCKDB_TYPE_BIGINT;
    case kql::Type::real:
      return DUCKDB_TYPE_DOUBLE;
    case kql::Type::decimal:
    case kql::Type::guid:
    case kql::Type::string:
    case kql::Type::dynamic:
      break;
  }
  return DUCKDB_TYPE_VARCHAR;
}

}  // namespace vedette::store::duckdb
