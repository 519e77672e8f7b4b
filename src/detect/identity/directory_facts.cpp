#include "detect/identity/directory_facts.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "detect/identity/identity_limits.h"

namespace vedette::detect::identity {

KnownDirectory::KnownDirectory(DirectoryFacts facts) : facts_(std::move(facts)) {
  if (facts_.accounts.size() > directory_accounts_max)
    facts_.accounts.resize(directory_accounts_max);
  for (std::size_t i = 0; i < facts_.accounts.size(); ++i) {
    const AccountFacts& account = facts_.accounts[i];
    for (const std::string& name : {account.user_name, account.user_id})
      if (!name.empty()) by_name_.try_emplace(base::to_lower_ascii(name), i);
    if (account.zone.empty() || zones_.contains(account.zone)) continue;
    if (auto zone = base::TimeZone::find(account.zone))
      zones_.emplace(account.zone, *std::move(zone));
  }
}

const AccountFacts* KnownDirectory::find(std::string_view name_or_id) const {
  if (name_or_id.empty() || by_name_.empty()) return nullptr;
  const auto found = by_name_.find(base::to_lower_ascii(name_or_id));
  return found == by_name_.end() ? nullptr : &facts_.accounts[found->second];
}

const base::TimeZone* KnownDirectory::zone_of(const AccountFacts& account) const {
  const auto found = zones_.find(account.zone);
  return found == zones_.end() ? nullptr : &found->second;
}

const NamedLocation* KnownDirectory::trusted(const base::IpAddress& address) const {
  for (const NamedLocation& location : facts_.locations)
    if (location.is_trusted &&
        std::ranges::any_of(location.networks,
                            [&](const base::IpNetwork& each) { return each.contains(address); }))
      return &location;
  return nullptr;
}

}  // namespace vedette::detect::identity
