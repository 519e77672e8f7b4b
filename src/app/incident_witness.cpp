#include "app/incident_witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "collect/cloud/azure_listings.h"
#include "incident/origin_reading.h"
#include "normalise/cloud/incident_reader.h"
#include "respond/standing.h"

namespace vedette::app {

using base::ErrorCode;
using base::Result;
using respond::IncidentStanding;
using respond::IncidentTestimony;

StoredIncidentWitness::StoredIncidentWitness(WitnessRooms rooms,
                                             std::vector<respond::Policy> policies)
    : rooms_(std::move(rooms)),
      policies_(std::move(policies)),
      lines_(rooms_.configuration, rooms_.sign_in) {}

Result<std::string> StoredIncidentWitness::consent(std::uint64_t incident, respond::Until& until) {
  until = respond::Until::acknowledged;
  const auto cases = VEDETTE_TRY(rooms_.policies.cases(incident));
  const auto armed = VEDETTE_TRY(rooms_.policies.armed());
  std::string missing;
  bool is_any = false, all_until_closed = true;
  for (const auto& one : cases) {
    if (one.state == model::CaseState::over) continue;
    const auto policy = std::ranges::find(policies_, one.policy, &respond::Policy::name);
    const auto by = std::ranges::find(armed, one.policy, &model::ArmedPolicy::name);
    if (policy == policies_.end() || by == armed.end() || by->hash != policy->hash) {
      missing = fmt::format("policy {} is not armed any more", one.policy);
      continue;
    }
    is_any = true;
    all_until_closed = all_until_closed && policy->until == respond::Until::closed;
  }
  if (is_any && all_until_closed) until = respond::Until::closed;
  return is_any ? std::string() : missing;
}

Result<std::optional<model::Incident>> StoredIncidentWitness::ask(const model::Incident& known,
                                                                  const std::stop_token& stop) {
  SentinelLine* line = VEDETTE_TRY(lines_.line_to(known.origin->source));
  const auto answer =
      collect::cloud::sentinel_incident_now(*line->client, line->place, known.origin->id, stop);
  if (!answer) {
    if (answer.error().kind == collect::cloud::TroubleKind::absent) return std::nullopt;
    return base::failure(ErrorCode::unavailable, answer.error().text());
  }
  auto reading = VEDETTE_TRY(normalise::cloud::read_incident_details(*answer));
  reading.origin.source = known.origin->source;
  auto now = incident::apply_reading(&known, reading, rooms_.clock.now());
  if (!now) return known;
  return std::move(now->incident);
}

Result<IncidentTestimony> StoredIncidentWitness::testify(std::uint64_t number,
                                                         const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  respond::Until until = respond::Until::acknowledged;
  const base::Timestamp read_at = rooms_.clock.now();
  if (std::string missing = VEDETTE_TRY(consent(number, until)); !missing.empty())
    return IncidentTestimony{IncidentStanding::over, std::move(missing), read_at};
  auto incident = VEDETTE_TRY(rooms_.incidents.find(number));
  if (!incident)
    return IncidentTestimony{IncidentStanding::over, "Vedette has forgotten it", read_at};
  // What was done here stops it, whatever stands there.
  const respond::Standing here = respond::standing_of(*incident, until);
  if (here.standing != IncidentStanding::unattended || !incident->origin)
    return IncidentTestimony{here.standing, here.why, read_at};
  auto there = VEDETTE_TRY(ask(*incident, stop));
  if (!there)
    return IncidentTestimony{IncidentStanding::over,
                             "it is there no longer in " + incident->origin->provider, read_at};
  respond::Standing now = respond::standing_of(*there, until);
  if (now.standing == IncidentStanding::unattended)
    if (std::string missing = respond::missing_evidence(*incident->origin, *there->origin);
        !missing.empty())
      return IncidentTestimony{IncidentStanding::unclear, std::move(missing), read_at};
  return IncidentTestimony{now.standing, std::move(now.why), read_at};
}

}  // namespace vedette::app
