// Owns: the word `tenant` of `vedette simulate`. Promises: exit codes as in command.h. Must not
// know: the other words. Called from main's thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

// `arguments` are those after the word `tenant`.
int run_simulate_tenant(Arguments arguments);

}  // namespace vedette::app
