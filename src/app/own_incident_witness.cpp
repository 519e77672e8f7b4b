#include "app/own_incident_witness.h"

#include <fmt/format.h>

namespace vedette::app {

base::Result<respond::IncidentTestimony> OwnIncidentWitness::testify(
    std::uint64_t incident, const std::stop_token& /*stop*/) {
  using respond::IncidentStanding;
  const base::Timestamp now = clock_.now();
  const auto found = VEDETTE_TRY(incidents_.find(incident));
  const auto say = [&](IncidentStanding standing, std::string why) {
    return respond::IncidentTestimony{standing, std::move(why), now};
  };
  if (!found) return say(IncidentStanding::over, "there is no such incident any more");
  if (found->merged_into != 0)
    return say(IncidentStanding::over,
               fmt::format("it goes on as incident {}", found->merged_into));
  if (found->status == model::IncidentStatus::closed)
    return say(IncidentStanding::over, "it is closed");
  if (!found->owner.empty()) return say(IncidentStanding::attended, "it is " + found->owner + "'s");
  if (found->acknowledged.is_set() || found->status != model::IncidentStatus::new_incident)
    return say(IncidentStanding::attended, "it was acknowledged");
  return say(IncidentStanding::unattended, "");
}

}  // namespace vedette::app
