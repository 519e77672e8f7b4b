#include "app/local_server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "access/audit_chain.h"
#include "access/key.h"
#include "app/acknowledge_links.h"
#include "app/backups_desk.h"
#include "app/channels_desk.h"
#include "app/connections_desk.h"
#include "app/detections_desk.h"
#include "app/either_stop.h"
#include "app/environment.h"
#include "app/guessed_password_list.h"
#include "app/hunt_request.h"
#include "app/hunts_desk.h"
#include "app/indicator_upload.h"
#include "app/kill_switch.h"
#include "app/log_questions.h"
#include "app/policies_desk.h"
#include "app/preferences.h"
#include "app/private_file.h"
#include "app/request_workers.h"
#include "app/retention_desk.h"
#include "app/service_metrics.h"
#include "app/web_certificate.h"
#include "base/door_limits.h"
#include "enrich/geo_database.h"
#include "net/http_receiver.h"
#include "server/api.h"
#include "server/proxies.h"
#include "server/reply.h"
#include "store/sqlite/sqlite_access.h"
#include "store/sqlite/sqlite_hunts.h"
#include "store/sqlite/sqlite_policies.h"

namespace vedette::app {
namespace {

using base::Result;
using base::Secret;

constexpr std::size_t request_threads = 6;  // hunts may have two of them for minutes
constexpr std::size_t requests_waiting_max = 64;
constexpr std::size_t request_bytes_max = 1024UL * 1024;

// The web app that belongs to this program; without one the API works all the same.
server::WebApp find_web_app(ServiceLog& log) {
  for (const auto& folder : enrich::usual_data_folders()) {
    std::error_code error;
    const auto place = folder / "web";
    if (!std::filesystem::is_directory(place, error)) continue;
    if (auto app = server::WebApp::load(place)) return *std::move(app);
  }
  log.warning("notice", {{"text", "this build has no web app (./dev build makes it)"}});
  return {};
}

// As a browser reaches it: on this machine, or by the name that the settings say.
std::string address_of(const Configuration& configuration, std::uint16_t port) {
  const char* scheme = configuration.speaks_tls() ? "https" : "http";
  const base::IpAddress& address = configuration.http_address;
  const bool is_all = address == base::IpAddress() || address == base::IpAddress::from_v4(0);
  if (is_all && !configuration.in_container && !configuration.http_hosts.empty())
    return fmt::format("{}://{}:{}", scheme, configuration.http_hosts.front(), port);
  if (is_all) return fmt::format("{}://localhost:{}", scheme, port);
  return address.is_v4() ? fmt::format("{}://{}:{}", scheme, base::format_ip(address), port)
                         : fmt::format("{}://[{}]:{}", scheme, base::format_ip(address), port);
}

// What Host may say: the names of the settings, and an address that they name. (A page that points
// its own name at us says that name, never our address.)
std::vector<std::string> hosts_of(const Configuration& configuration) {
  auto hosts = public_hosts(configuration);
  const std::string address = base::format_ip(configuration.http_address);
  hosts.push_back(configuration.http_address.is_v4() ? address : "[" + address + "]");
  return hosts;
}

// The one of the last start, or a new one.
Result<Secret> find_key(const std::string& path, ports::Random& random) {
  return kept_secret(path, [&random] {
    std::string text;
    for (int i = 0; i < 4; ++i) text += fmt::format("{:016x}", random.next());
    return text;
  });
}

}  // namespace

struct LocalServer::Listeners {
  Listeners(const LocalServerSources& sources_in, Secret token, Secret setup_key,
            access::SecondFactorRules rules,
            std::unique_ptr<server::AcknowledgeDoor> acknowledge_in,
            std::unique_ptr<ports::AccessStore> access_store_in,
            std::unique_ptr<ports::AccessStore> watched_in,
            std::unique_ptr<ports::PolicyStore> policy_store_in,
            std::unique_ptr<ports::HuntStore> hunt_store_in)
      : sources(sources_in),
        command_gate(token, {}),
        access_store(std::move(access_store_in)),
        watched_store(std::move(watched_in)),
        policy_store(std::move(policy_store_in)),
        hunt_store(std::move(hunt_store_in)),
        access(*access_store, sources.clock, std::move(setup_key), std::move(rules),
               find_guessed_passwords(&sources.log)),
        changes(watched_store ? *watched_store : *access_store, sources.clock),
        web(find_web_app(sources.log)),
        acknowledge(std::move(acknowledge_in)),
        proxies(sources.configuration.http_proxies),
        logs(sources.hunt, sources.data.folder, stopped.get_token()),
        detections(sources.detections, {sources.hunt, sources.directory, sources.place_of,
                                        sources.holidays, sources.clock}),
        policies({sources.configuration, *policy_store, sources.incidents, sources.actions,
                  sources.clock, sources.directory,
                  [path = sources.data.kill_switch()] { return read_kill_switch(path); }}),
        channels({sources.configuration, sources.incidents, sources.clock, sources.random,
                  sources.data.folder}),
        retention(sources.retention, sources.segments, sources.data, sources.clock),
        preferences(preferences_path(sources.home().folder)),
        connections(sources.home().folder, environment_variable,
                    sources.control == nullptr ? ReadWithTables() : sources.control->read_with),
        connections_desk({sources.configuration, sources.incidents, sources.clock, sources.random,
                          sources.data.folder},
                         connections, sources.control, stopped.get_token()),
        backups(sources.home(), sources.clock),
        indicators(sources.import.commit, sources.clock, sources.hunt),
        hunts({sources.configuration, sources.catalogue, sources.functions, logs, *hunt_store,
               SignInWorld{
                   sources.clock, sources.random, environment_variable, sources.data.folder, {}},
               stopped.get_token()}),
        api(server::Gate(std::move(token), hosts_of(sources.configuration)),
            {access,
             *access_store,
             sources.incidents,
             sources.clock,
             [status = sources.status] { return status().reasons(); },
             [status = sources.status] { return format_metrics(status()); },
             [this](const server::LogQuery& query) { return logs.answer(query); },
             detections,
             policies,
             channels,
             retention,
             preferences,
             connections_desk,
             backups,
             changes,
             web,
             VEDETTE_VERSION,
             response_door(),
             acknowledge.get(),
             &indicators,
             &hunts}) {}

