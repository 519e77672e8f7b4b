#include "detect/privilege_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/door_limits.h"
#include "base/limits.h"

namespace vedette::detect {

base::Result<void> check(const PrivilegeSettings& settings) {
  constexpr base::Duration most = base::Duration::hours(24 * 365);
  if (settings.root_again < base::Duration{} || settings.root_again > most)
    return base::failure(base::ErrorCode::invalid_argument,
                         fmt::format("root-again is {}; it must be from 0 to 365d",
                                     base::format_duration(settings.root_again)));
  if (settings.administrator_groups.size() > base::limits::administrator_groups_max)
    return base::failure(
        base::ErrorCode::invalid_argument,
        fmt::format("administrator-groups names {} groups; at most {} are looked at",
                    settings.administrator_groups.size(), base::limits::administrator_groups_max));
  if (std::ranges::find(settings.administrator_groups, std::string()) !=
      settings.administrator_groups.end())
    return base::failure(base::ErrorCode::invalid_argument,
                         "administrator-groups names a group without a name");
  return {};
}

}  // namespace vedette::detect
