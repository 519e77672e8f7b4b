// Owns: the policies that there are: those that come with the program, and the files of a folder of
// the user's, which take the place of shipped ones of the same name. Promises: one file that is
// none is an error with its name and line; what is read is bounded. Must not know: which are armed.
// Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "respond/policy.h"

namespace vedette::app {

struct PolicyFile {
  std::string shown;  // "content/policies/twill.yaml (shipped)", or the file's path
  std::string text;
  respond::Policy policy;
};

// By name. An empty folder: the shipped ones alone.
[[nodiscard]] base::Result<std::vector<PolicyFile>> load_policies(
    const std::filesystem::path& folder);
[[nodiscard]] base::Result<PolicyFile> load_policy(const std::filesystem::path& file);

}  // namespace vedette::app
