// Owns: the one shim between DuckDB's vectors and the bodies of kql's native functions.
// Promises: a NULL argument is never read; every NULL result is set; an exception or a failed body
// ends the query with its message. Must not know: what a body does.
#pragma once

#include <duckdb.h>

#include "base/result.h"

namespace vedette::store::duckdb {

// Registers every row that has a body, as kql_NAME.
base::Result<void> register_native_functions(duckdb_connection connection);

}  // namespace vedette::store::duckdb
