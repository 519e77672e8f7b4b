#include "detect/shared_attack.h"

#include <algorithm>

namespace vedette::detect {
namespace {

using model::AuthEvent;

struct SharedRule {
  Rule rule{};
  std::uint32_t attempts = 0;   // the ring's size
  std::uint32_t addresses = 0;  // distinct ones among them
  base::Duration window;
};

std::uint32_t distinct_addresses(const SharedAttempt* ring, std::uint32_t used) {
  std::uint32_t distinct = 0;
  for (std::uint32_t i = 0; i < used; ++i) {
    const auto same = [&](const SharedAttempt& other) { return other.address == ring[i].address; };
    if (std::none_of(ring, ring + i, same)) ++distinct;
  }
  return distinct;
}

void open_attack(LoginState& state, const SharedRule& rule, SharedRecord& record,
                 const SharedAttempt* ring, const AuthEvent& event, std::uint32_t attempts) {
  record.attack = state.episodes.open(rule.rule, record.key, ring[record.ring.next].time);
  Episode& episode = *state.episodes.change(record.attack);
  episode.distributed = true;
  for (std::uint32_t i = 0; i < rule.attempts; ++i) {
    const SharedAttempt& attempt = ring[(record.ring.next + i) % rule.attempts];
    if (attempt.id == event.id) continue;
    episode.add_address(attempt.address, state.undo);
    episode.add_earlier(attempt.id, state.undo);
  }
  episode.extend(event, attempts, state.undo);
}

// An attack that has been quiet for long enough is over, and what it was made of counts for no
// other.
void end_quiet_attack(LoginState& state, SharedRecord& record, base::Timestamp now) {
  if (record.attack.generation == 0) return;
  const Episode* known = state.episodes.find(record.attack);
  if (known != nullptr && within(known->last, now, state.settings.quiet)) return;
  state.episodes.close(record.attack, now);
  record.attack = {};
  record.ring = {};
}

void book(LoginState& state, const SharedRule& rule, StateTable<SharedRecord>& table,
          const StateKey& key, const AuthEvent& event, const base::IpAddress& address,
          std::uint32_t attempts) {
  SharedRecord& record = table.change_or_insert(key, event.time);
  if (event.time + state.settings.success_lookback < record.last_seen) record.ring = {};
  end_quiet_attack(state, record, event.time);
  record.last_seen = event.time;
  auto* ring = table.extra<SharedAttempt>(record);
  for (std::uint32_t i = 0; i < std::min(attempts, rule.attempts); ++i) {
    SharedAttempt& place = ring[record.ring.next];
    state.undo.save(place);
    place = {event.time, event.id, address};
    record.ring.next = static_cast<std::uint8_t>(
        record.ring.next + 1U == rule.attempts ? 0 : record.ring.next + 1);
    if (record.ring.used < rule.attempts) ++record.ring.used;
  }
  if (state.episodes.find(record.attack) != nullptr) {
    state.episodes.extend(record.attack, event, attempts);
    record.last_attack = event.time;
    return;
  }
  if (record.ring.used < rule.attempts) return;
  if (!within(ring[record.ring.next].time, event.time, rule.window)) return;
  if (distinct_addresses(ring, rule.attempts) < rule.addresses) return;
  record.last_attack = event.time;
  open_attack(state, rule, record, ring, event, attempts);
}

}  // namespace

void book_network_failure(LoginState& state, const AuthEvent& event, const base::IpAddress& address,
                          std::uint32_t attempts) {
  const auto& settings = state.settings;
  const SharedRule rule{
      Rule::brute_force_network, static_cast<std::uint32_t>(settings.network_attempts),
      static_cast<std::uint32_t>(settings.network_addresses), settings.network_window};
  book(state, rule, state.networks, network_key(address), event, address, attempts);
}

void book_user_failure(LoginState& state, const AuthEvent& event, const base::IpAddress& address,
                       std::uint32_t attempts) {
  if (!event.user_exists || event.user_hash == 0) return;
  const auto& settings = state.settings;
  const SharedRule rule{Rule::brute_force_user, static_cast<std::uint32_t>(settings.user_attempts),
                        static_cast<std::uint32_t>(settings.user_addresses), settings.user_window};
  state.remember_user(event.user_hash, event.user);
  book(state, rule, state.users, user_key(event.user_hash), event, address, attempts);
}

}  // namespace vedette::detect
