// Owns: how policies look to people on a terminal: what one does, why an incident is locked or not,
// and what a policy would have done. Promises: text from outside is encoded; pure. Must not know:
// stores. Any thread.
#pragma once

#include <string>
#include <vector>

#include "app/policy_explanation.h"
#include "app/policy_files.h"
#include "app/policy_history.h"
#include "model/policy_case.h"
#include "respond/policy.h"

namespace vedette::app {

// "notify at once, warn after 3 d, ..., lock after 5 d".
[[nodiscard]] std::string steps_in_words(const respond::Policy& policy);
// One line of a list; `armed` null: it is not.
[[nodiscard]] std::string line_of_policy(const PolicyFile& file, const model::ArmedPolicy* armed);

// What is done to an account, call by call; ID stands for its object id.
struct PlannedCall {
  base::Duration after;
  std::string method, url, body, permission;
};
[[nodiscard]] std::vector<PlannedCall> calls_of(const respond::Policy& policy,
                                                const std::string& graph);
[[nodiscard]] std::string text_of(const std::vector<PlannedCall>& calls);
// What is typed to allow it: "arm twill auto".
[[nodiscard]] std::string arming_sentence(const respond::Policy& policy, model::ActionMode mode);

[[nodiscard]] std::string explain(const PolicyOnIncident& of);
[[nodiscard]] std::string text_of(const SimulatedPolicy& simulated);

}  // namespace vedette::app
