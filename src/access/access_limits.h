// Owns: the bounds of access: how long passwords, names, sessions and tokens may be, and what a
// guess costs. Must not know: any other room. A header of constants.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace vedette::access {

inline constexpr std::size_t password_characters_min = 12;
inline constexpr std::size_t password_bytes_max = 1024;
inline constexpr std::size_t name_bytes_max = 64;
inline constexpr std::size_t users_max = 200;
inline constexpr std::size_t tokens_max = 500;
// Hashing a password takes 64 MiB; this many at once.
inline constexpr int password_hashes_at_once = 2;

inline constexpr base::Duration session_idle_max = base::Duration::minutes(30);
inline constexpr base::Duration session_age_max = base::Duration::hours(12);
// Notes of use are written this often at most.
inline constexpr base::Duration use_noted_every = base::Duration::minutes(1);
inline constexpr int token_days_max = 366;

// Of wrong passwords: as many are free; then each doubles the wait, up to the longest.
inline constexpr int guesses_free = 4;
inline constexpr base::Duration guess_wait_first = base::Duration::seconds(1);
inline constexpr base::Duration guess_wait_max = base::Duration::minutes(1);
inline constexpr base::Duration guesses_forgotten_after = base::Duration::minutes(15);
inline constexpr std::size_t guess_keys_max = 10'000;

// Codes of a second factor: six digits, of which three are right at a time. Who guesses them knows
// the password already, so the waits are longer: some 100 guesses a day.
inline constexpr int totp_step_s = 30;
inline constexpr int totp_skew_steps = 1;
inline constexpr base::Duration code_wait_max = base::Duration::minutes(15);
inline constexpr base::Duration codes_forgotten_after = base::Duration::hours(24);
inline constexpr int recovery_codes = 10;

inline constexpr std::size_t audit_page_max = 500;
inline constexpr std::size_t audit_text_bytes_max = 2048;

}  // namespace vedette::access
