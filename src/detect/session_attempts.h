// Owns: how many attempts a record adds. sshd, PAM and the disconnect each write of the same
// attempt; within a session the largest of their counts is the number of attempts. Must not know:
// thresholds. Called from the pipeline's thread.
#pragma once

#include <cstdint>

#include "detect/login_state.h"

namespace vedette::detect {

// Where a record's attempts are booked: an address, or the hash of a host name.
struct SourceKey {
  StateKey key;
  bool is_address = false;
};

// The source of the event; a host name that was seen to stand for an address is that address.
[[nodiscard]] SourceKey resolve_name(LoginState& state, const model::AuthEvent& event);
[[nodiscard]] inline SourceKey resolve_source(LoginState& state, const model::AuthEvent& event) {
  if (event.has_address()) return {event.address, true};
  return resolve_name(state, event);
}
// The event's address must be the resolved one. The attempts the failed record adds to those of its
// session known so far; 0 for a record of an attempt that was counted already.
[[nodiscard]] std::uint32_t count_new_attempts(LoginState& state, const model::AuthEvent& event);
// Will this record, as things are, add an attempt to its session? Asked ahead of its turn to know
// what it will touch; nothing but speed depends on the answer. `session`: null when not known.
[[nodiscard]] bool seems_new(const SessionRecord* session, const model::AuthEvent& event);
// A log-in ends the counting of its session.
void end_session(LoginState& state, const model::AuthEvent& event);

}  // namespace vedette::detect
