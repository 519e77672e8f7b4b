#include "app/command_clock.h"

#include "app/command.h"
#include "app/environment.h"
#include "net/system_clock.h"

namespace vedette::app {

base::Result<std::unique_ptr<ports::Clock>> command_clock() {
  return net::make_clock(environment_variable("VEDETTE_TEST_CLOCK").value_or(""));
}

int with_command_clock(const std::function<int(ports::Clock&)>& run) {
  const auto clock = command_clock();
  if (clock) return run(**clock);
  print_error(clock.error().message);
  return exit_failed;
}

}  // namespace vedette::app
