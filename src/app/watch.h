// Owns: a run of `vedette watch`: builds the rooms from the options and keeps the pipeline going
// until the input ends or a stop is asked for. Promises: the summary is true when it is printed;
// messages under way get a few seconds to leave. Must not know: how options are written. Called
// from main's thread.
#pragma once

#include <memory>
#include <stop_token>

#include "app/watch_options.h"
#include "collect/line_source.h"

namespace vedette::app {

// Returns the exit code of the program.
int watch(const WatchOptions& options, const std::stop_token& stop);

}  // namespace vedette::app
