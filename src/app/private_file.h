// Owns: small files for their owner alone: tokens. Promises: a file is replaced whole, and at no
// moment readable by others. Must not know: what is in them. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace vedette::app {

// What was there is replaced.
[[nodiscard]] base::Result<void> write_private_file(const std::string& path, std::string_view text);
// What the file holds, or else what `make` makes, which is kept there. An error: others may read
// it.
[[nodiscard]] base::Result<base::Secret> kept_secret(const std::string& path,
                                                     const std::function<std::string()>& make);

}  // namespace vedette::app
