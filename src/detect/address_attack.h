// Owns: the rules brute_force and password_spray: attacks of one address. A fast one is
// brute_force, a slow one on many user names is password_spray; an attack that is both stays the
// one it began as. Must not know: alerts. Called from the pipeline's thread.
#pragma once

#include "detect/login_state.h"
#include "detect/session_attempts.h"

namespace vedette::detect {

struct AddressVerdict {
  bool allowed = false;    // on the allow list: no detector may count it
  bool attacking = false;  // the address's own attack is known already
};

// Books `attempts` failed attempts on the address; opens, extends or renews its attack.
AddressVerdict book_address_failure(LoginState& state, const model::AuthEvent& event,
                                    const SourceKey& source, std::uint32_t attempts);

}  // namespace vedette::detect
