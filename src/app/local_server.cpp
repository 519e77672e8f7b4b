#include "app/local_server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "app/hunt_request.h"
#include "app/private_file.h"
#include "app/service_metrics.h"
#include "base/door_limits.h"
#include "net/http_receiver.h"
#include "notify/channel_address.h"
#include "server/routes.h"

namespace vedette::app {
namespace {

using base::Result;

}  // namespace

struct LocalServer::Listeners {
  Listeners(server::Routes routes_in, server::Gate gate_in)
      : routes(std::move(routes_in)), command_gate(std::move(gate_in)) {}

  const server::Routes routes;
  const server::Gate command_gate;
  std::stop_source stopped;
  std::unique_ptr<net::HttpReceiver> routes_receiver, command_receiver;
};

LocalServer::LocalServer(const LocalServerSources& sources) : sources_(sources) {}

LocalServer::~LocalServer() {
  if (!listeners_) return;
  ::unlink(sources_.data.port().c_str());
  listeners_->stopped.request_stop();  // a hunt that runs is interrupted
}

// The one of the last start, or a new one.
Result<base::Secret> LocalServer::find_token() {
  const std::string path = sources_.data.token();
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if ((status.st_mode & 077) != 0)
      return base::failure(base::ErrorCode::permission_denied,
                           path + " may be read by others: delete it, and a new one is made");
    return notify::resolve_secret("file:" + path, {});
  }
  std::string text;
  for (int i = 0; i < 4; ++i) text += fmt::format("{:016x}", sources_.random.next());
  VEDETTE_TRY_VOID(write_private_file(path, text + "\n"));
  // Once, and to a person only: never into a log.
  if (::isatty(STDOUT_FILENO) != 0) fmt::print("The token for the HTTP interface: {}\n", text);
  return base::Secret(std::move(text));
}

Result<std::unique_ptr<LocalServer>> LocalServer::start(const LocalServerSources& sources) {
  auto server = std::make_unique<LocalServer>(sources);
  VEDETTE_TRY_VOID(server->listen());
  return server;
}

net::ReceiverReply LocalServer::answer_command(const Listeners& listeners,
                                               const net::ReceivedRequest& request) const {
  if (auto refused = server::refuse_stranger(listeners.command_gate, request, true))
    return *std::move(refused);
  if (request.target.starts_with(import_path)) return answer_import(request, sources_.import);
  return answer_hunt(request, sources_.hunt, listeners.stopped.get_token());
}

Result<void> LocalServer::listen() {
  const Configuration& configuration = sources_.configuration;
  const base::Secret token = VEDETTE_TRY(find_token());
  server::RouteSources routes{sources_.incidents, [this] { return sources_.status().reasons(); },
                              [this] { return format_metrics(sources_.status()); }};
  auto listeners = std::make_unique<Listeners>(
      server::Routes(server::Gate(token, configuration.http_hosts), std::move(routes)),
      server::Gate(token, {}));
  const Listeners* opened = listeners.get();
  listeners->routes_receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      configuration.http_address, configuration.http_port,
      [opened](const net::ReceivedRequest& request) { return opened->routes.answer(request); }));
  listeners->command_receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), 0,
      [this, opened](const net::ReceivedRequest& request, const net::HttpReceiver::Answer& answer) {
        answer(answer_command(*opened, request));
      },
      base::limits::ingest_body_bytes_max));
  listeners_ = std::move(listeners);
  VEDETTE_TRY_VOID(write_private_file(sources_.data.port(),
                                      fmt::format("{}\n", listeners_->command_receiver->port())));
  sources_.log.info(
      "listening",
      {{"address", fmt::format("http://{}:{}",
                               configuration.http_address.is_v4()
                                   ? base::format_ip(configuration.http_address)
                                   : "[" + base::format_ip(configuration.http_address) + "]",
                               listeners_->routes_receiver->port())},
       {"token", "in " + sources_.data.token()}});
  return {};
}

}  // namespace vedette::app
