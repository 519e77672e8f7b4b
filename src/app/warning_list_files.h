// Owns: warning lists from files: those of [intel] warning_lists, each a file or a folder of *.json
// files (as a clone of MISP's warninglists has them, in folders below it too). Promises: a file
// that cannot be read is told, and the others are taken. Must not know: what is done with them. Any
// thread.
#pragma once

#include <string>
#include <vector>

#include "intel/warning_lists.h"

namespace vedette::app {

[[nodiscard]] intel::WarningLists load_warning_lists(const std::vector<std::string>& paths,
                                                     std::vector<std::string>& problems);

}  // namespace vedette::app
