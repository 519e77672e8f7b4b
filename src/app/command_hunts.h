// Owns: `vedette hunt list|show|new|test|functions`: hunts and functions as files. (`vedette hunt
// run` is a hunt like any other: command_hunt.cpp.) Promises: `test` fails when a hunt does not
// bind, or does not find what its tests say; `new` never writes over a file. Must not know: the
// store. One call a process.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "app/command_hunt.h"
#include "app/hunt_files.h"
#include "base/result.h"

namespace vedette::app {

// The word is one of ours.
[[nodiscard]] bool is_hunt_verb(std::string_view word);
// `words` are those behind "hunt".
int run_hunt_verb(std::span<const std::string_view> words, const HuntSurroundings& around);

// Where the user's hunts are: `named`, else what the settings say, else nowhere. `config` empty:
// the settings where an administrator puts them.
[[nodiscard]] base::Result<std::filesystem::path> hunts_folder(const std::string& named,
                                                               const std::string& config);
// Where the functions are that queries may call, likewise. Settings that nobody named and that
// cannot be read say nothing, so that who may not read them can hunt.
[[nodiscard]] base::Result<std::filesystem::path> functions_folder(const std::string& named,
                                                                   const std::string& config);

// Writes a hunt's file NAME.yaml, which must not be there yet, into the folder; its path.
[[nodiscard]] base::Result<std::string> make_hunt_file(const std::filesystem::path& folder,
                                                       const std::string& name,
                                                       std::string_view text);

}  // namespace vedette::app
