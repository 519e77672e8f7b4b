// Owns: what people are told about a case: subjects, what they must do, until when, how to stop it,
// and what became of the locks. Promises: pure; the same words have the same keys, so that a step
// that is done again tells nobody twice; the moment of a lock is the one that lock_moment says.
// Must not know: channels' sinks, stores. Any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/incident.h"
#include "model/policy_case.h"
#include "ports/action_store.h"
#include "ports/incident_store.h"
#include "respond/deadline.h"
#include "respond/policy.h"

namespace vedette::respond {

struct CaseView {
  const Policy& policy;
  const model::ArmedPolicy& armed;
  const model::PolicyCase& of;  // after the step
  const model::Incident& incident;
  const std::vector<std::string>& channels;  // all that there are
  base::Timestamp now;
};

// One message for each channel.
[[nodiscard]] std::vector<ports::OutboxMessage> say(const CaseView& view, const Saying& saying);

// What became of the case's actions, as one text that changes when people must hear of it; empty:
// nothing is settled yet, or there is none.
[[nodiscard]] std::string outcome_of(std::span<const ports::ActionRecord> actions);
[[nodiscard]] bool is_final(std::span<const ports::ActionRecord> actions);
[[nodiscard]] std::vector<ports::OutboxMessage> say_outcome(
    const CaseView& view, std::span<const ports::ActionRecord> actions, const std::string& outcome);

// "3005 in Microsoft Sentinel (12 in Vedette)".
[[nodiscard]] std::string shown_id(const model::Incident& incident);

}  // namespace vedette::respond
