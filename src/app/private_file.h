// Owns: small files for their owner alone: tokens. Promises: a file is replaced whole, and at no
// moment readable by others. Must not know: what is in them. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vedette::app {

// What was there is replaced.
[[nodiscard]] base::Result<void> write_private_file(const std::string& path, std::string_view text);

}  // namespace vedette::app
