// Owns: the bounds of policies. Must not know: what they are for.
#pragma once

#include <cstddef>

namespace vedette::respond {

// Of a policy's file.
inline constexpr std::size_t policy_bytes_max = 64 * 1024;
inline constexpr std::size_t policy_steps_max = 32;
inline constexpr std::size_t policy_phrases_max = 200;
inline constexpr std::size_t policy_phrase_bytes_max = 200;
inline constexpr std::size_t policy_name_bytes_max = 60;
// A round of all policies.
inline constexpr std::size_t policies_max = 50;
inline constexpr std::size_t open_incidents_max = 20'000;
inline constexpr std::size_t actions_read_max = 500;  // of one incident
inline constexpr int limit_accounts_max = 50;         // that one incident may ask for

}  // namespace vedette::respond
