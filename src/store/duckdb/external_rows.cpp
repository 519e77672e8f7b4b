#include "store/duckdb/external_rows.h"

#include "fmt/format.h"
#include "kql/compile.h"
#include "kql/external/records.h"

namespace vedette::store::duckdb {

base::Result<void> load_external_rows(Connection& connection, const kql::external::Request& request,
                                      std::size_t number, const std::vector<std::string>& texts) {
  std::string columns;
  for (std::size_t i = 0; i < request.columns.size(); ++i)
    columns += fmt::format("{}c{} VARCHAR", i > 0 ? ", " : "", i);
  const std::string table = kql::external_table(number);
  const std::string name = table.substr(table.rfind('.') + 1);
  VEDETTE_TRY_VOID(
      connection.execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({})", name, columns)));
  OwnedAppender appender;
  if (duckdb_appender_create_ext(connection.get(), "temp", "main", name.c_str(),
                                 appender.address()) != DuckDBSuccess)
    return connection.failed(DUCKDB_ERROR_INVALID, duckdb_appender_error(appender.get()));
  const auto failed = [&] {
    return connection.failed(DUCKDB_ERROR_INVALID, duckdb_appender_error(appender.get()));
  };
  const auto take = [&](std::span<const kql::external::Field> fields) -> base::Result<void> {
    for (const kql::external::Field& field : fields)
      if ((field.is_null ? duckdb_append_null(appender.get())
                         : duckdb_append_varchar_length(appender.get(), field.text.data(),
                                                        field.text.size())) != DuckDBSuccess)
        return failed();
    if (duckdb_appender_end_row(appender.get()) != DuckDBSuccess) return failed();
    return {};
  };
  for (const std::string& text : texts)
    VEDETTE_TRY_VOID(kql::external::read_records(text, request, take));
  if (duckdb_appender_close(appender.get()) != DuckDBSuccess) return failed();
  return {};
}

void forget_external_rows(Connection& connection, std::size_t number) {
  (void)connection.execute(fmt::format("DROP TABLE IF EXISTS {}", kql::external_table(number)));
}

}  // namespace vedette::store::duckdb
