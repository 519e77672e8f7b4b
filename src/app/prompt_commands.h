// Owns: the commands of the hunt prompt (.help, .schema, .on ...): what each does to the options
// that hold for the next query, or prints. Promises: a word that is none is refused with the
// nearest; nothing is written over. Must not know: terminals, keys. One thread.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_hunt.h"
#include "app/hunt_options.h"
#include "kql/catalogue/catalogue.h"

namespace vedette::app {

struct PromptState {
  HuntOptions options;     // of the next query
  std::string last_query;  // empty: none yet
};

// What is left to be done after a command.
struct PromptTask {
  enum class Kind : std::uint8_t { nothing, run, leave } kind = Kind::nothing;
  HuntOptions options = {};  // of the run
};

[[nodiscard]] bool is_prompt_command(std::string_view text);
[[nodiscard]] PromptTask run_prompt_command(std::string_view line, PromptState& state,
                                            const kql::Catalogue& catalogue,
                                            const HuntSurroundings& around);
// What could stand in the place of the last word of `line`, which begins at byte `begin` of it.
[[nodiscard]] std::vector<std::string> prompt_command_words(std::string_view line,
                                                            const PromptState& state,
                                                            const kql::Catalogue& catalogue,
                                                            std::size_t& begin);

}  // namespace vedette::app
