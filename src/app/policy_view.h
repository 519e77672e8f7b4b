// Owns: how policies look to people on a terminal: what one does, why an incident is locked or not,
// and what a policy would have done. Promises: text from outside is encoded; pure. Must not know:
// stores. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/policy_files.h"
#include "model/incident.h"
#include "model/policy_case.h"
#include "respond/policy.h"

namespace vedette::app {

// "notify at once, warn after 3 d, ..., lock after 5 d".
[[nodiscard]] std::string steps_in_words(const respond::Policy& policy);
// One line of a list; `armed` null: it is not.
[[nodiscard]] std::string line_of_policy(const PolicyFile& file, const model::ArmedPolicy* armed);
// What is done to accounts, call by call.
[[nodiscard]] std::string calls_of(const respond::Policy& policy, const std::string& graph);

struct PolicyOnIncident {
  const PolicyFile& file;
  const model::ArmedPolicy* armed;  // null: it is not
  const model::PolicyCase* known;   // null: it has no case
  const model::Incident& incident;
  base::Timestamp now;
};
[[nodiscard]] std::string explain(const PolicyOnIncident& of);

// What the policy would have done with incidents that there were, each with its end.
struct SimulatedPolicy {
  std::string text;
  int matched = 0, attended = 0, unclear = 0, locks = 0, running = 0;
};
[[nodiscard]] SimulatedPolicy simulate(const respond::Policy& policy,
                                       const std::vector<model::Incident>& incidents,
                                       base::Timestamp now);

}  // namespace vedette::app
