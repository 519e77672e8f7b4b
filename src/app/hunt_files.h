// Owns: the hunts that there are: those that come with the program, and the files of a folder of
// the user's, which take the place of shipped ones of the same name. Promises: a file that is no
// hunt is an error with its name, line and remedy; what is read is bounded. Must not know: what
// hunts find. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "hunt/hunt.h"

namespace vedette::app {

struct HuntFile {
  std::string shown;  // "password-spray.yaml (shipped)", or the file's path
  hunt::Hunt hunt;
};

// By name. An empty folder: the shipped ones alone.
[[nodiscard]] base::Result<std::vector<HuntFile>> load_hunts(const std::filesystem::path& folder);
[[nodiscard]] base::Result<HuntFile> load_hunt(const std::filesystem::path& file);
// By its name, or the file of that path (a word with a '/' or an ending .yaml, .yml).
[[nodiscard]] base::Result<HuntFile> find_hunt(const std::string& word,
                                               const std::filesystem::path& folder);

}  // namespace vedette::app
