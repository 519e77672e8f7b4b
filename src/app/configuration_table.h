// Owns: the settings of sections that stand once in vedette.toml and need no more than their own
// value: how each is read and shown. Promises: in the order in which they are shown. Must not know:
// what settings have to do with each other, or where they were read. Any thread.
#pragma once

#include <span>

#include "app/setting.h"

namespace vedette::app {

struct Configuration;

[[nodiscard]] std::span<const Setting<Configuration>> plain_settings();

}  // namespace vedette::app
