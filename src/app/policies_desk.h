// Owns: what the web app's pages Policies and Incident show of policies, as the API's JSON, and
// arming. Promises: policies are read from their files at each call, so that what is shown is what
// is armed; arming wants the hash that was shown and the sentence, is noted before it holds. Must
// not know: HTTP, roles. Any thread.
#pragma once

#include <functional>
#include <memory>

#include "app/account_outlook.h"
#include "app/configuration.h"
#include "app/policy_files.h"
#include "model/policy_case.h"
#include "ports/action_store.h"
#include "ports/clock.h"
#include "ports/incident_store.h"
#include "ports/policy_store.h"
#include "server/policy_desk.h"

namespace vedette::app {

// All outlive it.
struct PoliciesGround {
  const Configuration& configuration;
  ports::PolicyStore& policies;
  ports::IncidentStore& incidents;
  ports::ActionStore& actions;
  const ports::Clock& clock;
  std::function<model::TenantDirectory()> directory;
  std::function<respond::SwitchPosition()> kill_switch;
};

class PoliciesDesk : public server::PolicyDesk {
 public:
  explicit PoliciesDesk(PoliciesGround ground) : ground_(std::move(ground)) {}

  [[nodiscard]] Answer show() override;
  [[nodiscard]] Answer of_incident(std::uint64_t number) override;
  [[nodiscard]] Answer simulate(const std::string& name, int days) override;
  [[nodiscard]] Answer plan(const std::string& name, const std::string& mode) override;
  [[nodiscard]] Answer arm(const Arming& arming, const Note& note) override;
  [[nodiscard]] Answer disarm(const std::string& name, const Note& note) override;

 private:
  [[nodiscard]] base::Result<PolicyFile> find(const std::string& name) const;
  [[nodiscard]] base::Result<void> append_guard(base::JsonWriter& writer) const;
  [[nodiscard]] base::Result<void> append_policy(base::JsonWriter& writer, const PolicyFile& file,
                                                 const model::ArmedPolicy* armed,
                                                 const std::vector<model::PolicyCase>& cases) const;
  [[nodiscard]] base::Result<void> append_accounts(base::JsonWriter& writer,
                                                   const model::Incident& incident,
                                                   respond::Until until) const;
  [[nodiscard]] base::Result<std::size_t> matching_now(const respond::Policy& policy) const;

  const PoliciesGround ground_;
};

}  // namespace vedette::app
