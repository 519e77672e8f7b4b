// Owns: what becomes of an incident under a policy, and why: its clock, step by step, when accounts
// are locked, or what stands against it. Promises: pure; texts are as they were written, for the
// sink to encode. Must not know: sinks, stores. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/policy_files.h"
#include "model/incident.h"
#include "model/policy_case.h"
#include "respond/policy.h"

namespace vedette::app {

struct PolicyOnIncident {
  const PolicyFile& file;
  const model::ArmedPolicy* armed;  // null: it is not
  const model::PolicyCase* known;   // null: it has no case
  const model::Incident& incident;
  base::Timestamp now;
};

struct ExplainedStep {
  respond::StepKind kind = respond::StepKind::notify;
  base::Duration after;
  base::Timestamp due;
  bool is_done = false;
};

struct PolicyExplanation {
  model::PolicyCase of;  // as it is, or as it would begin now
  std::vector<ExplainedStep> steps;
  std::vector<std::string> refusals;    // why nobody is locked, in the order of looking
  std::optional<base::Timestamp> lock;  // when, if nothing happens; empty: never
  model::ActionMode mode = model::ActionMode::propose;
  std::string asks_first;  // why it asks where it could act; empty: it does as it was armed
};

// Nothing: it is none of the policy's incidents.
[[nodiscard]] std::optional<PolicyExplanation> explain_case(const PolicyOnIncident& of);

}  // namespace vedette::app
