#include "app/incident_witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "collect/cloud/azure_listings.h"
#include "incident/origin_reading.h"
#include "net/curl_client.h"
#include "normalise/cloud/incident_reader.h"
#include "respond/standing.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Result;
using respond::IncidentStanding;
using respond::IncidentTestimony;

// Few questions, each about one incident.
constexpr collect::cloud::Quota witness_quota{6, Duration::seconds(2)};

}  // namespace

struct StoredIncidentWitness::Line {
  collect::cloud::WorkspacePlace place;
  std::unique_ptr<ports::AccessTokens> tokens;
  std::unique_ptr<ports::HttpClient> http;
  std::unique_ptr<collect::cloud::ServiceClient> client;
};

StoredIncidentWitness::StoredIncidentWitness(WitnessRooms rooms,
                                             std::vector<respond::Policy> policies)
    : rooms_(std::move(rooms)), policies_(std::move(policies)) {}
StoredIncidentWitness::~StoredIncidentWitness() = default;

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

Result<StoredIncidentWitness::Line*> StoredIncidentWitness::line_to(const std::string& source) {
  if (const auto known = lines_.find(source); known != lines_.end()) return known->second.get();
  const auto tenant = std::ranges::find_if(
      rooms_.configuration.tenants, [&](const TenantSetting& each) { return each.owns(source); });
  if (tenant == rooms_.configuration.tenants.end())
    return base::failure(ErrorCode::not_found,
                         fmt::format("no [[tenant]] of the settings is that of {}", source));
  auto line = std::make_unique<Line>();
  line->place = {tenant->subscription, tenant->resource_group, tenant->workspace};
  line->tokens =
      VEDETTE_TRY(make_access_tokens(*tenant, rooms_.configuration.cloud, rooms_.sign_in));
  net::CurlSettings curl;
  curl.ca_file = rooms_.configuration.cloud.ca_file;
  line->http = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
  const auto arm = rooms_.configuration.cloud.endpoints().arm;
  line->client = std::make_unique<collect::cloud::ServiceClient>(
      collect::cloud::ServiceSettings{"Microsoft Sentinel", arm.address, arm.scope, witness_quota},
      *line->http, *line->tokens, rooms_.clock);
  return lines_.emplace(source, std::move(line)).first->second.get();
}

Result<std::optional<model::Incident>> StoredIncidentWitness::ask(const model::Incident& known,
                                                                  const std::stop_token& stop) {
  Line* line = VEDETTE_TRY(line_to(known.origin->source));
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
  return IncidentTestimony{now.standing, std::move(now.why), read_at};
}

}  // namespace vedette::app
