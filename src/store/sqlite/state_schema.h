// Owns: what state.db holds, version by version. Every room that keeps something there adds its
// tables as a new version at the end; a version that was released never changes.
// Must not know: who reads the tables. Pure.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "store/sqlite/database.h"

namespace vedette::store::sqlite {

[[nodiscard]] std::span<const Migration> state_migrations();

// How state.db is opened, for `verify_database` and other readers of the file.
[[nodiscard]] DatabaseOptions state_options(const std::string& path);
// state.db in that folder, brought to the newest version unless `read_only`.
[[nodiscard]] base::Result<std::unique_ptr<Database>> open_state(const std::string& path,
                                                                 bool read_only);

}  // namespace vedette::store::sqlite
