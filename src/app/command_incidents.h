// Owns: `vedette incidents`: list, show, ack, assign, comment, severity, close, reopen, messages,
// straight on state.db, beside a `serve` that runs or without one. Promises: exit code 0 done, 1 it
// went wrong (no such incident, already closed ...), 2 the words were wrong and nothing was done;
// text from logs leaves through the terminal's or JSON's encoder. Must not know: SQLite. One call a
// process.
#pragma once

#include <iosfwd>
#include <string>

#include "app/command.h"
#include "ports/clock.h"

namespace vedette::app {

struct IncidentsSurroundings {
  const ports::Clock& clock;
  std::string person;  // who acts unless --as says otherwise
  std::ostream& output;
  std::ostream& errors;
};

// `arguments` are the words behind "incidents".
int run_incidents(Arguments arguments, const IncidentsSurroundings& surroundings);

}  // namespace vedette::app
