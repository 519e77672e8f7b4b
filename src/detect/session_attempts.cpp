#include "detect/session_attempts.h"

#include <algorithm>

namespace vedette::detect {
namespace {

using base::Duration;
using model::AuthEvent;
using model::Evidence;

// sshd gives a client two minutes to log in (LoginGraceTime), so a session's records lie within
// that; a process id seen again later is another session.
constexpr Duration session_life = Duration::seconds(180);
constexpr std::uint32_t attempts_max = 60'000;

// Half of the hash is enough to tell the users of one session apart.
std::uint32_t user_tag_of(const AuthEvent& event) {
  return event.user_hash == 0 ? 0 : static_cast<std::uint32_t>(event.user_hash) | 1;
}

void start_session(SessionRecord& session) {
  session.of_kind = {};
  session.counted = 0;
  session.address = {};
  session.name_hash = 0;
  session.user_tag = 0;
  session.port = 0;
}

// Does the record belong to the session as it is known? Another address, port or user (SSH lets a
// client name only one), or a long pause, means that the process id was given anew.
bool belongs(const SessionRecord& session, const AuthEvent& event) {
  if (!within(session.last_seen, event.time, session_life)) return false;
  const bool other_address = event.has_address() && session.address != base::IpAddress{} &&
                             session.address != event.address;
  const bool other_port = event.port != 0 && session.port != 0 && event.port != session.port;
  const std::uint32_t user_tag = user_tag_of(event);
  const bool other_user = user_tag != 0 && session.user_tag != 0 && user_tag != session.user_tag;
  return !other_address && !other_port && !other_user;
}

// PAM wrote a name before sshd wrote the address: what was booked on the name does not count for
// the address, and the name is known from now on.
void learn_name(LoginState& state, SessionRecord& session, const AuthEvent& event) {
  NameRecord& name = state.names.change_or_insert(session.name_hash, event.time);
  name.address = event.address;
  name.last_seen = event.time;
  session.of_kind = {};
  session.counted = 0;
}

}  // namespace

SourceKey resolve_name(LoginState& state, const AuthEvent& event) {
  const std::uint64_t hash = base::hash_bytes(event.source_host);
  if (event.session != 0) {
    const SessionRecord* session = state.sessions.find(event.session);
    if (session != nullptr && session->address != base::IpAddress{} &&
        within(session->last_seen, event.time, session_life))
      return {session->address, true};
  }
  if (const NameRecord* name = state.names.find(hash)) return {name->address, true};
  return {name_key(hash), false};
}

std::uint32_t count_new_attempts(LoginState& state, const AuthEvent& event) {
  const std::uint32_t count = std::min(event.count, attempts_max);
  if (event.session == 0 || event.evidence == Evidence::attempt) return count;
  SessionRecord& session = state.sessions.change_or_insert(event.session, event.time);
  if (!belongs(session, event)) start_session(session);
  session.last_seen = event.time;
  if (event.port != 0) session.port = event.port;
  if (event.user_hash != 0) session.user_tag = user_tag_of(event);
  if (event.has_address()) {
    if (session.name_hash != 0 && session.address == base::IpAddress{})
      learn_name(state, session, event);
    session.address = event.address;
  } else if (session.name_hash == 0) {
    session.name_hash = base::hash_bytes(event.source_host);
  }
  auto& of_kind = session.of_kind[static_cast<std::size_t>(event.evidence)];
  of_kind = static_cast<std::uint16_t>(std::min(of_kind + count, attempts_max));
  // A client offers each of its keys in turn, and leaves once.
  const bool once =
      event.evidence == Evidence::public_key || event.evidence == Evidence::disconnect;
  if (once) of_kind = 1;
  const std::uint32_t before = session.counted;
  session.counted = std::max(session.counted, of_kind);
  return session.counted - before;
}

bool seems_new(const SessionRecord* session, const AuthEvent& event) {
  if (event.evidence == Evidence::attempt) return true;
  if (session == nullptr || !belongs(*session, event)) return true;
  return session->of_kind[static_cast<std::size_t>(event.evidence)] >= session->counted;
}

void end_session(LoginState& state, const AuthEvent& event) {
  if (event.session == 0) return;
  SessionRecord* session = state.sessions.change(event.session);
  if (session != nullptr) start_session(*session);
}

}  // namespace vedette::detect
