// Owns: how a change of an alert looks on a terminal.
// Promises: a pure function; every text from outside is shown without control, invisible or
// direction-changing characters, so that it cannot move the cursor, colour the screen or begin a
// line; lines end with '\n'; without colour no escape sequence is written at all. Must not know:
// where it is written to. Called from any thread.
#pragma once

#include <string>

#include "model/alert.h"

namespace vedette::notify {

struct TerminalStyle {
  bool colour = false;
};

// Three or four lines:
//   2026-06-01 08:15:30Z  HIGH    Brute force from 203.0.113.7 (Frankfurt am Main, Germany; AS64496
//   Example)
//                         12 attempts, open, so far 45 s; host web1; users tried: root, admin
//                         why: 3 failures within 60 s
[[nodiscard]] std::string format_for_terminal(const TerminalStyle& style, model::AlertChange change,
                                              const model::Alert& alert);

}  // namespace vedette::notify
