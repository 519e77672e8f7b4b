// Owns: what people decide about actions: ask, approve, refuse, undo, and the reset of the
// trip-wire. Promises: what cannot be decided any more, or not by that person, is an error in
// words and changes nothing; an approval is bound to the account that the person was shown; each
// decision is in the audit log with the person's name. The guard still looks at everything after
// that. Must not know: how the person was recognised, HTTP. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ports/action_store.h"
#include "respond/guard.h"

namespace vedette::respond {

struct Decider {
  std::string name;
  base::Timestamp now;
};

// Both persons of a reset, within this.
inline constexpr base::Duration reset_age_max = base::Duration::minutes(30);

class ActionDesk {
 public:
  // Both outlive it.
  ActionDesk(ports::ActionStore& store, const GuardSettings& settings)
      : store_(store), settings_(settings) {}

  // It waits for somebody else's approval.
  [[nodiscard]] base::Result<ports::ActionRecord> ask(const Decider& person, std::uint64_t incident,
                                                      model::ActionKind kind,
                                                      const model::AccountReference& account,
                                                      const std::string& reason);
  // Also of one that was denied, went or failed: the guard looks at it anew.
  [[nodiscard]] base::Result<ports::ActionRecord> approve(const Decider& person, std::int64_t id);
  [[nodiscard]] base::Result<ports::ActionRecord> refuse(const Decider& person, std::int64_t id);
  // The action that gives back what that one took.
  [[nodiscard]] base::Result<ports::ActionRecord> undo(const Decider& person, std::int64_t id);
  // What happened, in words: the second person's reset ends it.
  [[nodiscard]] base::Result<std::string> reset_trip_wire(const Decider& person);

 private:
  [[nodiscard]] base::Result<ports::ActionRecord> known(std::int64_t id);
  [[nodiscard]] base::Result<ports::ActionRecord> save(ports::ActionRecord record,
                                                       const Decider& person,
                                                       const std::string& what);

  ports::ActionStore& store_;
  const GuardSettings& settings_;
};

}  // namespace vedette::respond
