// Owns: keys that cannot be guessed (cookies, API tokens, the set-up link) and what is kept of
// them. Promises: 256 bits of the system's randomness each; the hash of such a key tells nothing of
// it. Must not know: what a key opens. Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace vedette::access {

// 43 characters of A-Z a-z 0-9 - _
[[nodiscard]] base::Secret new_key();
// The system's randomness.
void fill_random(std::span<char> bytes);
// SHA-256, 64 hexadecimal digits. For keys and for the audit log; never for passwords.
[[nodiscard]] std::string digest(std::string_view text);
// In a time that depends on nothing but the lengths.
[[nodiscard]] bool are_equal(std::string_view a, std::string_view b);

}  // namespace vedette::access
