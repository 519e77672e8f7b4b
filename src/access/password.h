// Owns: passwords: which are good enough, and what is kept of them (Argon2id with 64 MiB and three
// passes; docs/decisions/0016). Promises: at most access_limits.h's number are hashed at once, the
// others wait; checking a password that nobody has takes as long as one that somebody has. Must not
// know: whose they are. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "access/guessed_passwords.h"
#include "base/result.h"
#include "base/secret.h"

namespace vedette::access {

// What is wrong with it, in words; empty: nothing. `name` is the user's.
[[nodiscard]] std::string problem_with_password(std::string_view password, std::string_view name,
                                                const GuessedPasswords& common = {});
// "$argon2id$v=19$m=65536,t=3,p=1$..."; an error when there is no memory for it.
[[nodiscard]] base::Result<std::string> hash_password(const base::Secret& password);
// An empty hash is nobody's: false, after the same time.
[[nodiscard]] bool is_password(const base::Secret& password, const std::string& hash);

}  // namespace vedette::access
