// Owns: where Vedette keeps its data when nobody says so: the decision that serve, hunt, incidents
// and backup share.
// Promises: --data DIR; else $VEDETTE_DATA; else /var/lib/vedette when it is there; else the user's
// own data folder by XDG ($XDG_DATA_HOME/vedette, else ~/.local/share/vedette). Nothing is made.
// Source: XDG Base Directory Specification (a relative $XDG_DATA_HOME is ignored). Must not know:
// what lies in the folder. Called from main's thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace vedette::app {

[[nodiscard]] base::Result<std::string> data_folder(const std::optional<std::string>& option);

}  // namespace vedette::app
