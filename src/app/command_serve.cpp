// Owns: `vedette serve`: words, signals, and the loop over reloads.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/configuration.h"
#include "app/container_setting.h"
#include "app/data_folder.h"
#include "app/data_lock.h"
#include "app/environment.h"
#include "app/heap.h"
#include "app/service.h"
#include "app/signals.h"

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
  [[nodiscard]] std::expected<Configuration, ConfigurationProblems> load() const {
    return options_.container ? load_container_configuration(file(), environment_variable)
                              : load_configuration(file(), environment_variable);
  }
  [[nodiscard]] base::Result<std::string> folder_of(const Configuration& configuration) const;
  int run_locked(const Configuration& first, const DataLayout& data);
  bool start(const Configuration& configuration, const DataLayout& data);
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
  std::unique_ptr<Service> service_;
};

base::Result<std::string> Serve::folder_of(const Configuration& configuration) const {
  if (!options_.data.empty()) return options_.data;
  if (!configuration.data_folder.empty()) return configuration.data_folder.string();
  return data_folder(std::nullopt);
}

int Serve::run() {
  const auto configuration = load();
  if (!configuration) {
    for (const auto& problem : configuration.error()) print_error(problem);
    return exit_usage;
  }
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
  auto started = Service::start(configuration, {clock_, *log_, data, options_.once});
  if (!started) {
    log_->error("cannot start", {{"error", started.error().message}});
    return false;
  }
  service_ = std::move(*started);
  log_->info("started");
  return true;
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
  service_.reset();
  log_->info("stopped", {{"ms", (clock_.monotonic() - begun).whole_milliseconds()},
                         {"lines", counts.lines},
                         {"rows", counts.rows_stored}});
  return exit_done;
}

// Everything is stopped and started again with the new settings; with the old ones when the new
// ones are wrong, or nothing can be started with them.
void Serve::reload(Configuration& configuration, const DataLayout& data) {
  auto fresh = load();
  if (!fresh) {
    for (const auto& problem : fresh.error())
      log_->error("reload refused, the old settings stay", {{"problem", problem}});
    return;
  }
  log_->info("reloading");
  service_->stop();
  service_.reset();
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
