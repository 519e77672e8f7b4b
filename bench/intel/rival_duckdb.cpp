#include "rival_duckdb.h"

#include <duckdb.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>

namespace vedette::bench {
namespace {

bool run(duckdb_connection connection, const char* sql, std::uint64_t* number = nullptr) {
  duckdb_result result;
  const bool good = duckdb_query(connection, sql, &result) == DuckDBSuccess;
  if (!good) fmt::print(stderr, "{}\n", duckdb_result_error(&result));
  if (good && number != nullptr)
    *number = static_cast<std::uint64_t>(duckdb_value_int64(&result, 0, 0));
  duckdb_destroy_result(&result);
  return good;
}

}  // namespace

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::optional<JoinOutcome> join_with_duckdb(const std::string& folder, int threads) {
  if (::chdir(folder.c_str()) != 0) return std::nullopt;  // statements name files without it
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_open("join.duckdb", &database);
  duckdb_connect(database, &connection);
  JoinOutcome outcome;
  bool good = run(connection, threads == 1 ? "SET threads = 1" : "SET threads = 2") &&
              run(connection,
                  "CREATE TABLE IF NOT EXISTS events AS SELECT * FROM read_csv('events.csv', "
                  "header = true, all_varchar = true)") &&
              run(connection,
                  "CREATE TABLE IF NOT EXISTS indicators AS SELECT DISTINCT value FROM "
                  "read_csv('indicators.csv', header = true, all_varchar = true)") &&
              run(connection, "CHECKPOINT");
  const double begun = processor_seconds();
  good = good && run(connection,
                     "SELECT count(*) FROM events e LEFT JOIN indicators a ON e.src = a.value LEFT "
                     "JOIN indicators b ON e.dst = b.value WHERE a.value IS NOT NULL OR b.value IS "
                     "NOT NULL",
                     &outcome.found);
  outcome.seconds = processor_seconds() - begun;
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  if (!good) return std::nullopt;
  return outcome;
}

}  // namespace vedette::bench
