// Owns: `vedette intel feeds`. Must not know: how feeds are pulled. Main's thread.
#pragma once

#include "app/command.h"

namespace vedette::app {

int run_intel_feeds(Arguments arguments);

}  // namespace vedette::app
