// Armed policies and cases in memory; messages and entries go to the incidents' fake. Body of
// ports::PolicyStore; contract in test/contract/policy_store_contract.h. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fakes/memory_incident_store.h"
#include "ports/policy_store.h"

namespace vedette::fakes {

class MemoryPolicyStore : public ports::PolicyStore {
 public:
  template <typename T>
  using Result = base::Result<T>;

  explicit MemoryPolicyStore(MemoryIncidentStore& incidents) : incidents_(incidents) {}

  Result<void> arm(const model::ArmedPolicy& policy) override {
    const std::lock_guard lock(mutex_);
    armed_[policy.name] = policy;
    return {};
  }
  Result<bool> disarm(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    return armed_.erase(std::string(name)) > 0;
  }
  Result<std::vector<model::ArmedPolicy>> armed() override {
    const std::lock_guard lock(mutex_);
    std::vector<model::ArmedPolicy> all;
    for (const auto& [name, one] : armed_) all.push_back(one);
    return all;
  }
  Result<std::vector<model::PolicyCase>> cases(std::uint64_t incident) override {
    const std::lock_guard lock(mutex_);
    std::vector<model::PolicyCase> all;
    for (const auto& [key, one] : cases_) {
      bool is_wanted =
          incident != 0 ? one.incident == incident : one.state != model::CaseState::over;
      if (incident == 0 && !is_wanted) {
        const auto found = VEDETTE_TRY(incidents_.find(one.incident));
        is_wanted = found && found->status != model::IncidentStatus::closed;
      }
      if (is_wanted) all.push_back(one);
    }
    return all;
  }
  Result<void> save(const ports::CaseCommit& change) override {
    const std::lock_guard lock(mutex_);
    for (const auto& one : change.cases)
      if (!VEDETTE_TRY(incidents_.find(one.incident)))
        return base::failure(base::ErrorCode::not_found, "there is no such incident");
    VEDETTE_TRY_VOID(incidents_.record({{}, change.messages, change.entries}));
    for (const auto& one : change.cases) cases_[{one.incident, one.policy}] = one;
    return {};
  }

 private:
  std::mutex mutex_;
  MemoryIncidentStore& incidents_;
  std::map<std::string, model::ArmedPolicy> armed_;                           // guarded by mutex_
  std::map<std::pair<std::uint64_t, std::string>, model::PolicyCase> cases_;  // guarded by mutex_
};

}  // namespace vedette::fakes
