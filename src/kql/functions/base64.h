// Owns: bytes as base64 text and back. Promises: text that is no base64 gives nothing. Called from
// any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vedette::kql::functions {

[[nodiscard]] std::string encode_base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace vedette::kql::functions
