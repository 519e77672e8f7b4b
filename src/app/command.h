// Owns: what a sub-command of the binary is, and the list of them.
// Promises: exit codes: 0 done, 1 it went wrong, 2 the words were wrong (nothing was done).
// Must not know: what the commands do. Called from main's thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace vedette::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

using Arguments = std::span<const std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;  // one line of `vedette --help`
  int (*run)(Arguments arguments);
};

[[nodiscard]] std::span<const Command> commands();

int run_watch(Arguments arguments);
int run_simulate(Arguments arguments);
int run_hunt(Arguments arguments);
int run_import(Arguments arguments);
int run_intel(Arguments arguments);
int run_demo(Arguments arguments);
int run_config(Arguments arguments);
int run_doctor(Arguments arguments);
int run_health(Arguments arguments);
int run_incidents(Arguments arguments);
int run_actions(Arguments arguments);
int run_policy(Arguments arguments);
int run_serve(Arguments arguments);
int run_backup(Arguments arguments);
int run_restore(Arguments arguments);
int run_verify(Arguments arguments);
int run_audit(Arguments arguments);
int run_user(Arguments arguments);

// Picks and runs a command; `arguments` are those of main without the program's name.
int run_program(Arguments arguments);

// Parses into `app`. Empty: go on. Otherwise the exit code: help was asked for, or the words were
// wrong and standard error says which, with a suggestion.
[[nodiscard]] std::optional<int> parse_arguments(CLI::App& app, Arguments arguments);
// What a command that failed with `error` ends with: exit_usage when the words were wrong.
[[nodiscard]] int exit_code_of(const base::Error& error);
// An error on standard error, encoded for a terminal.
void print_error(std::string_view message);

}  // namespace vedette::app
