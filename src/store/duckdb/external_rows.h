// Owns: the rows that other hosts gave for a query (externaldata), as a table of its connection.
// Promises: the memory is the instance's own, so its bound holds; the table goes with the
// connection. Must not know: where the texts came from. One thread a connection.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "kql/external/request.h"
#include "store/duckdb/handles.h"

namespace vedette::store::duckdb {

// Into kql::external_table(number). malformed, limit_exceeded: what is wrong with the texts.
[[nodiscard]] base::Result<void> load_external_rows(Connection& connection,
                                                    const kql::external::Request& request,
                                                    std::size_t number,
                                                    const std::vector<std::string>& texts);

// Before the connection goes to somebody else.
void forget_external_rows(Connection& connection, std::size_t number);

}  // namespace vedette::store::duckdb
