// Owns: who sits at the keyboard: the name under which the command line acts. Promises: behind sudo
// it is the person, not root; never empty. Must not know: what is done. Called from main's thread.
#pragma once

#include <string>

namespace vedette::app {

[[nodiscard]] std::string system_user();

}  // namespace vedette::app
