// Owns: `vedette intel sources`, `vedette intel pull` and `vedette intel push`: what a running
// `serve` says of where its indicators come from. Must not know: sources. One thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

int run_intel_sources(Arguments arguments);
int run_intel_pull(Arguments arguments);
int run_intel_push(Arguments arguments);

}  // namespace vedette::app
