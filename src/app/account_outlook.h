// Owns: what is known of an account that an incident names before anything is asked: what it may
// do, and what the guard would say of a lock. Promises: pure; rests on the last reading of the
// directory alone, so that it is a preview: the guard looks at everything anew before it allows
// anything. Must not know: sinks, stores. Any thread.
#pragma once

#include <optional>
#include <string>

#include "model/incident.h"
#include "model/tenant_directory.h"
#include "respond/guard.h"
#include "respond/policy.h"

namespace vedette::app {

struct OutlookGround {
  const model::TenantDirectory& directory;
  const respond::GuardSettings& guard;
  respond::SwitchPosition kill_switch = respond::SwitchPosition::unreadable;
  bool is_tripped = true;
  base::Timestamp now;
  std::uint64_t accounts_this_hour = 0, accounts_today = 0;
};

struct AccountOutlook {
  model::AccountReference account;
  const model::Identity* identity = nullptr;  // of the ground's directory; null: not known
  std::optional<respond::GuardVerdict>
      verdict;  // of a lock by a policy; empty: nobody is known yet
};

[[nodiscard]] AccountOutlook outlook_of(const model::AccountReference& account,
                                        const model::Incident& incident, respond::Until until,
                                        const OutlookGround& ground);

}  // namespace vedette::app
