// Owns: `vedette serve`: words, signals, and the loop over reloads.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <filesystem>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/configuration.h"
#include "app/container_setting.h"
#include "app/data_folder.h"
#include "app/data_lock.h"
#include "app/environment.h"
#include "app/heap.h"
#include "app/serve_control.h"
#include "app/service.h"
#include "app/signals.h"
#include "app/simulated_company.h"

namespace vedette::app {
namespace {

using base::Duration;

constexpr const char* description =
    "Run as a service: follow log files, keep every line, detect, open incidents, tell people.\n"
    "Everything survives a crash; docs/guides/serve.md says how and what can be set.";
constexpr const char* footer =
    "Examples:\n"
    "  vedette serve\n"
    "  vedette serve --config /etc/vedette/vedette.toml\n"
    "  vedette serve --once --data ./data\n"
    "\nSIGTERM stops it, SIGHUP reads the settings again.";

constexpr Duration tick_interval = Duration::seconds(1);
constexpr Duration once_messages_at_most = Duration::seconds(60);

struct ServeOptions {
  std::string configuration, data;
  bool once = false, container = false;
};

// `serve` from its first to its last configuration.
class Serve {
 public:
  Serve(ServeOptions options, ports::Clock& clock) : options_(std::move(options)), clock_(clock) {}

  int run();

 private:
  [[nodiscard]] std::filesystem::path file() const {
    return options_.configuration.empty() ? find_configuration_file()
                                          : std::filesystem::path(options_.configuration);
  }
  using Loaded = std::expected<Configuration, ConfigurationProblems>;
  [[nodiscard]] Loaded load_with(const std::string& tables,
                                 const notify::EnvironmentLookup& environment) const {
    return options_.container ? load_container_configuration(file(), environment, tables)
                              : load_configuration(file(), environment, tables);
  }
  // With what was connected on pages.
  [[nodiscard]] Loaded load(const DataLayout& data) const;
  [[nodiscard]] base::Result<std::string> folder_of(const Configuration& configuration) const;
  int run_locked(const Configuration& first, const DataLayout& data);
  bool start(const Configuration& configuration, const DataLayout& data);
  // A simulated company, with the doors of these settings.
  base::Result<void> start_simulated(const Configuration& configuration);
  void stop_service();
  int wait(Configuration configuration, const DataLayout& data);
  void reload(Configuration& configuration, const DataLayout& data);
  void make_log(const Configuration& configuration) {
    log_ = std::make_unique<ServiceLog>(clock_, configuration.log_level, configuration.log_format);
  }

