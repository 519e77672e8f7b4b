// Owns: what of accounts and of root people are told: what each setting means, its default and its
// range. Promises: `check` names the setting and its range. Must not know: where they are written.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace vedette::detect {

struct PrivilegeSettings {
  bool new_users = true;    // an account was made
  bool root_logins = true;  // root came in, over SSH or at a terminal (su and sudo are not meant)
  // Who is in one of these rules the machine, by its own rights (sudo, wheel) or by what its
  // members may reach (docker, lxd). Empty: nobody is told of new administrators but for user id 0.
  std::vector<std::string> administrator_groups{"sudo", "wheel", "admin", "root", "docker", "lxd"};
  // Root that comes back from the same place within this time is no news.
  base::Duration root_again = base::Duration::hours(24);  // 0..365 days
};

[[nodiscard]] base::Result<void> check(const PrivilegeSettings& settings);

}  // namespace vedette::detect