  ~Listeners() {
    stopped.request_stop();  // a hunt that runs is interrupted
    detections.end_preview();
    // Every answer is given before the receivers stop.
    workers.stop();
    command_workers.stop();
  }
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  [[nodiscard]] server::ResponseDoor response_door() const {
    const std::string path = sources.data.kill_switch();
    return {sources.actions, sources.configuration.respond.guard,
            [path] { return read_kill_switch(path) != respond::SwitchPosition::off; },
            [path](bool is_stopped, const std::string& words) {
              return is_stopped ? throw_kill_switch(path, words) : release_kill_switch(path);
            }};
  }

  // Only what may take long goes to the workers: health answers even when all of them are busy.
  void take(net::ReceivedRequest request, const net::HttpReceiver::Answer& answer) {
    proxies.settle(request);
    const bool may_take_long = request.method == "POST" || request.target.starts_with("/api/") ||
                               request.target.starts_with("/acknowledge/") ||
                               request.target.starts_with("/subscriptions/");
    if (!may_take_long) return answer(api.answer(request));
    const bool is_taken = workers.take([this, answer, request = std::move(request)] {
      answer(stopped.stop_requested() ? server::problem(503, "stopping", "the service is stopping")
                                      : api.answer(request));
    });
    if (!is_taken) answer(server::problem(503, "busy", "too many requests wait; try again"));
  }

  // What the other commands of this machine ask.
  void take_command(net::ReceivedRequest request, const net::HttpReceiver::Answer& answer) {
    if (auto refused = server::refuse_stranger(command_gate, request, true))
      return answer(*std::move(refused));
    const bool is_taken = command_workers.take([this, answer, request = std::move(request)] {
      if (request.target == "/readyz") return answer(api.answer(request));
      if (request.target.starts_with(intel_path))
        return answer(answer_intel(request, sources.intel));
      answer(request.target.starts_with(import_path)
                 ? answer_import(request, sources.import)
                 : answer_hunt(request, sources.hunt,
                               EitherStop(stopped.get_token(), request.gone).token()));
    });
    if (!is_taken) answer(server::failure_reply(503, "too many requests wait; try again"));
  }

