// Owns: who sits at the keyboard, for what people do by commands. Must not know: what they do.
// Called from main's thread.
#pragma once

#include <string>

namespace vedette::app {

// The user at the keyboard, also behind sudo.
[[nodiscard]] std::string system_user();

}  // namespace vedette::app
