// Owns: what our own incidents say before an account is touched because of one
// (respond::IncidentWitness). Promises: the incident is read anew each time; whatever a person did
// to it counts as a touch. Must not know: actions. One thread.
#pragma once

#include "ports/clock.h"
#include "ports/incident_store.h"
#include "respond/incident_witness.h"

namespace vedette::app {

class OwnIncidentWitness : public respond::IncidentWitness {
 public:
  // Both outlive it.
  OwnIncidentWitness(ports::IncidentStore& incidents, const ports::Clock& clock)
      : incidents_(incidents), clock_(clock) {}

  [[nodiscard]] base::Result<respond::IncidentTestimony> testify(
      std::uint64_t incident, const std::stop_token& stop) override;

 private:
  ports::IncidentStore& incidents_;
  const ports::Clock& clock_;
};

}  // namespace vedette::app