  const LocalServerSources& sources;
  std::stop_source stopped;
  const server::Gate command_gate;
  const std::unique_ptr<ports::AccessStore> access_store;
  const std::unique_ptr<ports::AccessStore> watched_store;  // where incidents are; null: the same
  const std::unique_ptr<ports::PolicyStore> policy_store;
  const std::unique_ptr<ports::HuntStore> hunt_store;
  access::Access access;
  server::ChangeFeed changes;
  const server::WebApp web;
  const std::unique_ptr<server::AcknowledgeDoor> acknowledge;  // null: messages have no links
  const server::Proxies proxies;
  LogQuestions logs;
  DetectionsDesk detections;
  PoliciesDesk policies;
  ChannelsDesk channels;
  RetentionsDesk retention;
  Preferences preferences;
  ConnectionSettings connections;
  ConnectionsDesk connections_desk;
  BackupsDesk backups;
  IndicatorUpload indicators;
  HuntsDesk hunts;
  const server::Api api;
  RequestWorkers workers{"http", request_threads, requests_waiting_max};
  // One more than hunts may run, so that an import does not wait for them.
  RequestWorkers command_workers{"command", std::size_t{base::limits::hunts_at_once_max} + 1,
                                 requests_waiting_max};
  std::unique_ptr<net::HttpReceiver> api_receiver, command_receiver;
};

LocalServer::LocalServer(const LocalServerSources& sources) : sources_(sources) {}

LocalServer::~LocalServer() {
  if (!listeners_) return;
  ::unlink(sources_.home().port().c_str());
}

Result<std::unique_ptr<LocalServer>> LocalServer::start(const LocalServerSources& sources) {
  auto server = std::make_unique<LocalServer>(sources);
  VEDETTE_TRY_VOID(server->listen());
  return server;
}

// To a person at the terminal, and in a file for the folder's owner: never into a log. In a
// container what is printed is all that its owner sees, and who sees it owns the container.
Result<void> LocalServer::tell_setup_link(const Secret& key, const std::string& address) {
  const std::string link = address + "/setup#" + std::string(key.reveal());
  VEDETTE_TRY_VOID(write_private_file(sources_.home().setup_link(), link + "\n"));
  if (::isatty(STDOUT_FILENO) != 0 || sources_.configuration.in_container) {
    fmt::print("\nVedette has no administrator yet. Open this link once to make one:\n  {}\n\n",
               link);
    std::fflush(stdout);
  }
  sources_.log.info("no administrator yet", {{"setup_link", "in " + sources_.home().setup_link()}});
  return {};
}

Result<void> LocalServer::listen() {
  const Configuration& configuration = sources_.configuration;
  const Secret token = VEDETTE_TRY(find_key(sources_.home().token(), sources_.random));
  access::SecondFactorRules rules{
      VEDETTE_TRY(find_key(sources_.home().seal_key(), sources_.random)),
      configuration.second_factor_for};
  const Secret setup_key = access::new_key();
  std::unique_ptr<ports::AccessStore> store =
      VEDETTE_TRY(store::sqlite::SqliteAccess::open(sources_.home().state(), &access::audit_hash));
  std::unique_ptr<ports::AccessStore> watched;
  if (sources_.home().folder != sources_.data.folder)
    watched =
        VEDETTE_TRY(store::sqlite::SqliteAccess::open(sources_.data.state(), &access::audit_hash));
  auto door = VEDETTE_TRY(acknowledge_door(configuration, sources_.data));
  std::unique_ptr<ports::PolicyStore> policies =
      VEDETTE_TRY(store::sqlite::SqlitePolicies::open(sources_.data.state()));
  std::unique_ptr<ports::HuntStore> hunts =
      VEDETTE_TRY(store::sqlite::SqliteHunts::open(sources_.home().state()));
  auto listeners = std::make_unique<Listeners>(
      sources_, token, setup_key, std::move(rules), std::move(door), std::move(store),
      std::move(watched), std::move(policies), std::move(hunts));
  VEDETTE_TRY_VOID(listeners->preferences.load());
  VEDETTE_TRY_VOID(listeners->connections.load());
  if (listeners->connections.tables() == configuration.tables)
    listeners->connections.forget_unused_secrets();
  Listeners* opened = listeners.get();
  auto identity = VEDETTE_TRY(
      find_web_certificate(configuration, sources_.home(), sources_.clock, sources_.log));
  listeners->api_receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      configuration.http_address, configuration.http_port,
      [opened](net::ReceivedRequest request, const net::HttpReceiver::Answer& answer) {
        opened->take(std::move(request), answer);
      },
      request_bytes_max, std::move(identity)));
  listeners->command_receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), 0,
      [opened](net::ReceivedRequest request, const net::HttpReceiver::Answer& answer) {
        opened->take_command(std::move(request), answer);
      },
      base::limits::ingest_body_bytes_max));
  listeners_ = std::move(listeners);
  VEDETTE_TRY_VOID(write_private_file(sources_.home().port(),
                                      fmt::format("{}\n", listeners_->command_receiver->port())));
  address_ = address_of(configuration, listeners_->api_receiver->port());
  sources_.log.info("listening",
                    {{"address", address_}, {"token", "in " + sources_.home().token()}});
  if (VEDETTE_TRY(listeners_->access.needs_set_up())) return tell_setup_link(setup_key, address_);
  ::unlink(sources_.home().setup_link().c_str());
  return {};
}

}  // namespace vedette::app
