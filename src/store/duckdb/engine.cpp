#include "store/duckdb/engine.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "store/duckdb/external_rows.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/vector_type.h"

namespace vedette::store::duckdb {

namespace {

using kql::Type;

constexpr int progress_interval_ms = 200;

// Interrupts the connection when the time is over or a stop was asked for, again and again: an
// interrupt that falls between two statements is forgotten by DuckDB.
class Watchdog {
 public:
  // Sets `stop` before it interrupts.
  Watchdog(duckdb_connection connection, const EngineOptions& options, std::atomic<bool>& stop)
      : asked_(options.stop,
               [this] {
                 const std::lock_guard lock(mutex_);
                 wake_.notify_all();
               }),
        thread_([this, connection, &options, &stop](const std::stop_token& done) {
          std::unique_lock lock(mutex_);
          if (wait(lock, connection, options, done)) return;
          fired_ = !options.stop.stop_requested();
          stop = true;
          while (!done.stop_requested()) {
            duckdb_interrupt(connection);
            wake_.wait_for(lock, done, std::chrono::milliseconds(20), [] { return false; });
          }
        }) {}
  // True: it was the time.
  [[nodiscard]] bool fired() {
    const std::lock_guard lock(mutex_);
    return fired_;
  }

 private:
  // Until the time is over or a stop was asked for; true: the statement is done before.
  bool wait(std::unique_lock<std::mutex>& lock, duckdb_connection connection,
            const EngineOptions& options, const std::stop_token& done) {
    const auto stopped = [&] { return options.stop.stop_requested(); };
    for (int left_ms = options.timeout_ms; left_ms > 0 && !stopped();) {
      const int span_ms = options.progress ? std::min(left_ms, progress_interval_ms) : left_ms;
      wake_.wait_for(lock, done, std::chrono::milliseconds(span_ms), stopped);
      if (done.stop_requested()) return true;
      if (options.progress) options.progress(duckdb_query_progress(connection).percentage);
      left_ms -= span_ms;
    }
    return done.stop_requested();
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool fired_ = false;
  std::stop_callback<std::function<void()>> asked_;
  std::jthread thread_;  // last: it uses the others
};

std::string without_kind(std::string text) {
  for (const std::string_view kind :
       {"Invalid Input Error: ", "Conversion Error: ", "Out of Range Error: "})
    if (text.starts_with(kind)) text.erase(0, kind.size());
  return text;
}

std::unexpected<kql::Diagnostic> stopped() {
  return kql::refuse("KQL404", {}, "the query was stopped");
}
std::unexpected<kql::Diagnostic> failed(const std::string& text, bool preparing) {
  if (text.starts_with("INTERRUPT")) return stopped();
  if (text.find("has been invalidated") != std::string::npos)
    return kql::refuse("KQL505", {}, "the store stopped after an error and is opened again",
                       "try again in a moment");
  if (text.find("checksum") != std::string::npos || text.find("Corrupt") != std::string::npos)
    return kql::refuse("KQL504", {}, "stored rows are damaged: " + text,
                       "the store sets the damaged file aside and takes its rows from the journal");
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

// A number that the engine's last statement was counted to; nothing when it was not.
std::optional<double> counted(duckdb_profiling_info info, const char* name) {
  const OwnedValue value(info == nullptr ? nullptr : duckdb_profiling_info_get_value(info, name));
  if (value.get() == nullptr) return std::nullopt;
  char* text = duckdb_get_varchar(value.get());
  if (text == nullptr) return std::nullopt;
  const std::string_view shown = text;
  double number = 0;
  const auto end = std::from_chars(shown.begin(), shown.end(), number);
  duckdb_free(text);
  return end.ec == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

struct Engine::Handles {
  Handles() = default;
  ~Handles() {
    if (instance) instance->stops().forget(connection_id);
    if (!is_counting) return;
    for (const std::size_t number : loaded) forget_external_rows(connection, number);
    instance->give_back(std::move(connection));
  }
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  std::shared_ptr<Instance> instance;
  Connection connection;
  EngineOptions options;
  std::uint64_t connection_id = 0;
  std::atomic<bool> stop = false;   // nobody waits for the statement that runs
  bool is_counting = false;         // the connection is lent by the instance
  std::vector<std::size_t> loaded;  // tables of other hosts' rows
};

Engine::Engine(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Engine::~Engine() = default;

base::Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
  auto instance = VEDETTE_TRY(Instance::open({.memory_bytes = options.memory_bytes,
                                              .threads = options.threads,
                                              .places = options.places}));
  return open_on(std::move(instance), options);
}

base::Result<std::unique_ptr<Engine>> Engine::open_on(std::shared_ptr<Instance> instance,
                                                      const EngineOptions& options) {
  auto handles = std::make_unique<Handles>();
  handles->instance = std::move(instance);
  auto counting = options.report ? handles->instance->take_counting() : std::nullopt;
  handles->is_counting = counting.has_value();
  handles->connection = counting ? *std::move(counting) : VEDETTE_TRY(handles->instance->connect());
  handles->connection_id = handles->connection.id();
  handles->instance->stops().watch(handles->connection_id, handles->stop);
  if (options.progress) {
    VEDETTE_TRY_VOID(handles->connection.execute("PRAGMA disable_print_progress_bar"));
    VEDETTE_TRY_VOID(handles->connection.execute("PRAGMA enable_progress_bar"));
  }
  handles->options = options;
  return std::make_unique<Engine>(std::move(handles));
}

kql::Checked<void> Engine::load(const kql::external::Request& request, std::size_t number,
                                const std::vector<std::string>& texts) {
  handles_->loaded.push_back(number);
  const auto loaded = load_external_rows(handles_->connection, request, number, texts);
  if (loaded) return {};
  if (handles_->connection.trouble() == Trouble::passing)
    return kql::refuse("KQL405", request.span, "what externaldata read does not fit into memory");
  return kql::refuse("KQL506", request.span,
                     "externaldata cannot use what it read: " + loaded.error().message);
}

const EngineOptions& Engine::options() const {
  return handles_->options;
}

void Engine::interrupt() {
  handles_->stop = true;
  duckdb_interrupt(handles_->connection.get());
}

kql::Checked<void> Engine::run(const kql::Stage& stage, kql::result::Sink& sink) {
  if (!handles_->options.report) return run(stage, sink, nullptr);
  StageReport report;
  report.sql = stage.sql;
  auto done = run(stage, sink, &report);
  handles_->options.report(report);
  return done;
}

// Of the statement that ran last.
void Engine::count(StageReport& report) const {
  duckdb_profiling_info info = duckdb_get_profiling_info(handles_->connection.get());
  if (const auto seconds = counted(info, "LATENCY")) report.took_us = std::llround(*seconds * 1e6);
  if (const auto rows = counted(info, "CUMULATIVE_ROWS_SCANNED"))
    report.rows_scanned = std::llround(*rows);
  if (const auto bytes = counted(info, "SYSTEM_PEAK_BUFFER_MEMORY"))
    report.memory_bytes = std::llround(*bytes);
}

kql::Checked<void> Engine::run(const kql::Stage& stage, kql::result::Sink& sink,
                               StageReport* report) {
  const std::string sql = fmt::format("{} LIMIT {}", stage.sql, base::limits::result_rows_max + 1);
  OwnedResult result;
  {
    ReadStatement statement(handles_->connection);
    // What is the same for all rows is worked out while the statement is planned.
    handles_->stop = false;
    Watchdog watchdog(handles_->connection.get(), handles_->options, handles_->stop);
    const auto prepared = statement.prepare(sql);
    const auto workers = handles_->instance->workers();
    const auto run = prepared ? statement.run(result) : prepared;
    if (prepared && report != nullptr && handles_->is_counting) count(*report);
    if (!run && watchdog.fired())
      return kql::refuse("KQL404", {},
                         fmt::format("the query took longer than {} s and was stopped",
                                     handles_->options.timeout_ms / 1000),
                         "narrow its time range, or allow more time with --timeout");
    if (!run && handles_->stop) return stopped();
    if (!run) return failed(run.error().message, !prepared);
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
    if (!blank[i] && duckdb_column_type(result.address(), i) != vector_type(stage.columns[i].type))
      return kql::refuse(
          "KQL599", {},
          fmt::format("internal: column {} came back as another type", stage.columns[i].name));
  sink.begin(stage.columns);
  std::vector<kql::result::Cell> cells(width);
  std::size_t rows = 0;
  kql::result::Ending ending;
  ending.render = stage.render;
  ending.partial = handles_->options.missing;
  ending.partial.insert(ending.partial.end(), stage.notes.begin(), stage.notes.end());
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
