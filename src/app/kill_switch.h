// Owns: the switch that stops all responses: a file in the data folder, so that anything that can
// make a file can throw it (`touch`), whatever else is broken. Promises: what cannot be told is
// said so, and counts as thrown. Must not know: what it stops. Any thread.
#pragma once

#include <string>

#include "base/result.h"
#include "respond/guard.h"

namespace vedette::app {

[[nodiscard]] respond::SwitchPosition read_kill_switch(const std::string& path);
// `words`: who, when, why.
[[nodiscard]] base::Result<void> throw_kill_switch(const std::string& path,
                                                   const std::string& words);
[[nodiscard]] base::Result<void> release_kill_switch(const std::string& path);

}  // namespace vedette::app
