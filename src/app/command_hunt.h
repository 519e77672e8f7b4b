// Owns: `vedette hunt`: options, where the query comes from, how the answer or the diagnostics go
// out. Promises: exit code 0 for an answer, 1 for a query that is wrong or fails, 2 for wrong
// usage. Must not know: the language, DuckDB. One call a process.
#pragma once

#include <functional>
#include <iosfwd>
#include <span>
#include <stop_token>
#include <string_view>

#include "app/hunt_options.h"
#include "ports/clock.h"

namespace vedette::app {

struct HuntSurroundings {
  ports::Clock& clock;
  std::istream& input;
  std::ostream& output;
  std::ostream& errors;
  // Called when the query begins to run: what stops it then.
  std::function<std::stop_token()> stop = {};
  bool shows_progress = false;  // on `errors`, a terminal
  std::size_t columns = 0;      // of `output`, when that is a terminal: charts are drawn
  // Takes over when there is no query; without it, that is wrong usage.
  std::function<int(const HuntOptions& options)> prompt = {};
};

// `arguments` are the words behind "hunt".
int run_hunt(std::span<const std::string_view> arguments, const HuntSurroundings& surroundings);
// One query, or one hunt by its name, as `options` has it.
int run_one_hunt(HuntOptions options, const HuntSurroundings& around);

}  // namespace vedette::app
