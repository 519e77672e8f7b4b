// Owns: the attacks on the simulated tenant: each kind once in a cycle of hours, on whom, from
// where, with which sign-ins, changes and operations; and the truth about them.
// Promises: a cycle's attacks are a function of the options and the cycle's number alone; the
// story's of the options alone. Must not know: what was changed through the API (a locked account
// stops its attacker later on), any detector. One thread.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/tenant/change.h"
#include "simulate/tenant/habits.h"
#include "simulate/tenant/people.h"
#include "simulate/tenant/sign_in.h"

namespace vedette::simulate::tenant {

enum class AttackKind : std::uint8_t {
  password_spray,
  slow_password_spray,
  brute_force_success,
  token_theft,
  mfa_fatigue,
  consent_phishing,
  role_grant,
  mail_forwarding,
  legacy_protocol,
  break_glass_use,
  after_hours_administrator,
};
inline constexpr std::size_t attack_kinds = 11;
// The cycle of the story's campaigns.
inline constexpr std::int64_t story_cycle = -1;
[[nodiscard]] std::string_view name_of(AttackKind kind);

struct Campaign {
  AttackKind kind = AttackKind::password_spray;
  std::int64_t cycle = 0;
  std::vector<std::uint32_t> users;  // whose accounts are attacked, the most important first
  std::vector<base::IpAddress> addresses;
  std::vector<SignIn> sign_ins;
  std::vector<Change> changes;
  std::vector<Operation> operations;
  bool succeeds = true;

  [[nodiscard]] base::Timestamp first() const;
  [[nodiscard]] base::Timestamp last() const;
};

class Attacks {
 public:
  Attacks(const TenantOptions& options, const Directory& directory, const Habits& habits)
      : options_(options), directory_(directory), habits_(habits) {}

  using Cycle = std::shared_ptr<const std::vector<Campaign>>;
  // In the order of AttackKind.
  [[nodiscard]] Cycle cycle(std::int64_t number) const;
  [[nodiscard]] std::int64_t cycle_of(base::Timestamp time) const;
  // In the order of their beginnings; empty unless the options want it.
  [[nodiscard]] Cycle story() const;
  // Cycles whose campaigns can reach into [from, to]; the story, where there is one.
  [[nodiscard]] std::vector<Cycle> reaching(base::Timestamp from, base::Timestamp to) const;

 private:
  const TenantOptions& options_;
  const Directory& directory_;
  const Habits& habits_;
  mutable std::list<std::pair<std::int64_t, Cycle>> known_;  // the last used first
  mutable Cycle story_;
};

// One line of JSON with its newline.
[[nodiscard]] std::string format_truth(const Campaign& campaign, const Directory& directory);

}  // namespace vedette::simulate::tenant
