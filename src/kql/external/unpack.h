// Owns: gzip and zip archives that externaldata reads, told by their first bytes. Promises: what
// comes out is bounded, whatever the archive says of itself; a broken one is an error. Must not
// know: what the text means. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::kql::external {

// The texts in it: one of plain text and gzip; of a zip archive each file whose name fits the
// pattern (* for any characters; empty fits all).
[[nodiscard]] base::Result<std::vector<std::string>> unpack(std::string bytes,
                                                            std::string_view zip_pattern);

}  // namespace vedette::kql::external
