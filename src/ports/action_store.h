// Owns: actions upon accounts and how far each is: what must survive a crash, so that none is done
// twice or forgotten. Real body: store/sqlite/sqlite_actions.h (state.db). Fake:
// test/fakes/memory_action_store.h. Contract: test/contract/action_store_contract.h. Promises: each
// call is one durable transaction; an action's key is unique: asking again for what was asked for
// changes nothing. Must not know: who may ask for what. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "model/action.h"

namespace vedette::ports {

// An action as it is kept.
struct ActionRecord {
  std::int64_t id = 0;  // given by the store, in the order of asking
  std::string key;      // incident + kind + account
  model::ActionRequest request;
  model::ActionState state = model::ActionState::requested;
  std::string target;       // object id of the one directory object meant; empty: not resolved yet
  std::string outcome;      // for people: what the guard, the directory or a person said last
  base::Timestamp changed;  // processing time of the last change
  base::Timestamp done;     // read back; unset: not done
  base::Timestamp next_look;  // when somebody must look at it again; unset: nobody must
  bool operator==(const ActionRecord&) const = default;
};

class ActionStore {
 public:
  virtual ~ActionStore() = default;
  // The record that is there for that key: a new one, or what became of an earlier request.
  [[nodiscard]] virtual base::Result<ActionRecord> request(const model::ActionRequest& request) = 0;
  [[nodiscard]] virtual base::Result<std::optional<ActionRecord>> find(std::int64_t id) = 0;
  // Of one incident (0: of all), the newest first.
  [[nodiscard]] virtual base::Result<std::vector<ActionRecord>> list(std::uint64_t incident,
                                                                     std::size_t limit) = 0;
};

}  // namespace vedette::ports
