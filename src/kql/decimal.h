// Owns: decimal and guid literals as text in one form. Must not know: SQL. Called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vedette::kql {

// Digits after the point that a decimal keeps here (docs/kql-coverage.md, "decimal"); 38 in all.
inline constexpr int decimal_scale = 18;

// "-1.50e2" -> "-150"; plain digits, no exponent, no needless zeros. Empty when it is no number or
// has more digits than a decimal keeps.
[[nodiscard]] std::optional<std::string> canonical_decimal(std::string_view text);
// 36 characters in lower case; braces and missing dashes are accepted.
[[nodiscard]] std::optional<std::string> canonical_guid(std::string_view text);

}  // namespace vedette::kql
