// Owns: which clock a command goes by: the system's, or the one that a test asks for by
// VEDETTE_TEST_CLOCK. Must not know: what the commands do. Main's thread.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "ports/clock.h"

namespace vedette::app {

[[nodiscard]] base::Result<std::unique_ptr<ports::Clock>> command_clock();
// What `run` comes to with it; without a clock the error is printed and the command has failed.
[[nodiscard]] int with_command_clock(const std::function<int(ports::Clock&)>& run);

}  // namespace vedette::app
