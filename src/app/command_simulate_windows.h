// Owns: the word `windows` of `vedette simulate`. Promises: exit codes as in command.h. Must not
// know: the other words. Called from main's thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

// `arguments` are those after the word `windows`.
int run_simulate_windows(Arguments arguments);

}  // namespace vedette::app
