// Owns: the frame of commands that serve somebody who does not exist (`vedette simulate misp`,
// `simulate taxii`): the words that all of them have, the listening on this machine alone, until a
// signal. Must not know: what is served. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/tenant_door.h"
#include "base/result.h"
#include "ports/clock.h"

namespace CLI {
class App;
}

namespace vedette::app {

struct SimulatedDoor {
  std::string_view name;  // of the command: "misp"
  std::vector<simulate::tenant::FaultName> known_faults;
  std::uint16_t port = 0;
  std::vector<std::string> faults = {};
  bool list_faults = false;
};

// --port, --fault, --faults.
void add_door_options(CLI::App& app, SimulatedDoor& door);

using BeginService = std::function<base::Result<SimulatedService>(
    const std::vector<simulate::tenant::FaultOrder>& faults, const ports::Clock& clock)>;
// Its exit code. `tell` prints, for its address, what a person needs to use it.
[[nodiscard]] int serve_simulated(const SimulatedDoor& door, const BeginService& begin,
                                  const std::function<void(const std::string& url)>& tell);

}  // namespace vedette::app
