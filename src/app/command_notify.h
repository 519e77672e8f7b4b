// Owns: `vedette notify`: trying channels. Must not know: the other commands. Main's thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

int run_notify(Arguments arguments);

}  // namespace vedette::app
