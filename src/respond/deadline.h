// Owns: the clock of a policy upon an incident: when it begins, when each step is due, what stops
// it. Promises: pure functions of (incident, policy, when it was armed, now). It counts from the
// incident's creation (of the earliest of its lineage), from its last reopening, or from the arming
// where that is later. Nobody is locked before the last warning is as old as the policy's own
// distance between them, nor earlier than its least notice after the first message, however late we
// heard of the incident or were away ourselves. Must not know: stores, messages. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/incident.h"
#include "model/policy_case.h"
#include "respond/clock_watch.h"
#include "respond/policy.h"
#include "respond/standing.h"

namespace vedette::respond {

[[nodiscard]] base::Timestamp clock_start(const model::Incident& incident,
                                          const model::ArmedPolicy& armed);
[[nodiscard]] base::Timestamp due_of(const Policy& policy, const model::PolicyCase& of,
                                     std::size_t step);
// When accounts are locked if nothing happens, its warnings come in time and nothing else does;
// empty: no step locks, or it was done.
[[nodiscard]] std::optional<base::Timestamp> lock_moment(const Policy& policy,
                                                         const model::PolicyCase& of,
                                                         base::Timestamp now);

// What people are to be told.
enum class CaseWord : std::uint8_t {
  detected,   // the first message
  warning,    // the clock runs out
  escalated,  // nobody of those who were told has acted
  unclear,    // the clock was stopped by somebody of whom it cannot be told who it was
  lost,       // merged into an incident that nobody can find
  nobody,     // it is time, and the incident names no account that could be locked
};

struct Saying {
  CaseWord word = CaseWord::detected;
  std::size_t step = 0;  // of detected, warning and escalated
};

// What one look at the clock comes to.
struct CaseMove {
  model::PolicyCase after;
  std::vector<Saying> sayings;
  std::vector<std::string> notes;   // for the timeline
  std::string owner;                // whose it becomes, if it is nobody's; empty: it is left
  std::vector<std::size_t> acting;  // steps that are due now; they are the caller's to do
  bool changed = false;
};

// A case that begins now.
[[nodiscard]] model::PolicyCase open_case(const Policy& policy, const model::ArmedPolicy& armed,
                                          const model::Incident& incident, std::string why,
                                          base::Timestamp now);
[[nodiscard]] CaseMove advance(const model::PolicyCase& before, const Policy& policy,
                               const model::ArmedPolicy& armed, const model::Incident& incident,
                               base::Timestamp now);
// The mode in which a step acts, and why it is less than it was armed for.
struct ActingMode {
  model::ActionMode mode = model::ActionMode::propose;
  std::string why;
};
[[nodiscard]] ActingMode acting_mode(const Policy& policy, const model::ArmedPolicy& armed,
                                     const model::PolicyCase& of, const model::Incident& incident);

}  // namespace vedette::respond
