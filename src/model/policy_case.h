// Owns: what is remembered of policies: which are armed, and how far each is with each incident it
// matched. Promises: plain data that owns its text. Must not know: what policies say, how this is
// kept. Passed by value between threads.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "model/action.h"

namespace vedette::model {

// A person said that this policy, as its text was then, may act.
struct ArmedPolicy {
  std::string name;
  std::string hash;  // of the text; a text with another one is not armed
  ActionMode mode = ActionMode::propose;
  base::Timestamp armed;  // processing time
  std::string by;
  bool operator==(const ArmedPolicy&) const = default;
};

enum class CaseState : std::uint8_t {
  running,  // the clock runs
  acting,   // actions were asked for; people hear what became of them
  over,     // nothing more will be done; `ending` says why
};

// One incident under one policy.
struct PolicyCase {
  std::uint64_t incident = 0;  // its number
  std::string policy;
  CaseState state = CaseState::running;
  std::uint32_t episode = 1;  // grows when the clock begins anew
  std::string why;            // it matched; kept, whatever the incident is called later
  base::Timestamp matched;
  base::Timestamp started;      // the clock's beginning
  base::Timestamp first_told;   // when the first message of this episode was put in the outbox
  base::Timestamp last_warned;  // the same of the last warning
  std::uint32_t steps_done = 0;
  std::string ask_why;  // an action is only proposed, because of that; empty: as the policy says
  std::string ending;
  std::string told;  // what people were told last of the actions' outcomes
  base::Timestamp changed;
  bool operator==(const PolicyCase&) const = default;
};

}  // namespace vedette::model
