// Owns: the rules brute_force_network (one /24 or /64) and brute_force_user (one existing account):
// attacks shared by many addresses, each of which stays below its own threshold. Must not know:
// alerts. Called from the pipeline's thread.
#pragma once

#include "detect/login_state.h"

namespace vedette::detect {

// Books failed attempts of an address that is not known as an attacker by itself.
void book_network_failure(LoginState& state, const model::AuthEvent& event,
                          const base::IpAddress& address, std::uint32_t attempts);
void book_user_failure(LoginState& state, const model::AuthEvent& event,
                       const base::IpAddress& address, std::uint32_t attempts);

}  // namespace vedette::detect
