#include "rival_duckdb.h"

#include <duckdb.h>
#include <fmt/format.h>

namespace vedette::bench {
namespace {

bool run(duckdb_connection connection, const std::string& sql, std::uint64_t* number = nullptr) {
  duckdb_result result;
  const bool good = duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess;
  if (!good) fmt::print(stderr, "{}\n", duckdb_result_error(&result));
  duckdb_data_chunk chunk = good && number != nullptr ? duckdb_fetch_chunk(result) : nullptr;
  if (chunk != nullptr) {
    const auto* values = static_cast<const std::int64_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
    *number = static_cast<std::uint64_t>(values[0]);
    duckdb_destroy_data_chunk(&chunk);
  }
  duckdb_destroy_result(&result);
  return good;
}

}  // namespace

std::optional<std::uint64_t> read_with_duckdb(const std::string& folder, const std::string& pages) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_open((folder + "/signins.duckdb").c_str(), &database);
  duckdb_connect(database, &connection);
  std::uint64_t rows = 0;
  const bool good =
      run(connection, "SET threads = 2") && run(connection, "SET memory_limit = '768MB'") &&
      run(connection,
          fmt::format("CREATE TABLE signins AS SELECT r.id, r.createdDateTime, "
                      "r.userPrincipalName, r.ipAddress, r.appDisplayName, r.clientAppUsed, "
                      "r.userAgent, r.conditionalAccessStatus, r.resourceDisplayName, "
                      "r.uniqueTokenIdentifier, to_json(r.status) AS c_status, "
                      "to_json(r.deviceDetail) AS c_device, to_json(r.location) AS c_location, "
                      "to_json(r.appliedConditionalAccessPolicies) AS c_policies, "
                      "to_json(r.authenticationDetails) AS c_details FROM (SELECT unnest(value) r "
                      "FROM read_json('{}/page-*.json', maximum_object_size = 33554432))",
                      pages)) &&
      run(connection, "CHECKPOINT") && run(connection, "SELECT count(*) FROM signins", &rows);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  if (!good) return std::nullopt;
  return rows;
}

}  // namespace vedette::bench
