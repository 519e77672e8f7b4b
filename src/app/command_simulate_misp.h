// Owns: `vedette simulate misp`. Must not know: what the simulated MISP holds. Main's thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

int run_simulate_misp(Arguments arguments);

}  // namespace vedette::app
