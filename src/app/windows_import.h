// Owns: `vedette import windows`: files of Windows events (EVTX; XML as `wevtutil` and Windows
// Event Forwarding write it; the JSON of forwarders; packed or in UTF-16) → the journal, of a
// running `serve` or of the data folder itself → rows, incidents.
// Promises: memory is bounded; a broken record costs none of its neighbours, and what was read,
// what not, and why, is said. Must not know: what events mean. One thread.
#pragma once

#include <string>
#include <vector>

#include "ports/clock.h"

namespace vedette::app {

// The exit code.
[[nodiscard]] int import_windows(const std::vector<std::string>& files, const std::string& folder,
                                 ports::Clock& clock);

}  // namespace vedette::app
