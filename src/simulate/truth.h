// Owns: what is true about a simulated log: which attacks it holds, from whom, when, how many
// tries; and what the log is made of. Promises: plain data; one JSON object a line, times as in
// every JSON of Vedette (UTC). Must not know: how the log was made, nor any detector. Called from
// any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/alert.h"

namespace vedette::simulate {

// One alert that a good detector must give, once.
struct PlannedAlert {
  std::string rule;      // brute_force, password_spray, brute_force_user, brute_force_network,
                         // success_after_failures
  std::string scenario;  // what the attacker did: fast_guessing, slow_guessing, low_and_slow ...
  model::Entity entity;  // whom the alert is grouped by
  base::Timestamp first_event, last_event;  // of its failed tries; a success is `success`
  base::Timestamp success;                  // unset without one
  std::uint64_t attempts = 0;
  std::uint64_t addresses = 1;
  std::vector<std::string> users;  // at most limits::alert_users_max
  // False when the log ended in the middle of the attack, so near its threshold that an alert is
  // neither owed nor wrong.
  bool certain = true;
};

struct Mix {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failed_password_lines = 0;  // "Failed password ..."
  std::uint64_t failed_lines = 0;   // those, other "Failed ..." methods and "message repeated"
  std::uint64_t failure_lines = 0;  // those, "Invalid user" and PAM's failures
  std::uint64_t accepted_lines = 0;
  std::uint64_t attempts = 0;   // failed ones, repeats counted
  std::uint64_t addresses = 0;  // different sources of ssh connections
  std::uint64_t brute_force = 0;
  std::uint64_t password_spray = 0;
  std::uint64_t brute_force_user = 0;
  std::uint64_t brute_force_network = 0;
  std::uint64_t success_after_failures = 0;
  base::Timestamp first_line, last_line;
};

// Each ends with a newline.
[[nodiscard]] std::string format_truth(const PlannedAlert& alert);
[[nodiscard]] std::string format_truth(
    const Mix& mix);  // {"mix":{...}}: the last line of a truth file
// For people, several lines.
[[nodiscard]] std::string describe(const Mix& mix);

}  // namespace vedette::simulate
