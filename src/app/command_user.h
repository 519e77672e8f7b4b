// Owns: `vedette user`: who may log in, straight on state.db, beside a `serve` that runs (which
// obeys at once) or without one: the way back in when every administrator is locked out. Promises:
// a password is read from standard input or made here, never from the command line; everything is
// in the audit log under the name of who sits at the keyboard; exit code 0 done, 1 it went wrong,
// 2 the words were wrong and nothing was done. Must not know: SQL, HTTP. One call a process.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "app/command.h"
#include "base/secret.h"
#include "ports/clock.h"

namespace vedette::app {

struct UserSurroundings {
  ports::Clock& clock;
  std::string person;  // who sits at the keyboard
  // A line without its end, shown to nobody; empty: make one.
  std::function<base::Secret()> read_password;
  std::ostream& output;
  std::ostream& errors;
};

// `arguments` are the words behind "user".
int run_user(Arguments arguments, const UserSurroundings& surroundings);

}  // namespace vedette::app
