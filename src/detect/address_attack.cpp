#include "detect/address_attack.h"

#include <algorithm>

namespace vedette::detect {
namespace {

using base::Timestamp;
using model::AuthEvent;

AddressRecord& address_record(LoginState& state, const AuthEvent& event, const SourceKey& source) {
  bool inserted = false;
  AddressRecord& record = state.addresses.change_or_insert(source.key, event.time, &inserted);
  if (inserted && !state.allow_list.empty()) {
    record.allowed_until = source.is_address ? state.allow_list.allowed_until(source.key)
                                             : state.allow_list.allowed_until(event.source_host);
    if (!event.source_host.empty())
      record.allowed_until =
          std::max(record.allowed_until, state.allow_list.allowed_until(event.source_host));
  }
  return record;
}

// A repeated record fills as many places as it stands for; more than the ring has need not be
// written.
void push_attempts(LoginState& state, AddressRecord& record, const AuthEvent& event,
                   std::uint32_t attempts) {
  Attempt* ring = state.attempts_of(record);
  const auto capacity = static_cast<std::uint32_t>(state.attempts_capacity);
  for (std::uint32_t i = 0; i < std::min(attempts, capacity); ++i) {
    Attempt& place = ring[record.ring.next];
    state.undo.save(place);
    place = {event.time, event.id};
    record.ring.next =
        static_cast<std::uint8_t>(record.ring.next + 1U == capacity ? 0 : record.ring.next + 1);
    if (record.ring.used < capacity) ++record.ring.used;
  }
}

// The user's place among the address's latest ones; the one tried longest ago gives way.
void push_user(LoginState& state, AddressRecord& record, const AuthEvent& event,
               std::uint32_t attempts) {
  if (event.user_hash == 0) return;
  state.remember_user(event.user_hash, event.user);
  UserTry* users = state.users_of(record);
  UserTry* place = nullptr;
  for (std::uint16_t i = 0; i < record.users_used && place == nullptr; ++i)
    if (users[i].user_hash == event.user_hash) place = &users[i];
  const bool stale =
      place != nullptr && !within(place->last, event.time, state.settings.success_lookback);
  const bool anew = place == nullptr || stale;
  if (place == nullptr && record.users_used < state.users_capacity)
    place = &users[record.users_used++];
  else if (place == nullptr)
    place = std::min_element(users, users + record.users_used,
                             [](const UserTry& a, const UserTry& b) { return a.last < b.last; });
  state.undo.save(*place);
  const std::uint64_t failures_before = anew ? 0 : place->failures;
  *place = {event.user_hash, event.id, event.time, failures_before + attempts};
}

// Would this record's attempts, with those of the ring, cross the threshold? Asked before they are
// in it.
bool crosses_attempts(LoginState& state, AddressRecord& record, const AuthEvent& event,
                      std::uint32_t attempts) {
  const auto capacity = static_cast<std::uint32_t>(state.attempts_capacity);
  if (attempts >= capacity) return true;
  const std::uint32_t missing = capacity - attempts;
  if (record.ring.used < missing) return false;
  const std::uint32_t back = record.ring.next + capacity - missing;
  const std::uint32_t place = back >= capacity ? back - capacity : back;
  return within(state.attempts_of(record)[place].time, event.time, state.settings.window);
}

bool over_users(LoginState& state, AddressRecord& record, Timestamp now) {
  if (record.users_used < state.users_capacity) return false;
  const UserTry* users = state.users_of(record);
  return std::all_of(users, users + record.users_used, [&](const UserTry& user) {
    return within(user.last, now, state.settings.spray_window);
  });
}

void add_known_users(LoginState& state, AddressRecord& record, Episode& episode) {
  const UserTry* users = state.users_of(record);
  for (std::uint16_t i = 0; i < record.users_used; ++i)
    if (users[i].last >= episode.first)
      episode.add_user(users[i].user_hash, state.user_name(users[i].user_hash), state.undo);
}

// The attack begins with the oldest attempt of the ring that lies in the window. Called before the
// record's own attempts are in the ring.
void open_brute_force(LoginState& state, AddressRecord& record, const AuthEvent& event,
                      std::uint32_t attempts) {
  const auto capacity = static_cast<std::uint32_t>(state.attempts_capacity);
  const Attempt* ring = state.attempts_of(record);
  std::vector<Attempt> earlier;
  for (std::uint32_t back = record.ring.used; back > 0; --back) {
    const Attempt& attempt = ring[(record.ring.next + capacity - back) % capacity];
    if (within(attempt.time, event.time, state.settings.window)) earlier.push_back(attempt);
  }
  const Timestamp first = earlier.empty() ? event.time : std::min(earlier.front().time, event.time);
  record.attack = state.episodes.open(Rule::brute_force, record.key, first);
  Episode& episode = *state.episodes.change(record.attack);
  for (const Attempt& attempt : earlier) episode.add_earlier(attempt.id, state.undo);
  episode.fast = true;
  add_known_users(state, record, episode);
  episode.extend(event, attempts, state.undo);
}

void open_spray(LoginState& state, AddressRecord& record, const AuthEvent& event) {
  UserTry* users = state.users_of(record);
  std::vector<UserTry> tries(users, users + record.users_used);
  std::ranges::sort(tries, {}, &UserTry::last);
  record.attack = state.episodes.open(Rule::password_spray, record.key, tries.front().last);
  Episode& episode = *state.episodes.change(record.attack);
  episode.many_users = true;
  for (const UserTry& user : tries) {
    if (user.id == event.id) continue;
    ++episode.count;
    episode.add_id(user.id, state.undo);
    episode.add_user(user.user_hash, state.user_name(user.user_hash), state.undo);
  }
  episode.extend(event, 1, state.undo);
}

// The attack that is under way, or null. One that has been quiet for long enough is over, and what
// it was made of counts for no other: a single failure later must not make a new attack of the old
// one's attempts.
const Episode* attack_under_way(LoginState& state, AddressRecord& record, Timestamp now) {
  if (record.attack.generation == 0) return nullptr;
  const Episode* known = state.episodes.find(record.attack);
  if (known != nullptr && within(known->last, now, state.settings.quiet)) return known;
  state.episodes.close(record.attack, now);
  record.attack = {};
  record.ring = {};
  record.users_used = 0;
  record.users_known = false;
  return nullptr;
}

void extend_attack(LoginState& state, AddressRecord& record, const AuthEvent& event,
                   std::uint32_t attempts, bool fast, bool many_users) {
  Episode& episode = state.episodes.extend(record.attack, event, attempts);
  const bool new_kind = (fast && !episode.fast) || (many_users && !episode.many_users);
  episode.fast |= fast;
  episode.many_users |= many_users;
  if (new_kind) state.episodes.changed().push_back(record.attack.slot);
}

}  // namespace

AddressVerdict book_address_failure(LoginState& state, const AuthEvent& event,
                                    const SourceKey& source, std::uint32_t attempts) {
  AddressRecord& record = address_record(state, event, source);
  if (record.allowed_until > event.time) {
    state.counts.allowed += attempts;
    record.last_seen = event.time;
    return {true, false};
  }
  // The time line has begun anew (another file of the same days): old rings say nothing about it.
  if (event.time + state.settings.success_lookback < record.last_seen) {
    record.ring = {};
    record.users_used = 0;
  }
  const Episode* attack = attack_under_way(state, record, event.time);
  record.last_seen = event.time;
  if (event.port != 0) record.last_port = event.port;
  const bool users_known = attack != nullptr && record.users_known;
  if (!users_known) push_user(state, record, event, attempts);
  const bool fast = crosses_attempts(state, record, event, attempts);
  const bool many_users = !users_known && over_users(state, record, event.time);
  if (fast || many_users) record.last_attack = event.time;
  if (attack != nullptr)
    extend_attack(state, record, event, attempts, fast, many_users);
  else if (fast)
    open_brute_force(state, record, event, attempts);
  else if (many_users)
    open_spray(state, record, event);
  // Brute force that begins on many users is told as such by the next attempt.
  if (attack != nullptr || !fast) record.users_known |= many_users;
  push_attempts(state, record, event, attempts);
  return {false, attack != nullptr || fast || many_users};
}

}  // namespace vedette::detect
