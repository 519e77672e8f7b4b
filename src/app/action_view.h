// Owns: how actions upon accounts look on a terminal and as JSON. Promises: every text that may
// come from outside passes the encoder of its sink; times are UTC. Must not know: the store. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "ports/action_store.h"

namespace vedette::app {

// One line each: id, incident, state, kind, account, what was said last.
[[nodiscard]] std::string table_of_actions(const std::vector<ports::ActionRecord>& records);
[[nodiscard]] std::string page_of_action(const ports::ActionRecord& record);
// "Action 3 (disabling the account anna@example.org): waiting for approval: ..."
[[nodiscard]] std::string line_of_action(const ports::ActionRecord& record);

}  // namespace vedette::app
