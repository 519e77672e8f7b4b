#include "store/duckdb/parquet_file.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "kql/emit/duckdb/emitter.h"
#include "kql/moment.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/instance.h"

namespace vedette::store::duckdb {
namespace {

using base::Result;
using kql::Type;
using OwnedPending = Owned<duckdb_pending_result, duckdb_destroy_pending>;

struct OpenFile {
  std::string path;  // absolute
  std::shared_ptr<Instance> instance;
  Connection connection;
};

Result<OpenFile> open_beside(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  if (error) return base::system_failure("cannot find " + path, error.value());
  // The engine would take these for patterns.
  if (absolute.string().find_first_of("*?[") != std::string::npos)
    return base::failure(base::ErrorCode::invalid_argument,
                         "a Parquet file's path may not hold *, ? or [");
  OpenFile file;
  file.path = absolute.string();
  file.instance =
      VEDETTE_TRY(Instance::open({.threads = 1, .folder = absolute.parent_path().string()}));
  file.connection = VEDETTE_TRY(file.instance->connect());
  return file;
}

// What a column is called in SQL when it is written for others, who know neither ticks nor UUIDs.
std::string_view type_in_file(Type type) {
  switch (type) {
    case Type::datetime:
      return "TIMESTAMP";
    case Type::timespan:
    case Type::guid:
      return "VARCHAR";
    default:
      return kql::emit::duckdb::sql_type(type);
  }
}

duckdb_state append_cell(duckdb_appender appender, const kql::result::Cell& cell) {
  constexpr std::int64_t ticks_per_microsecond = 10;
  if (cell.is_null)
    return cell.type == Type::string ? duckdb_append_varchar_length(appender, "", 0)
                                     : duckdb_append_null(appender);
  switch (cell.type) {
    case Type::boolean:
      return duckdb_append_bool(appender, cell.boolean);
    case Type::int32:
      return duckdb_append_int32(appender, static_cast<std::int32_t>(cell.integer));
    case Type::int64:
      return duckdb_append_int64(appender, cell.integer);
    case Type::real:
      return duckdb_append_double(appender, cell.real);
    case Type::datetime:
      return duckdb_append_timestamp(
          appender, {(cell.integer - base::unix_epoch_ticks) / ticks_per_microsecond});
    default: {
      const std::string text = kql::result::text_of(cell);
      return duckdb_append_varchar_length(appender, text.data(), text.size());
    }
  }
}

}  // namespace

Result<void> read_parquet(const std::string& path,
                          const std::function<Result<void>(std::string_view json)>& take) {
  OpenFile file = VEDETTE_TRY(open_beside(path));
  std::error_code error;
  if (!std::filesystem::is_regular_file(file.path, error))
    return base::failure(base::ErrorCode::not_found, "there is no such file");
  const auto failed = [&](const std::string& message) {  // what follows its first line is SQL
    return file.connection.failed(DUCKDB_ERROR_INVALID,
                                  message.substr(0, message.find('\n')).c_str());
  };
  OwnedStatement statement;
  if (duckdb_prepare(file.connection.get(),
                     "SELECT CAST(to_json(file) AS VARCHAR) FROM read_parquet($1) AS file",
                     statement.address()) != DuckDBSuccess ||
      duckdb_bind_varchar(statement.get(), 1, file.path.c_str()) != DuckDBSuccess)
    return failed(duckdb_prepare_error(statement.get()));
  OwnedPending pending;
  if (duckdb_pending_prepared_streaming(statement.get(), pending.address()) != DuckDBSuccess)
    return failed(duckdb_pending_error(pending.get()));
  OwnedResult result;
  if (duckdb_execute_pending(pending.get(), result.address()) != DuckDBSuccess)
    return failed(duckdb_result_error(result.address()));
  while (duckdb_data_chunk handle = duckdb_fetch_chunk(result.get())) {
    const OwnedChunk chunk(handle);
    auto* const texts = static_cast<duckdb_string_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0)));
    const idx_t rows = duckdb_data_chunk_get_size(chunk.get());
    for (idx_t row = 0; row < rows; ++row)
      VEDETTE_TRY_VOID(
          take({duckdb_string_t_data(&texts[row]), duckdb_string_t_length(texts[row])}));
  }
  const char* const problem = duckdb_result_error(result.address());
  if (problem != nullptr && *problem != '\0') return failed(problem);
  return {};
}

struct ParquetSink::Body {
  OpenFile file;
  OwnedAppender appender;
  bool has_table = false;
  std::optional<base::Error> error;  // the first

  void fail(base::Error problem) {
    if (!error) error = std::move(problem);
  }
  void fail_appending() {
    fail(file.connection.failed(DUCKDB_ERROR_INVALID, duckdb_appender_error(appender.get()))
             .error());
  }
};

ParquetSink::ParquetSink(std::unique_ptr<Body> body) : body_(std::move(body)) {}
ParquetSink::~ParquetSink() = default;

Result<std::unique_ptr<ParquetSink>> ParquetSink::create(const std::string& path) {
  auto body = std::make_unique<Body>();
  body->file = VEDETTE_TRY(open_beside(path));
  return std::make_unique<ParquetSink>(std::move(body));
}

void ParquetSink::begin(const std::vector<kql::plan::Column>& columns) {
  if (body_->has_table)
    return body_->fail({base::ErrorCode::invalid_argument,
                        "a Parquet file holds one table, and this query gives several"});
  body_->has_table = true;
  std::string list;
  for (const kql::plan::Column& column : columns)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", quote_identifier(column.name),
                        type_in_file(column.type));
  const auto made = body_->file.connection.execute("CREATE TABLE rows (" + list + ")");
  if (!made) return body_->fail(made.error());
  if (duckdb_appender_create(body_->file.connection.get(), nullptr, "rows",
                             body_->appender.address()) != DuckDBSuccess)
    body_->fail_appending();
}

void ParquetSink::row(std::span<const kql::result::Cell> cells) {
  if (body_->error) return;
  for (const kql::result::Cell& cell : cells)
    if (append_cell(body_->appender.get(), cell) != DuckDBSuccess) return body_->fail_appending();
  if (duckdb_appender_end_row(body_->appender.get()) != DuckDBSuccess) body_->fail_appending();
}

void ParquetSink::end(const kql::result::Ending&) {
  if (!body_->error && duckdb_appender_flush(body_->appender.get()) != DuckDBSuccess)
    body_->fail_appending();
}

Result<void> ParquetSink::finish() {
  if (body_->error) return std::unexpected(*body_->error);
  const std::string unfinished = body_->file.path + ".part";
  VEDETTE_TRY_VOID(body_->file.connection.execute(
      fmt::format("COPY rows TO {} (FORMAT parquet, COMPRESSION zstd)", quote_text(unfinished))));
  std::error_code error;
  std::filesystem::rename(unfinished, body_->file.path, error);
  if (error) return base::system_failure("cannot name " + body_->file.path, error.value());
  return {};
}

}  // namespace vedette::store::duckdb
