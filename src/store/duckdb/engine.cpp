#include "store/duckdb/engine.h"

#include <duckdb.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "store/duckdb/native_functions.h"

namespace vedette::store::duckdb {

namespace {

using kql::Type;

// Interrupts the connection when the time is over, unless it is told before that all is done.
class Watchdog {
 public:
  Watchdog(duckdb_connection connection, int timeout_ms)
      : thread_([this, connection, timeout_ms](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          if (!done_.wait_for(lock, stop, std::chrono::milliseconds(timeout_ms),
                              [] { return false; }) &&
              !stop.stop_requested()) {
            fired_ = true;
            duckdb_interrupt(connection);
          }
        }) {}
  [[nodiscard]] bool fired() {
    const std::lock_guard lock(mutex_);
    return fired_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any done_;
  bool fired_ = false;
  std::jthread thread_;  // last: it uses the others
};

template <typename Handle, void (*destroy)(Handle*)>
class Owned {
 public:
  Owned() = default;
  ~Owned() { destroy(&handle_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Handle* address() { return &handle_; }
  [[nodiscard]] Handle get() const { return handle_; }

 private:
  Handle handle_{};
};

using Statement = Owned<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Statements = Owned<duckdb_extracted_statements, duckdb_destroy_extracted>;
using Config = Owned<duckdb_config, duckdb_destroy_config>;

class Result {
 public:
  Result() = default;
  ~Result() { duckdb_destroy_result(&result_); }
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;
  duckdb_result* address() { return &result_; }
  [[nodiscard]] duckdb_result get() const { return result_; }

 private:
  duckdb_result result_{};
};

std::string without_kind(std::string text) {
  for (const std::string_view kind :
       {"Invalid Input Error: ", "Conversion Error: ", "Out of Range Error: "})
    if (text.starts_with(kind)) text.erase(0, kind.size());
  return text;
}

std::unexpected<kql::Diagnostic> failed(const char* message, bool preparing) {
  const std::string text = message == nullptr ? "unknown error" : message;
  if (text.starts_with("INTERRUPT")) return kql::refuse("KQL404", {}, "the query was stopped");
  if (text.starts_with("Out of Memory"))
    return kql::refuse("KQL405", {}, "the query needs more memory than it may have",
                       "narrow its time range or summarise earlier");
  if (text.find("Overflow in") != std::string::npos)
    return kql::refuse("KQL502", {}, without_kind(text));
  if (preparing || text.starts_with("Binder") || text.starts_with("Parser") ||
      text.starts_with("INTERNAL") || text.starts_with("Catalog"))
    return kql::refuse(
        "KQL599", {},
        "internal: the engine does not take the query that was made of this one: " + text,
        "this is a fault of Vedette; please report the query");
  return kql::refuse("KQL501", {}, without_kind(text));
}

kql::result::Cell cell_at(Type type, duckdb_vector vector, idx_t row) {
  kql::result::Cell cell;
  cell.type = type;
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  cell.is_null = validity != nullptr && !duckdb_validity_row_is_valid(validity, row);
  if (cell.is_null) return cell;
  void* data = duckdb_vector_get_data(vector);
  switch (type) {
    case Type::boolean:
      cell.boolean = static_cast<bool*>(data)[row];
      break;
    case Type::int32:
      cell.integer = static_cast<std::int32_t*>(data)[row];
      break;
    case Type::int64:
    case Type::datetime:
    case Type::timespan:
      cell.integer = static_cast<std::int64_t*>(data)[row];
      break;
    case Type::real:
      cell.real = static_cast<double*>(data)[row];
      break;
    default: {
      duckdb_string_t& text = static_cast<duckdb_string_t*>(data)[row];
      cell.text = {duckdb_string_t_data(&text), duckdb_string_t_length(text)};
    }
  }
  return cell;
}

duckdb_type wanted_type(Type type) {
  switch (type) {
    case Type::boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case Type::int32:
      return DUCKDB_TYPE_INTEGER;
    case Type::int64:
    case Type::datetime:
    case Type::timespan:
      return DUCKDB_TYPE_BIGINT;
    case Type::real:
      return DUCKDB_TYPE_DOUBLE;
    default:
      return DUCKDB_TYPE_VARCHAR;
  }
}

}  // namespace

struct Engine::Handles {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  EngineOptions options;
  ~Handles() {
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }
};

Engine::Engine(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Engine::~Engine() = default;

base::Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
  auto handles = std::make_unique<Handles>();
  handles->options = options;
  Config config;
  if (duckdb_create_config(config.address()) != DuckDBSuccess)
    return base::failure(base::ErrorCode::internal, "DuckDB gives no configuration");
  const std::pair<const char*, std::string> settings[] = {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", fmt::format("{}MB", options.memory_bytes / 1'000'000)},
      {"temp_directory", ""},
      {"enable_external_access", "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
  };
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess)
      return base::failure(base::ErrorCode::internal,
                           fmt::format("DuckDB does not take the setting {}", name));
  char* problem = nullptr;
  if (duckdb_open_ext(nullptr, &handles->database, config.get(), &problem) != DuckDBSuccess) {
    const std::string text = problem == nullptr ? "unknown error" : problem;
    duckdb_free(problem);
    return base::failure(base::ErrorCode::internal, "DuckDB does not open: " + text);
  }
  if (duckdb_connect(handles->database, &handles->connection) != DuckDBSuccess)
    return base::failure(base::ErrorCode::internal, "DuckDB gives no connection");
  VEDETTE_TRY_VOID(register_native_functions(handles->connection, options.places));
  if (duckdb_query(handles->connection, "SET lock_configuration = true", nullptr) != DuckDBSuccess)
    return base::failure(base::ErrorCode::internal, "DuckDB does not lock its configuration");
  return std::make_unique<Engine>(std::move(handles));
}

void Engine::interrupt() {
  duckdb_interrupt(handles_->connection);
}

kql::Checked<void> Engine::run(const kql::Stage& stage, kql::result::Sink& sink) {
  const std::string sql = fmt::format("{} LIMIT {}", stage.sql, base::limits::result_rows_max + 1);
  Statements statements;
  const idx_t count =
      duckdb_extract_statements(handles_->connection, sql.c_str(), statements.address());
  if (count != 1) return failed(duckdb_extract_statements_error(statements.get()), true);
  Statement statement;
  if (duckdb_prepare_extracted_statement(handles_->connection, statements.get(), 0,
                                         statement.address()) != DuckDBSuccess)
    return failed(duckdb_prepare_error(statement.get()), true);
  // The lock on the configuration does not stop DROP, so the kind of statement is checked too.
  if (duckdb_prepared_statement_type(statement.get()) != DUCKDB_STATEMENT_TYPE_SELECT)
    return kql::refuse("KQL599", {}, "internal: the query became something else than a SELECT");
  Watchdog watchdog(handles_->connection, handles_->options.timeout_ms);
  Result result;
  if (duckdb_execute_prepared(statement.get(), result.address()) != DuckDBSuccess) {
    if (watchdog.fired())
      return kql::refuse("KQL404", {},
                         fmt::format("the query took longer than {} s and was stopped",
                                     handles_->options.timeout_ms / 1000),
                         "narrow its time range, or allow more time with --timeout");
    return failed(duckdb_result_error(result.address()), false);
  }
  const std::size_t width = stage.columns.size();
  // A column that holds nothing in any row is called n instead of r, and is as small as can be.
  const auto is_blank = [&](std::size_t i) {
    const char* name = duckdb_column_name(result.address(), i);
    return name != nullptr && *name == 'n';
  };
  std::vector<bool> blank(width);
  for (std::size_t i = 0; i < width; ++i) blank[i] = is_blank(i);
  for (std::size_t i = 0; i < width; ++i)
    if (!blank[i] && duckdb_column_type(result.address(), i) != wanted_type(stage.columns[i].type))
      return kql::refuse(
          "KQL599", {},
          fmt::format("internal: column {} came back as another type", stage.columns[i].name));
  sink.begin(stage.columns);
  std::vector<kql::result::Cell> cells(width);
  std::size_t rows = 0;
  kql::result::Ending ending;
  ending.render = stage.render;
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result.get())) {
    const idx_t size = duckdb_data_chunk_get_size(chunk);
    for (idx_t row = 0; row < size && !ending.truncated; ++row) {
      if (++rows > base::limits::result_rows_max) {
        ending.truncated = true;
        break;
      }
      for (std::size_t i = 0; i < width; ++i) {
        cells[i] = cell_at(stage.columns[i].type, duckdb_data_chunk_get_vector(chunk, i), row);
        if (blank[i]) cells[i].is_null = stage.columns[i].type != Type::string;
      }
      sink.row(cells);
    }
    duckdb_destroy_data_chunk(&chunk);
  }
  sink.end(ending);
  return {};
}

}  // namespace vedette::store::duckdb
