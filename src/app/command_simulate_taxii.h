// Owns: `vedette simulate taxii`. Must not know: what the simulated server holds. Main's thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

int run_simulate_taxii(Arguments arguments);

}  // namespace vedette::app
