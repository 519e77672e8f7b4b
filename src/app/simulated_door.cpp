#include "app/simulated_door.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/signals.h"
#include "base/ip.h"
#include "net/http_receiver.h"

namespace vedette::app {
namespace {

base::Result<void> serve(const SimulatedDoor& door, const BeginService& begin,
                         const std::function<void(const std::string& url)>& tell,
                         const StopOnSignals& signals) {
  const auto faults = VEDETTE_TRY(simulated_faults(door.faults, door.known_faults, door.name));
  const auto clock = VEDETTE_TRY(command_clock());
  const SimulatedService service = VEDETTE_TRY(begin(faults, *clock));
  const auto receiver = VEDETTE_TRY(net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), door.port, [&service](const net::ReceivedRequest& request) {
        return answer_as_service(service, request);
      }));
  tell(tenant_url(receiver->port()));
  std::fflush(stdout);
  while (clock->sleep(base::Duration::hours(1), signals.token())) {
  }
  return {};
}

}  // namespace

void add_door_options(CLI::App& app, SimulatedDoor& door) {
  app.add_option("--port", door.port, "the port on 127.0.0.1 [any free one]")->type_name("PORT");
  app.add_option("--fault", door.faults, "NAME[=TIMES][@PART]: see --faults; may be repeated")
      ->type_name("NAME");
  app.add_flag("--faults", door.list_faults, "list the faults and end");
}

int serve_simulated(const SimulatedDoor& door, const BeginService& begin,
                    const std::function<void(const std::string& url)>& tell) {
  if (door.list_faults) {
    for (const auto& fault : door.known_faults)
      fmt::print("  {:<18} {}\n", fault.name, fault.meaning);
    return exit_done;
  }
  const StopOnSignals signals;
  const auto served = serve(door, begin, tell, signals);
  if (served) return exit_done;
  print_error(served.error().message);
  return exit_code_of(served.error());
}

}  // namespace vedette::app
