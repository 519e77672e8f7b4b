// Owns: what of Windows hosts people are told: what each setting means, its default and its range.
// Promises: `check` names the setting, the value and the range. Must not know: where they are
// written.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"

namespace vedette::detect::windows {

struct WindowsSettings {
  // A Remote Desktop session of a person from an address that is known for him on that host is told
  // too, with low severity, once within this time. 0: it is no news.
  base::Duration rdp_again{};  // 0..365 days
  // How long a person's address is known after it was last seen.
  base::Duration remember = base::Duration::hours(24 * 30);  // 1 hour..365 days
  // In a host's first time it is learned who uses whose credentials on it: that is no news
  // then.
  base::Duration learning = base::Duration::hours(24 * 7);  // 0..90 days
  // This many failed log-ins of an address, or on an account, within the time before a session make
  // it severe.
  int failures = 5;                                    // 1..1000
  base::Duration lookback = base::Duration::hours(1);  // 1 min..24 h
  // This many accounts that a host locks out within the window are a storm.
  int lock_outs = 5;                                             // 2..100
  base::Duration lock_out_window = base::Duration::minutes(10);  // 1 min..24 h
  bool explicit_credentials = true;  // somebody used another account's credentials
  bool log_cleared = true;           // the Security or the System log was cleared
};

[[nodiscard]] base::Result<void> check(const WindowsSettings& settings);

}  // namespace vedette::detect::windows
