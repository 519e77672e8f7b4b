#include "store/duckdb/instance.h"

#include <array>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "fmt/format.h"
#include "store/duckdb/handles.h"
#include "store/duckdb/native_functions.h"

namespace vedette::store::duckdb {

namespace {

#if defined(__aarch64__)
constexpr std::array<std::uint64_t, 3> oldest_version{1, 5, 5};  // decision 0035
#else
constexpr std::array<std::uint64_t, 3> oldest_version{1, 5, 6};
#endif
constexpr int counting_connections = 2;  // as many as people's questions run at once

}  // namespace

bool is_supported_version(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  version = version.substr(0, version.find('-'));
  const std::vector<std::string_view> parts = base::split(version, '.');
  if (parts.size() != oldest_version.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = base::parse_unsigned(parts[i]);
    if (!number || *number < oldest_version[i]) return false;
    if (*number > oldest_version[i]) return true;
  }
  return true;
}

struct Instance::Handles {
  StatementStops stops;
  duckdb_database database = nullptr;
  int threads = 1;
  ~Handles() { duckdb_close(&database); }
};

class Instance::Workers {
 public:
  Workers(duckdb_database database, int count) : state_(duckdb_create_task_state(database)) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([state = state_] { duckdb_execute_tasks_state(state); });
  }
  ~Workers() {
    duckdb_finish_execution(state_);
    threads_.clear();  // joins
    duckdb_destroy_task_state(state_);
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

 private:
  duckdb_task_state state_;
  std::vector<std::jthread> threads_;
};

std::shared_ptr<Instance::Workers> Instance::workers() {
  const std::lock_guard lock(workers_mutex_);
  auto all = workers_.lock();
  if (!all) {
    all = std::make_shared<Workers>(handles_->database, handles_->threads - 1);
    workers_ = all;
  }
  return all;
}

Instance::Instance(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Instance::~Instance() = default;

StatementStops& Instance::stops() {
  return handles_->stops;
}

base::Result<Connection> Instance::connect() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(handles_->database, &connection) != DuckDBSuccess)
    return base::failure(base::ErrorCode::internal, "DuckDB gives no connection");
  return Connection(connection);
}

std::optional<Connection> Instance::take_counting() {
  const std::lock_guard lock(counting_mutex_);
  if (counting_.empty()) return std::nullopt;
  Connection taken = std::move(counting_.back());
  counting_.pop_back();
  return taken;
}

void Instance::give_back(Connection counting) {
  const std::lock_guard lock(counting_mutex_);
  counting_.push_back(std::move(counting));
}

base::Result<std::shared_ptr<Instance>> Instance::open(const InstanceOptions& options) {
  if (!is_supported_version(duckdb_library_version()))
    return base::failure(
        base::ErrorCode::internal,
        fmt::format("this is DuckDB {}, and Vedette needs {} or later: older ones lose rows "
                    "when the disk is full",
                    duckdb_library_version(), fmt::join(oldest_version, ".")));
  OwnedConfig config;
  if (duckdb_create_config(config.address()) != DuckDBSuccess)
    return base::failure(base::ErrorCode::internal, "DuckDB gives no configuration");
  const std::pair<const char*, std::string> settings[] = {
      {"threads", std::to_string(options.threads)},
      {"external_threads", std::to_string(options.threads)},  // see workers()
      {"memory_limit", fmt::format("{}MB", options.memory_bytes / 1'000'000)},
      // A checkpoint stalls the writer.
      {"checkpoint_threshold",
       fmt::format("{}MB", base::limits::segment_log_bytes_max / 1'000'000)},
      // Small groups of rows that it puts together, each time: without a bound it would write most
      // rows several times, which sealing does once.
      {"max_vacuum_tasks", "2"},
      // The engine's allocator gives back what nobody uses when time passes, not at its next use.
      {"allocator_background_threads", "true"},
      {"temp_directory", options.overflow_folder},
      {"max_temp_directory_size",
       fmt::format("{}MB", base::limits::store_overflow_bytes_max / 1'000'000)},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
  };
  for (const auto& [name, value] : settings)
    if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess)
      return base::failure(base::ErrorCode::internal,
                           fmt::format("DuckDB does not take the setting {}", name));
  auto handles = std::make_unique<Handles>();
  handles->threads = options.threads;
  char* problem = nullptr;
  if (duckdb_open_ext(nullptr, &handles->database, config.get(), &problem) != DuckDBSuccess) {
    const std::string text = problem == nullptr ? "unknown error" : problem;
    duckdb_free(problem);
    return base::failure(base::ErrorCode::internal, "DuckDB does not open: " + text);
  }
  auto instance = std::make_shared<Instance>(std::move(handles));
  Connection connection = VEDETTE_TRY(instance->connect());
  VEDETTE_TRY_VOID(register_native_functions(connection.get(), instance->stops(), options.places));
  if (!options.folder.empty())
    VEDETTE_TRY_VOID(
        connection.execute("SET allowed_directories = [" + quote_text(options.folder) + "]"));
  VEDETTE_TRY_VOID(connection.execute("SET enable_external_access = false"));
  for (int i = 0; i < counting_connections; ++i) {
    instance->counting_.push_back(VEDETTE_TRY(instance->connect()));
    VEDETTE_TRY_VOID(instance->counting_.back().execute("SET enable_profiling = 'no_output'"));
  }
  VEDETTE_TRY_VOID(connection.execute("SET lock_configuration = true"));
  return instance;
}

}  // namespace vedette::store::duckdb
