// Owns: armed policies and their cases, with the messages and timeline entries that steps bring
// about: what must change together. Real body: store/sqlite/sqlite_policies.h (state.db). Fake:
// test/fakes/memory_policy_store.h. Contract: test/contract/policy_store_contract.h. Promises: each
// call is one durable transaction; a message's key is unique, so that a step done again tells
// nobody twice. Must not know: what policies say. Any thread; writers wait for each other.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/incident.h"
#include "model/policy_case.h"
#include "ports/incident_store.h"

namespace vedette::ports {

// The incidents must be there; else nothing is changed (not_found).
struct CaseCommit {
  std::vector<model::PolicyCase> cases = {};  // new or changed, whole
  std::vector<model::TimelineEntry> entries = {};
  std::vector<OutboxMessage> messages = {};
};

class PolicyStore {
 public:
  virtual ~PolicyStore() = default;
  // In the place of an earlier arming of that name.
  [[nodiscard]] virtual base::Result<void> arm(const model::ArmedPolicy& policy) = 0;
  // False: it was not armed.
  [[nodiscard]] virtual base::Result<bool> disarm(std::string_view name) = 0;
  // By name.
  [[nodiscard]] virtual base::Result<std::vector<model::ArmedPolicy>> armed() = 0;
  // By incident and policy; `incident` 0: those that are not over, and those of open incidents.
  [[nodiscard]] virtual base::Result<std::vector<model::PolicyCase>> cases(
      std::uint64_t incident) = 0;
  [[nodiscard]] virtual base::Result<void> save(const CaseCommit& change) = 0;
};

}  // namespace vedette::ports
