#include "app/origin_write_back.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "collect/cloud/sentinel_changes.h"
#include "collect/cloud/service_client.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Result;
using collect::cloud::TroubleKind;
using incident::WriteBack;
using model::Incident;

constexpr std::size_t page_incidents = 200;
constexpr std::size_t looked_at_max = 2'000;
constexpr Duration pause_after_trouble = Duration::minutes(1);
constexpr std::string_view role_needed =
    "give the app the role Microsoft Sentinel Responder on the workspace's resource group, or set "
    "incidents.write_back = false";

// What a refusal means for us: `unavailable` passes, or the next version of the incident settles
// it.
base::Error error_of(const collect::cloud::Trouble& trouble) {
  if (trouble.kind == TroubleKind::forbidden)
    return {ErrorCode::permission_denied, fmt::format("{}; {}", trouble.words, role_needed)};
  const bool is_hopeless =
      trouble.kind == TroubleKind::absent || trouble.kind == TroubleKind::refused;
  return {is_hopeless ? ErrorCode::not_found : ErrorCode::unavailable, trouble.text()};
}

}  // namespace

Result<void> OriginWriteBack::look(const std::stop_token& stop) {
  if (rooms_.clock.monotonic() < next_try_) return {};
  if (settled_.size() > 4 * looked_at_max) settled_.clear();
  ports::IncidentFilter filter;
  filter.limit = page_incidents;
  for (std::size_t seen = 0; seen < looked_at_max && !stop.stop_requested();) {
    const auto page = VEDETTE_TRY(rooms_.incidents.list(filter));
    if (page.empty()) return {};
    seen += page.size();
    filter.before_number = page.back().number;
    for (const Incident& incident : page) {
      if (!incident.origin || settled_[incident.number] == incident.revision) continue;
      const auto timeline = VEDETTE_TRY(rooms_.incidents.timeline(incident.number));
      const WriteBack plan = incident::plan_write_back(incident, timeline);
      if (plan.empty()) {
        settled_[incident.number] = incident.revision;
        continue;
      }
      const auto told = tell(incident, plan, stop);
      if (!told && told.error().code == ErrorCode::not_found) {
        rooms_.notice(true, fmt::format("incident {}: {} is not told of it: {}", incident.number,
                                        incident.origin->provider, told.error().message));
        settled_[incident.number] = incident.revision;
        continue;
      }
      if (!told) {
        tell_trouble(told.error().message);
        return {};
      }
      if (*told == Told::all) trouble_.clear();
    }
  }
  return {};
}

void OriginWriteBack::tell_trouble(const std::string& text) {
  next_try_ = rooms_.clock.monotonic() + pause_after_trouble;
  if (text != trouble_)
    rooms_.notice(true, "Sentinel is not told yet what was done here: " + text + "; trying again");
  trouble_ = text;
}

// Later: somebody changed the incident there or here since it was read.
Result<OriginWriteBack::Told> OriginWriteBack::tell(const Incident& incident, const WriteBack& plan,
                                                    const std::stop_token& stop) {
  SentinelLine* line = VEDETTE_TRY(rooms_.line_to(incident.origin->source));
  auto after = change(*line, incident, plan, stop);
  if (!after && after.error().code == ErrorCode::refused) return Told::later;
  if (!after) return std::unexpected(std::move(after).error());
  const auto& client = *line->client;
  for (const auto& comment : plan.comments) {
    base::JsonWriter body;
    body.begin_object().key("properties").begin_object();
    body.member("message", comment.text).end_object().end_object();
    const auto url = collect::cloud::sentinel_incident_url(
        client.settings().address, line->place, incident.origin->id, "/comments/" + comment.id);
    const auto put = line->client->send({"PUT", url, body.take(), ""}, stop);
    if (!put) return std::unexpected(error_of(put.error()));
  }
  ports::IncidentCommit commit;
  commit.incidents = {incident::written_back(*after, plan)};
  commit.timeline.push_back(
      {0,
       {0,
        model::TimelineKind::changed_elsewhere,
        rooms_.clock.now(),
        {},
        "vedette",
        fmt::format(
            "told {}: {}{}{}", incident.origin->provider,
            plan.status.empty() ? "" : plan.status + " ",
            plan.owner.empty() ? "" : "owner " + plan.owner + " ",
            plan.comments.empty() ? "" : fmt::format("{} comments", plan.comments.size()))}});
  const auto done = rooms_.incidents.commit(commit);
  if (!done && done.error().code == ErrorCode::unavailable) return Told::later;
  if (!done) return std::unexpected(done.error());
  return Told::all;
}

// The incident with what the origin says of it after the change. refused: the version that we know
// is not the one that is there.
Result<Incident> OriginWriteBack::change(SentinelLine& line, const Incident& incident,
                                         const WriteBack& plan, const std::stop_token& stop) const {
  if (!plan.changes_incident()) return incident;
  const std::string url = collect::cloud::sentinel_incident_url(line.client->settings().address,
                                                                line.place, incident.origin->id);
  const auto found = line.client->send({"GET", url, "", ""}, stop);
  if (!found) return std::unexpected(error_of(found.error()));
  const base::Json record = VEDETTE_TRY(base::parse_json(found->body));
  if (record["etag"].text() != incident.origin->etag)
    return base::failure(ErrorCode::refused, "it was changed there since it was read");
  const std::string body = collect::cloud::changed_incident(
      record, {plan.status, plan.owner, plan.classification, plan.closing_comment});
  const auto put = line.client->send({"PUT", url, body, ""}, stop);
  if (!put && put.error().kind == TroubleKind::conflict)
    return base::failure(ErrorCode::refused, "it was changed there meanwhile");
  if (!put) return std::unexpected(error_of(put.error()));
  const base::Json now = VEDETTE_TRY(base::parse_json(put->body));
  Incident after = incident;
  after.origin->etag = now["etag"].text();
  if (const auto changed = base::parse_iso(now["properties"]["lastModifiedTimeUtc"].text()))
    after.origin->changed = *changed;
  return after;
}

}  // namespace vedette::app
