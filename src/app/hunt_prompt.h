// Owns: `vedette hunt` alone on a terminal: a prompt that takes queries one after another, and
// commands that begin with a dot. Promises: what is entered is remembered in a file of the user's
// own (0600, bounded); Ctrl-C ends a query that runs, and never the prompt; the store is nobody's
// while nothing runs. Must not know: how queries are run. One call a process; main's thread.
#pragma once

#include "app/command_hunt.h"
#include "app/hunt_options.h"

namespace vedette::app {

// On the standard streams, which are a terminal. `options` hold for every query.
int run_hunt_prompt(const HuntOptions& options, const HuntSurroundings& around);

}  // namespace vedette::app
