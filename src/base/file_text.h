// Owns: reading a small file whole: settings, templates, secrets, certificates.
// Promises: never more than the bound in memory; an error names the file, safe to print, and the
// cause. Must not know: what is in it. Called from any thread; waits for the disk.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace vedette::base {

// not_found, permission_denied or unavailable as the system has it; limit_exceeded over the bound.
// `what`, before the name in the error, says what the file is: "the federated token ".
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path,
                                            std::size_t bytes_max, const std::string& what = "");

}  // namespace vedette::base
