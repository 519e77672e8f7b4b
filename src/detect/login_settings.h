// Owns: the thresholds of the log-in detectors: what each means, its default and its range.
// Promises: `check` names the setting, the value and the range. Must not know: where they are
// written.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "detect/table_memory.h"

namespace vedette::detect {

struct LoginSettings {
  // brute_force: this many failed attempts of one address within the window (inclusive).
  int attempts = 3;                                     // 1..100
  base::Duration window = base::Duration::seconds(60);  // 1 s..24 h

  // password_spray: one address failing on this many user names, slower than brute_force would
  // notice.
  int spray_users = 8;                                        // 2..32
  base::Duration spray_window = base::Duration::minutes(30);  // 1 min..24 h

  // brute_force_user: one existing account failing this often from this many addresses.
  int user_attempts = 20;                                    // 2..100
  int user_addresses = 10;                                   // 2..100, at most user_attempts
  base::Duration user_window = base::Duration::minutes(10);  // 1 s..24 h

  // brute_force_network: one /24 or /64 failing this often from this many addresses.
  int network_attempts = 6;                                     // 2..100
  int network_addresses = 3;                                    // 2..100, at most network_attempts
  base::Duration network_window = base::Duration::seconds(60);  // 1 s..24 h

  // success_after_failures: how far back an attack of the same address counts, and how many
  // failures on the same account count when there was none.
  base::Duration success_lookback = base::Duration::hours(1);  // 1 min..24 h
  int success_failures = 5;                                    // 2..1000

  // An attack without a failure for this long is over.
  base::Duration quiet = base::Duration::minutes(10);  // 1 s..24 h
  // While an attack lasts, people are told this often.
  base::Duration update_interval = base::Duration::minutes(10);  // 1 s..24 h

  // How late an event may arrive after later ones and still be put where it belongs. 0 for a file,
  // whose order is the order of events.
  base::Duration lateness{};  // 0..10 min

  // Seed of the state tables (ports/random.h), so that nobody can choose colliding keys.
  std::uint64_t seed = 0;

  // Of the state tables; changes nothing but speed and memory.
  Pages pages = Pages::huge;
};

[[nodiscard]] base::Result<void> check(const LoginSettings& settings);
// For how long something that happened can matter to a detector.
[[nodiscard]] base::Duration longest_span(const LoginSettings& settings);

}  // namespace vedette::detect
