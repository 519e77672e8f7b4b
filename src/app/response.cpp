#include "app/response.h"

#include <utility>

#include "app/block_program.h"
#include "app/cloud_sign_in.h"
#include "app/crash_point.h"
#include "app/kill_switch.h"
#include "app/no_directory.h"
#include "app/thread_load.h"
#include "cloud/graph_directory.h"
#include "net/curl_client.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;

// Another process may have asked or approved.
constexpr Duration look_interval = Duration::seconds(1);

}  // namespace

Result<std::unique_ptr<Response>> Response::start(const ResponseWorld& world,
                                                  respond::IncidentWitness& witness) {
  const RespondSetting& setting = world.configuration.respond;
  const TenantSetting* tenant = setting.find_tenant(world.configuration.tenants);
  auto response = std::make_unique<Response>(world, witness);
  response->audit_ = VEDETTE_TRY(
      AuditTeller::open({world.configuration, world.data, world.log, world.clock, world.random}));
  if (!setting.block_command.empty())
    response->block_ = std::make_unique<BlockProgram>(setting.block_command);
  if (tenant != nullptr) {
    VEDETTE_TRY_VOID(response->connect(*tenant));
    response->make_runner(setting.guard_of(*tenant));
    world.log.info("responses", {{"tenant", setting.tenant},
                                 {"mode", std::string(model::name_of(setting.guard.mode))}});
  } else if (response->block_ != nullptr) {
    response->directory_ = std::make_unique<NoDirectory>();
    response->make_runner(setting.guard);
    world.log.info("responses", {{"addresses", setting.block_command.front()}});
  } else {
    world.log.info("responses are off",
                   {{"why", "[respond] names no tenant and no block_command"}});
  }
  response->thread_ =
      std::jthread([made = response.get()](const std::stop_token& stop) { made->run(stop); });
  return response;
}

Response::~Response() {
  thread_.request_stop();
  asked_.ring();
  if (thread_.joinable()) thread_.join();
}

Result<void> Response::connect(const TenantSetting& tenant) {
  const Configuration& configuration = world_.configuration;
  const RespondSetting& setting = configuration.respond;
  tokens_ = VEDETTE_TRY(make_access_tokens(
      setting.signing_in(tenant), configuration.cloud,
      {world_.clock, world_.random, configuration.secrets, world_.data.folder, {}}));
  net::CurlSettings curl;
  curl.ca_file = configuration.cloud.ca_file;
  client_ = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
  const auto graph = configuration.cloud.endpoints().graph;
  directory_ = std::make_unique<cloud::GraphDirectory>(
      cloud::GraphDirectorySettings{graph.address, graph.scope}, *client_, *tokens_, world_.clock);
  return {};
}

void Response::make_runner(respond::GuardSettings guard) {
  std::optional<respond::AddressRooms> addresses;
  if (block_ != nullptr)
    addresses.emplace(*block_, &is_own_address, [this](const base::IpAddress& each) {
      return world_.allow_list.allowed_until(each) > world_.clock.now();
    });
  runner_ = std::make_unique<respond::ActionRunner>(
      std::move(guard),
      respond::ActionRooms{world_.actions,
                           *directory_,
                           witness_,
                           world_.clock,
                           [path = world_.data.kill_switch()] { return read_kill_switch(path); },
                           &crash_point,
                           [this](bool is_problem, const std::string& text) {
                             is_problem ? world_.log.warning("response", {{"text", text}})
                                        : world_.log.info("response", {{"text", text}});
                           },
                           {},
                           std::move(addresses)});
}

void Response::run(const std::stop_token& stop) {
  name_thread("respond");
  while (!stop.stop_requested()) {
    if (runner_ != nullptr)
      if (const auto done = runner_->step(stop); !done)
        world_.log.warning("response", {{"text", done.error().message}});
    audit_->look(stop);
    asked_.wait(look_interval, stop);
  }
}

}  // namespace vedette::app
