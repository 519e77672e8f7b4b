#include "store/duckdb/handles.h"

#include <tuple>
#include <utility>

namespace vedette::store::duckdb {

namespace {

using OwnedStatements = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  out += quote;
  return out;
}

}  // namespace

Trouble trouble_of(duckdb_error_type type, std::string_view message) {
  if (contains(message, "No space left") || contains(message, "disk is full") ||
      contains(message, "Disk quota"))
    return contains(message, "has been invalidated") ? Trouble::fatal : Trouble::disk_full;
  if (type == DUCKDB_ERROR_FATAL || contains(message, "database has been invalidated"))
    return Trouble::fatal;
  if (contains(message, "Corrupt database") || contains(message, "checksum") ||
      contains(message, "not a valid DuckDB database") ||
      contains(message, "Failure while replaying") || contains(message, "Corrupt") ||
      contains(message, "corrupt"))
    return Trouble::damaged;
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
    case DUCKDB_ERROR_INTERRUPT:
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_TRANSACTION:
      return Trouble::passing;
    case DUCKDB_ERROR_SERIALIZATION:
      return Trouble::damaged;
    case DUCKDB_ERROR_INTERNAL:
      return Trouble::fatal;
    default:
      return Trouble::ours;
  }
}

std::unexpected<base::Error> failure_of(Trouble trouble, std::string message) {
  switch (trouble) {
    case Trouble::disk_full:
      return base::failure(base::ErrorCode::limit_exceeded, std::move(message));
    case Trouble::damaged:
      return base::failure(base::ErrorCode::malformed, std::move(message));
    case Trouble::passing:
    case Trouble::fatal:
      return base::failure(base::ErrorCode::unavailable, std::move(message));
    case Trouble::none:
    case Trouble::ours:
      break;
  }
  return base::failure(base::ErrorCode::internal, std::move(message));
}

std::string quote_identifier(std::string_view name) {
  return quoted(name, '"');
}

std::string quote_text(std::string_view text) {
  return quoted(text, '\'');
}

std::unexpected<base::Error> Connection::failed(duckdb_error_type type, const char* message) {
  const std::string text = message == nullptr ? "unknown error of DuckDB" : message;
  trouble_ = trouble_of(type, text);
  return failure_of(trouble_, text);
}

std::unexpected<base::Error> Connection::failed(OwnedResult& result) {
  return failed(duckdb_result_error_type(result.address()), duckdb_result_error(result.address()));
}

base::Result<void> Connection::execute(const std::string& sql) {
  OwnedResult result;
  if (duckdb_query(handle_, sql.c_str(), result.address()) == DuckDBSuccess) return {};
  return failed(result);
}

base::Result<void> Connection::each_chunk(const std::string& sql,
                                          const std::function<void(duckdb_data_chunk)>& take) {
  OwnedResult result;
  if (duckdb_query(handle_, sql.c_str(), result.address()) != DuckDBSuccess) return failed(result);
  while (duckdb_data_chunk handle = duckdb_fetch_chunk(result.get())) {
    const OwnedChunk chunk(handle);
    take(chunk.get());
  }
  return {};
}

base::Result<std::vector<TextRow>> Connection::query(const std::string& sql) {
  std::vector<TextRow> rows;
  VEDETTE_TRY_VOID(each_chunk(sql, [&](duckdb_data_chunk chunk) {
    const idx_t width = duckdb_data_chunk_get_column_count(chunk);
    const idx_t size = duckdb_data_chunk_get_size(chunk);
    for (idx_t row = 0; row < size; ++row) {
      TextRow& texts = rows.emplace_back();
      for (idx_t column = 0; column < width; ++column) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
        std::uint64_t* validity = duckdb_vector_get_validity(vector);
        if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) {
          texts.emplace_back();
          continue;
        }
        duckdb_string_t& text = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
        texts.emplace_back(std::in_place, duckdb_string_t_data(&text),
                           duckdb_string_t_length(text));
      }
    }
  }));
  return rows;
}

std::uint64_t Connection::id() const {
  OwnedContext context;
  duckdb_connection_get_client_context(handle_, context.address());
  return duckdb_client_context_get_connection_id(context.get());
}

ReadStatement::~ReadStatement() {
  if (is_open_) std::ignore = connection_.execute("ROLLBACK");
}

base::Result<void> ReadStatement::prepare(const std::string& sql) {
  OwnedStatements statements;
  const idx_t count =
      duckdb_extract_statements(connection_.get(), sql.c_str(), statements.address());
  if (count == 0)
    return connection_.failed(DUCKDB_ERROR_PARSER,
                              duckdb_extract_statements_error(statements.get()));
  if (count > 1) return connection_.failed(DUCKDB_ERROR_PARSER, "several statements");
  VEDETTE_TRY_VOID(connection_.execute("BEGIN TRANSACTION READ ONLY"));
  is_open_ = true;
  if (duckdb_prepare_extracted_statement(connection_.get(), statements.get(), 0,
                                         statement_.address()) != DuckDBSuccess)
    return connection_.failed(DUCKDB_ERROR_BINDER, duckdb_prepare_error(statement_.get()));
  // The lock on the configuration does not stop DROP.
  if (duckdb_prepared_statement_type(statement_.get()) != DUCKDB_STATEMENT_TYPE_SELECT)
    return connection_.failed(DUCKDB_ERROR_PARSER, "another statement than a SELECT");
  return {};
}

base::Result<void> ReadStatement::run(OwnedResult& result) {
  if (duckdb_execute_prepared(statement_.get(), result.address()) != DuckDBSuccess)
    return connection_.failed(result);
  return {};
}

}  // namespace vedette::store::duckdb
