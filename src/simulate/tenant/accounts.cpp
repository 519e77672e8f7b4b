#include "simulate/tenant/accounts.h"

#include <algorithm>

#include "base/limits.h"

namespace vedette::simulate::tenant {

void Accounts::note(base::Timestamp time, ChangeKind kind, std::uint32_t person,
                    std::uint32_t workload) {
  Change change;
  change.time = time;
  change.key = base::hash_words(options_.seed, 0x6170'0000'0000ULL + changes_.size());
  change.initiator = workload;
  change.target = person;
  change.kind = kind;
  change.by_app = true;
  const auto at = std::ranges::upper_bound(changes_, time, {}, &Change::time);
  changes_.insert(at, change);
  touched_[person] = true;
}

bool Accounts::set_enabled(std::uint32_t person, bool enabled, base::Timestamp now,
                           std::uint32_t workload) {
  if (changes_.size() + 2 > base::limits::simulated_changes_max) return false;
  // What the sync would still have done to this account is overtaken.
  std::erase_if(switches_,
                [&](const Switch& later) { return later.person == person && later.time > now; });
  std::erase_if(changes_,
                [&](const Change& later) { return later.target == person && later.time > now; });
  switches_.push_back({person, now, enabled});
  note(now, enabled ? ChangeKind::enable_account : ChangeKind::disable_account, person, workload);
  if (options_.hybrid && !enabled) {
    switches_.push_back({person, now + sync_overrules_after, true});
    note(now + sync_overrules_after, ChangeKind::enable_account, person, workload);
  }
  return true;
}

bool Accounts::revoke_sessions(std::uint32_t person, base::Timestamp now, std::uint32_t workload) {
  if (changes_.size() + 1 > base::limits::simulated_changes_max) return false;
  revocations_.emplace_back(person, now);
  note(now, ChangeKind::revoke_sessions, person, workload);
  return true;
}

bool Accounts::is_enabled(std::uint32_t person, base::Timestamp at) const {
  if (!touched_[person]) return true;
  bool enabled = true;
  for (const Switch& change : switches_)
    if (change.person == person && change.time <= at) enabled = change.enabled;
  return enabled;
}

std::optional<base::Timestamp> Accounts::sessions_valid_from(std::uint32_t person) const {
  std::optional<base::Timestamp> from;
  for (const auto& [revoked, time] : revocations_)
    if (revoked == person) from = time;
  return from;
}

std::optional<SignIn> Accounts::apply(const SignIn& planned) const {
  const bool by_person =
      planned.kind == SignInKind::interactive || planned.kind == SignInKind::non_interactive;
  if (!by_person || !touched_[planned.actor]) return planned;
  if (!is_enabled(planned.actor, planned.time)) {
    if (planned.kind == SignInKind::non_interactive) return std::nullopt;
    SignIn refused = planned;
    refused.outcome = Outcome::disabled;
    refused.risk = RiskKind::none;
    refused.changes = false;
    return refused;
  }
  for (const auto& [person, time] : revocations_) {
    const base::Timestamp from = time + revocation_bites_after;
    if (person != planned.actor || planned.time < from) continue;
    if (planned.stolen) return std::nullopt;
    if (planned.kind == SignInKind::non_interactive &&
        planned.time < from + base::Duration::hours(1)) {
      SignIn refused = planned;
      refused.outcome = Outcome::session_revoked;
      return refused;
    }
  }
  return planned;
}

}  // namespace vedette::simulate::tenant
