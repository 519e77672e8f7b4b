// Owns: the body of respond::IncidentWitness: our own incidents are asked of the state, Sentinel's
// of Sentinel, by the tenant whose feed they came from. Promises: what the port promises; what
// Sentinel says is read as the feed would read it, with the same judgement of who touched it; an
// answer that does not come is an error, never a guess. A policy that is not armed any more has
// nobody's consent: its incidents are over. Must not know: actions. Any thread; calls wait for each
// other.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "app/sentinel_lines.h"
#include "ports/clock.h"
#include "ports/incident_store.h"
#include "ports/policy_store.h"
#include "respond/incident_witness.h"
#include "respond/policy.h"

namespace vedette::app {

// All outlive it.
struct WitnessRooms {
  const Configuration& configuration;
  ports::IncidentStore& incidents;
  ports::PolicyStore& policies;
  ports::Clock& clock;
  SignInWorld sign_in;
};

class StoredIncidentWitness : public respond::IncidentWitness {
 public:
  template <typename T>
  using Result = base::Result<T>;

  StoredIncidentWitness(WitnessRooms rooms, std::vector<respond::Policy> policies);
  Result<respond::IncidentTestimony> testify(std::uint64_t incident,
                                             const std::stop_token& stop) override;

 private:
  // Empty: the strictest of the incident's cases; else why nobody wants anything of it any more.
  [[nodiscard]] Result<std::string> consent(std::uint64_t incident, respond::Until& until);
  // Empty: it is there no longer.
  [[nodiscard]] Result<std::optional<model::Incident>> ask(const model::Incident& known,
                                                           const std::stop_token& stop);

  const WitnessRooms rooms_;
  const std::vector<respond::Policy> policies_;
  std::mutex mutex_;
  SentinelLines lines_;  // guarded by mutex_
};

}  // namespace vedette::app
