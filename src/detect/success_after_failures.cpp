#include "detect/success_after_failures.h"

namespace vedette::detect {
namespace {

using model::AuthEvent;

const UserTry* find_user(LoginState& state, AddressRecord& record, std::uint64_t user_hash) {
  const UserTry* users = state.users_of(record);
  for (std::uint16_t i = 0; i < record.users_used; ++i)
    if (users[i].user_hash == user_hash) return &users[i];
  return nullptr;
}

// Was this account guessed at by many addresses lately, this one among them?
bool guessed_by_many(LoginState& state, const AuthEvent& event, const UserTry* tried) {
  if (tried == nullptr) return false;
  const SharedRecord* user = state.users.find(user_key(event.user_hash));
  return user != nullptr && user->last_attack.is_set() &&
         within(user->last_attack, event.time, state.settings.success_lookback);
}

// The failures that went before, as far as they are known: the attack's, or those on this account.
std::uint64_t failures_before(LoginState& state, const AddressRecord& record,
                              const UserTry* tried) {
  if (const Episode* attack = state.episodes.find(record.attack)) return attack->count;
  return tried == nullptr ? state.attempts_capacity : tried->failures;
}

void open_or_extend(LoginState& state, AddressRecord& record, const AuthEvent& event,
                    const UserTry* tried) {
  if (const Episode* known = state.episodes.find(record.success)) {
    if (within(known->last, event.time, state.settings.success_lookback)) {
      const auto users_before = known->users_used;
      const Episode& episode = state.episodes.extend(record.success, event, 1);
      // Another account fell: that is news.
      if (episode.users_used != users_before)
        state.episodes.changed().push_back(record.success.slot);
      return;
    }
    state.episodes.close(record.success, event.time);
  }
  record.success = state.episodes.open(Rule::success_after_failures, record.key, event.time);
  Episode& episode = *state.episodes.change(record.success);
  episode.failures = failures_before(state, record, tried);
  episode.extend(event, 1, state.undo);
}

}  // namespace

void judge_success(LoginState& state, const AuthEvent& event, const SourceKey& source) {
  // Nobody who never failed is remembered, so most log-ins end here.
  AddressRecord* record = state.addresses.change(source.key);
  if (record == nullptr || record->allowed_until > event.time) return;
  const auto& settings = state.settings;
  const UserTry* tried = find_user(state, *record, event.user_hash);
  const bool recent =
      tried != nullptr && within(tried->last, event.time, settings.success_lookback);
  const bool after_attack = record->last_attack.is_set() &&
                            within(record->last_attack, event.time, settings.success_lookback);
  const bool after_slow_guessing =
      recent && tried->failures >= static_cast<std::uint64_t>(settings.success_failures);
  if (after_attack || after_slow_guessing || (recent && guessed_by_many(state, event, tried)))
    open_or_extend(state, *record, event, recent ? tried : nullptr);
  record->ring = {};
  record->last_seen = event.time;
}

}  // namespace vedette::detect
