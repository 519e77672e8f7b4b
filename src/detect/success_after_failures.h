// Owns: the rule success_after_failures: a log-in from where an attack came. It remembers the
// attack even when a success in between made the plain counter forget: forgetting alone rewards who
// guesses right. Must not know: alerts. Called from the pipeline's thread.
#pragma once

#include "detect/login_state.h"
#include "detect/session_attempts.h"

namespace vedette::detect {

// Judges a success, then makes the address's plain counter forget.
void judge_success(LoginState& state, const model::AuthEvent& event, const SourceKey& source);

}  // namespace vedette::detect
