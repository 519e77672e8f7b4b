// Owns: what was changed through the API: accounts disabled and enabled, sessions revoked, the
// directory audits of it; and what that does to sign-ins.
// Promises: a change counts from its moment on; in a hybrid tenant the sync from on premises takes
// a disabling back after half an hour. Bounded: beyond base/limits.h a change is refused.
// Must not know: who asks. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "simulate/tenant/change.h"
#include "simulate/tenant/people.h"
#include "simulate/tenant/sign_in.h"

namespace vedette::simulate::tenant {

class Accounts {
 public:
  Accounts(const TenantOptions& options, const Directory& directory)
      : options_(options), touched_(directory.people().size()) {}

  // False when there is no more room for changes. `workload` is the app that asks.
  bool set_enabled(std::uint32_t person, bool enabled, base::Timestamp now, std::uint32_t workload);
  bool revoke_sessions(std::uint32_t person, base::Timestamp now, std::uint32_t workload);

  [[nodiscard]] bool is_enabled(std::uint32_t person, base::Timestamp at) const;
  [[nodiscard]] std::optional<base::Timestamp> sessions_valid_from(std::uint32_t person) const;
  // The sign-in as it goes with the account as it then is; nothing when it does not happen.
  [[nodiscard]] std::optional<SignIn> apply(const SignIn& planned) const;
  // In the order of their times, some of them still to come.
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

 private:
  struct Switch {
    std::uint32_t person = 0;
    base::Timestamp time;
    bool enabled = true;
  };

  void note(base::Timestamp time, ChangeKind kind, std::uint32_t person, std::uint32_t workload);

  const TenantOptions& options_;
  std::vector<bool> touched_;  // per person: is there anything to look up?
  std::vector<Switch> switches_;
  std::vector<std::pair<std::uint32_t, base::Timestamp>> revocations_;
  std::vector<Change> changes_;
};

// How long revoked sessions and disabled accounts still work, and when the sync comes by.
inline constexpr base::Duration revocation_bites_after = base::Duration::minutes(3);
inline constexpr base::Duration sync_overrules_after = base::Duration::minutes(30);

}  // namespace vedette::simulate::tenant
