// Owns: `vedette policy`: list, show, check, explain, arm, disarm, simulate, straight on state.db,
// beside a `serve` that runs or without one. Promises: arming shows the exact calls and wants a
// sentence typed; who armed or disarmed is in the audit log; exit code 0 done, 1 it went wrong, 2
// the words were wrong. Must not know: SQLite. One call a process.
#pragma once

#include <iosfwd>
#include <string>

#include "app/command.h"
#include "ports/clock.h"

namespace vedette::app {

struct PolicySurroundings {
  const ports::Clock& clock;
  std::string person;  // who acts unless --as says otherwise
  std::istream& input;
  std::ostream& output;
  std::ostream& errors;
};

// `arguments` are the words behind "policy".
int run_policy(Arguments arguments, const PolicySurroundings& surroundings);

}  // namespace vedette::app
