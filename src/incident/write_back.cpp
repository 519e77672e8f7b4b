#include "incident/write_back.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "incident/actions.h"

namespace vedette::incident {
namespace {

using model::Incident;
using model::IncidentStatus;
using model::TimelineEntry;
using model::TimelineKind;

// "vedette" in hexadecimal begins a name that the service takes for a GUID.
constexpr std::string_view own_prefix = "76656465-7474-4000-";
constexpr std::size_t comments_at_once = 10;

std::string comment_id(const TimelineEntry& entry) {
  const std::uint64_t first = base::hash_bytes(
      entry.text, base::hash_bytes(entry.actor, static_cast<std::uint64_t>(entry.at.ticks)));
  const std::uint64_t hash = base::hash_bytes(std::to_string(entry.incident), first);
  return fmt::format("{}{:04x}-{:012x}", own_prefix, hash >> 48U, hash & 0xFFFFFFFFFFFFU);
}

bool is_persons(const TimelineEntry& entry) {
  // What came from there has the time that it has there.
  return entry.kind == TimelineKind::commented && !entry.event.is_set() &&
         !base::equals_ignoring_case(entry.actor, own_name);
}

// There, a status is a word.
std::string status_wanted(const Incident& incident) {
  const auto there = model::incident_status_named(incident.origin->status);
  if (!there || *there == incident.status || incident.status == IncidentStatus::new_incident)
    return {};
  return std::string(model::name_of(incident.status));
}

}  // namespace

WriteBack plan_write_back(const Incident& incident, std::span<const TimelineEntry> timeline) {
  WriteBack plan;
  if (!incident.origin || incident.merged_into != 0) return plan;
  const auto& known = incident.origin->comment_ids;
  for (const TimelineEntry& entry : timeline) {
    const bool has_room = plan.comments.size() < comments_at_once &&
                          known.size() + plan.comments.size() < model::origin_texts_max;
    if (!is_persons(entry) || !has_room) continue;
    std::string id = comment_id(entry);
    if (std::ranges::find(known, id) != known.end()) continue;
    std::string text = fmt::format("{} in Vedette: {}", entry.actor, entry.text);
    plan.comments.push_back(
        {std::move(id), base::clean_utf8(text, base::limits::comment_bytes_max)});
  }
  plan.status = status_wanted(incident);
  if (plan.status == model::name_of(IncidentStatus::closed)) {
    plan.classification = model::name_of(incident.classification);
    plan.closing_comment = incident.closing_comment;
  }
  // The service knows people by what they sign in with.
  const bool is_sign_in_name =
      incident.owner.contains('@') && incident.owner.find_first_of(" \t<>\"") == std::string::npos;
  if (is_sign_in_name && !base::equals_ignoring_case(incident.owner, incident.origin->owner))
    plan.owner = incident.owner;
  return plan;
}

Incident written_back(const Incident& incident, const WriteBack& done) {
  Incident after = incident;
  auto& origin = *after.origin;
  if (!done.status.empty()) origin.status = done.status;
  if (!done.owner.empty()) origin.owner = done.owner;
  if (!done.classification.empty()) origin.classification = done.classification;
  for (const auto& comment : done.comments) origin.comment_ids.push_back(comment.id);
  return after;
}

bool is_own_comment(std::string_view id) {
  return id.starts_with(own_prefix);
}

}  // namespace vedette::incident
