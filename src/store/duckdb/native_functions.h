// Owns: the one shim between DuckDB's vectors and the bodies of kql's native functions.
// Promises: a NULL argument is never read; every NULL result is set; an exception or a failed body
// ends the query with its message; a query that nobody waits for any more ends within a row. Must
// not know: what a body does.
#pragma once

#include <duckdb.h>

#include "base/result.h"
#include "ports/geo_lookup.h"
#include "store/duckdb/statement_stops.h"

namespace vedette::store::duckdb {

// Registers every row that has a body, as kql_NAME. `places` answers geo_info_from_ip_address and
// outlives the connection; without it that function ends the query with a message. `stops` outlives
// the instance.
base::Result<void> register_native_functions(duckdb_connection connection,
                                             const StatementStops& stops,
                                             const ports::GeoLookup* places = nullptr);

}  // namespace vedette::store::duckdb