  const ServeOptions options_;
  ports::Clock& clock_;
  Bell called_;
  std::atomic<bool> reload_wanted_ = false;
  StopOnSignals signals_{[this] {
    reload_wanted_ = true;
    called_.ring();
  }};
  std::unique_ptr<ServiceLog> log_;
  ServeControl control_{{},
                        false,
                        [this](const std::string& tables, const auto& environment) {
                          return load_with(tables, environment);
                        },
                        [this] {
                          reload_wanted_ = true;
                          called_.ring();
                        }};
  std::unique_ptr<SimulatedCompany> company_;  // outlives the service that reads it
  std::unique_ptr<Service> service_;
};

Serve::Loaded Serve::load(const DataLayout& data) const {
  ConnectionSettings connections(data.folder, environment_variable, {});
  if (const auto loaded = connections.load(); !loaded)
    return std::unexpected(ConfigurationProblems{loaded.error().message});
  std::vector<std::string> left_out;
  const std::string tables = connections.tables(&left_out);
  for (const auto& each : left_out)
    log_->warning("notice",
                  {{"text", "left out: " + each +
                                ", whose secret is not in the data folder (a backup "
                                "holds none); set it again under Settings, Connections"}});
  return load_with(tables, environment_variable);
}

base::Result<std::string> Serve::folder_of(const Configuration& configuration) const {
  if (!options_.data.empty()) return options_.data;
  if (!configuration.data_folder.empty()) return configuration.data_folder.string();
  return data_folder(std::nullopt);
}

int Serve::run() {
  auto configuration = load_with({}, environment_variable);
  const auto tell_problems = [&] {
    for (const auto& problem : configuration.error()) print_error(problem);
    return exit_usage;
  };
  if (!configuration) return tell_problems();
  make_log(*configuration);
  const auto folder = folder_of(*configuration);
  if (!folder) {
    print_error(folder.error().message);
    return exit_failed;
  }
  const DataLayout data{std::filesystem::absolute(*folder)};
  const auto lock = DataLock::take(data.folder.string(), data.lock());
  if (!lock) {
    print_error(lock.error().message);
    return exit_failed;
  }
  configuration = load(data);
  if (!configuration) return tell_problems();
  return run_locked(*configuration, data);
}

int Serve::run_locked(const Configuration& first, const DataLayout& data) {
  log_->info("starting", {{"data", data.folder.string()},
                          {"settings", !file().empty()      ? file().string()
                                       : options_.container ? "of the environment"
                                                            : "defaults"},
                          {"process", static_cast<std::int64_t>(::getpid())}});
  if (!start(first, data)) return exit_failed;
  if (!options_.once) return wait(first, data);
  service_->work_off(once_messages_at_most, signals_.token());
  service_->stop();
  const auto counts = service_ ? service_->last_counts() : TrunkCounts{};
  log_->info("done", {{"lines", counts.lines},
                      {"rows", counts.rows_stored},
                      {"incidents_opened", counts.incidents_opened}});
  return exit_done;
}

bool Serve::start(const Configuration& configuration, const DataLayout& data) {
  std::error_code ignored;
  control_.home = data;
  control_.is_simulated = !options_.once && std::filesystem::exists(data.simulated_mark(), ignored);
  if (control_.is_simulated) {
    const auto shown = start_simulated(configuration);
    if (shown) return true;
    log_->error("simulated data cannot be shown", {{"error", shown.error().message}});
    stop_service();
    std::filesystem::remove(data.simulated_mark(), ignored);
    control_.is_simulated = false;
  }
  std::filesystem::remove_all(data.simulated().folder, ignored);
  auto started = Service::start(configuration, {clock_, *log_, data, options_.once, &control_});
  if (!started) {
    log_->error("cannot start", {{"error", started.error().message}});
    return false;
  }
  service_ = std::move(*started);
  log_->info("started");
  return true;
}

// What people log in with and how they reach us stays.
base::Result<void> Serve::start_simulated(const Configuration& real) {
  const DataLayout shown = control_.home.simulated();
  std::error_code error;
  std::filesystem::remove_all(shown.folder, error);
  std::filesystem::create_directories(shown.folder, error);
  if (error) return base::system_failure("cannot make " + shown.folder.string(), error.value());
  company_ = std::make_unique<SimulatedCompany>(clock_);
  VEDETTE_TRY_VOID(company_->open());
  const std::string text = VEDETTE_TRY(company_->settings(shown.folder));
  auto settings = read_configuration(text, "the simulated company", environment_variable);
  if (!settings) return base::failure(base::ErrorCode::internal, settings.error().front());
  settings->take_doors_of(real);
  company_->play(shown.folder);
  service_ =
      VEDETTE_TRY(Service::start(*settings, {clock_, *log_, shown, options_.once, &control_}));
  log_->info("started, with simulated data");
  return {};
}

void Serve::stop_service() {
  if (service_) service_->stop();
  service_.reset();
  company_.reset();
}

int Serve::wait(Configuration configuration, const DataLayout& data) {
  const auto& stop = signals_.token();
  while (!stop.stop_requested()) {
    called_.wait(tick_interval, stop);
    if (reload_wanted_.exchange(false)) reload(configuration, data);
    if (service_ == nullptr) return exit_failed;
    if (!stop.stop_requested()) service_->tick();
  }
  log_->info("stopping");
  const Duration begun = clock_.monotonic();
  service_->stop();
  const TrunkCounts counts = service_->last_counts();
  stop_service();
  log_->info("stopped", {{"ms", (clock_.monotonic() - begun).whole_milliseconds()},
                         {"lines", counts.lines},
                         {"rows", counts.rows_stored}});
  return exit_done;
}

// Everything is stopped and started again with the new settings; with the old ones when the new
// ones are wrong, or nothing can be started with them.
void Serve::reload(Configuration& configuration, const DataLayout& data) {
  auto fresh = load(data);
  if (!fresh) {
    for (const auto& problem : fresh.error())
      log_->error("reload refused, the old settings stay", {{"problem", problem}});
    return;
  }
  log_->info("reloading");
  stop_service();
  make_log(*fresh);
  if (start(*fresh, data)) {
    configuration = std::move(*fresh);
    log_->info("reloaded");
    return;
  }
  make_log(configuration);
  log_->error("nothing starts with the new settings, the old ones stay");
  start(configuration, data);
}

}  // namespace

int run_serve(Arguments arguments) {
  ServeOptions options;
  CLI::App app(description, "vedette serve");
  app.footer(footer);
  app.add_option("--config", options.configuration,
                 "settings (TOML) [/etc/vedette/vedette.toml, where it exists]")
      ->type_name("FILE");
  app.add_option("--data", options.data, "where everything is kept")->type_name("DIR");
  app.add_flag("--once", options.once, "read what is there, detect, tell, end (for cron)");
  app.add_flag("--container", options.container,
               "in a container: without a file, the settings are those of .env (TENANT_ID, "
               "CLIENT_ID, SMTP_SERVER ...); the web app listens on all addresses, port 5000");
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  keep_heap_small();
  return with_command_clock(
      [&](ports::Clock& clock) { return Serve(std::move(options), clock).run(); });
}

}  // namespace vedette::app
