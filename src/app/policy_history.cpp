#include "app/policy_history.h"

#include <algorithm>
#include <utility>

#include "model/policy_case.h"
#include "respond/deadline.h"
#include "respond/policy_limits.h"
#include "respond/policy_match.h"

namespace vedette::app {
namespace {

using base::Timestamp;
using model::Incident;

// When the first person, or somebody unknown, touched it; unset: nobody did.
struct Touched {
  Timestamp at;
  bool is_unclear = false;
};

Touched touched(const Incident& incident) {
  Touched first;
  const auto earlier = [&](Timestamp at, bool is_unclear) {
    if (at.is_set() && (!first.at.is_set() || at < first.at)) first = {at, is_unclear};
  };
  earlier(incident.acknowledged, false);
  earlier(incident.closed, false);
  if (incident.origin && incident.origin->touched_by == model::Toucher::unclear)
    earlier(incident.origin->touched, true);
  return first;
}

SimulatedCase case_of(const respond::Policy& policy, const Incident& incident, std::string why,
                      Timestamp now) {
  const model::ArmedPolicy armed{policy.name, policy.hash, policy.mode, Timestamp{1}, ""};
  const auto of = respond::open_case(policy, armed, incident, why, now);
  SimulatedCase made{incident.number, of.started, incident.title, std::move(why),
                     respond::affected_of(incident)};
  const auto act = policy.first_act();
  if (act) made.lock = policy.calendar.add(of.started, policy.steps[*act].after);
  const Touched first = touched(incident);
  if (first.at.is_set() && (!act || first.at < made.lock)) {
    made.end = first.is_unclear ? SimulatedEnd::unclear : SimulatedEnd::attended;
    made.touched_after = std::max(base::Duration{}, first.at - of.started);
  } else if (act && made.lock <= now) {
    made.end = SimulatedEnd::locked;
  }
  return made;
}

}  // namespace

std::string_view name_of(SimulatedEnd end) {
  switch (end) {
    case SimulatedEnd::attended:
      return "attended";
    case SimulatedEnd::unclear:
      return "unclear";
    case SimulatedEnd::running:
      return "running";
    case SimulatedEnd::locked:
      break;
  }
  return "locked";
}

base::Result<std::vector<Incident>> incidents_since(ports::IncidentStore& store, Timestamp since) {
  constexpr std::size_t page_incidents = 500;
  std::vector<Incident> found;
  ports::IncidentFilter filter;
  filter.limit = page_incidents;
  while (found.size() < respond::open_incidents_max) {
    auto page = VEDETTE_TRY(store.list(filter));
    if (page.empty()) break;
    filter.before_number = page.back().number;
    for (auto& incident : page)
      if ((incident.origin ? incident.origin->created : incident.created) >= since)
        found.push_back(std::move(incident));
  }
  std::ranges::reverse(found);
  return found;
}

SimulatedPolicy simulate(const respond::Policy& policy, const std::vector<Incident>& incidents,
                         Timestamp now) {
  SimulatedPolicy done;
  for (const Incident& incident : incidents) {
    auto why = respond::why_matched(policy.match, incident);
    if (!why) continue;
    done.cases.push_back(case_of(policy, incident, *std::move(why), now));
    switch (done.cases.back().end) {
      case SimulatedEnd::attended:
        ++done.attended;
        break;
      case SimulatedEnd::unclear:
        ++done.unclear;
        break;
      case SimulatedEnd::running:
        ++done.running;
        break;
      case SimulatedEnd::locked:
        ++done.locks;
        break;
    }
  }
  return done;
}

}  // namespace vedette::app
