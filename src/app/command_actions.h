// Owns: `vedette actions`: list, show, ask, approve, refuse, undo, stop, resume, straight on
// state.db and the kill switch's file, beside a `serve` that runs (which does what was decided
// within a second) or without one. Promises: exit code 0 done, 1 it went wrong (no such action, not
// by that person ...), 2 the words were wrong and nothing was done; text from outside leaves
// through the terminal's or JSON's encoder. Must not know: SQL, Graph. One call a process.
#pragma once

#include <iosfwd>
#include <string>

#include "app/command.h"
#include "ports/clock.h"

namespace vedette::app {

struct ActionsSurroundings {
  const ports::Clock& clock;
  std::string person;  // who decides
  std::ostream& output;
  std::ostream& errors;
};

// `arguments` are the words behind "actions".
int run_actions(Arguments arguments, const ActionsSurroundings& surroundings);

}  // namespace vedette::app
