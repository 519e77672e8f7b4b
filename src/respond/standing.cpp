#include "respond/standing.h"

#include <fmt/format.h>

#include <algorithm>

namespace vedette::respond {

using model::Toucher;

Standing standing_of(const model::Incident& incident, Until until) {
  const auto* origin = incident.origin ? &*incident.origin : nullptr;
  if (incident.merged_into != 0)
    return {IncidentStanding::over, fmt::format("it goes on as incident {}", incident.merged_into)};
  if (incident.status == model::IncidentStatus::closed) {
    if (origin != nullptr && origin->is_redirected())
      return {IncidentStanding::over, "a correlation merged it into another incident"};
    return {IncidentStanding::over, "it was closed"};
  }
  if (until == Until::closed) return {IncidentStanding::unattended, "it is not closed"};
  // Whoever attended to it before it was reopened has not attended to it since.
  if (incident.is_attended())
    return {IncidentStanding::attended, origin != nullptr && origin->touched_by == Toucher::person
                                            ? origin->touch
                                            : "a person attended to it"};
  if (origin != nullptr && origin->touched_by == Toucher::unclear)
    return {IncidentStanding::unclear,
            fmt::format("{} does not say who: {}", origin->provider, origin->touch)};
  return {IncidentStanding::unattended, "no person has touched it"};
}

std::string missing_evidence(const model::IncidentOrigin& known, const model::IncidentOrigin& now) {
  if (!known.alert_ids.empty() && now.alert_ids.empty()) return "it has no alert any more";
  for (const auto& account : known.accounts)
    if (std::ranges::find(now.accounts, account) == now.accounts.end())
      return fmt::format("it does not name {} any more", model::name_of(account));
  return {};
}

}  // namespace vedette::respond
