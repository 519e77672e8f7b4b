#include "incident/batch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "incident/actions.h"
#include "incident/origin_reading.h"

namespace vedette::incident {
namespace {

using base::Result;
using model::Alert;
using model::AlertChange;
using model::AlertStatus;
using model::Classification;
using model::Incident;
using model::IncidentStatus;
using model::TimelineKind;

// An incident was merged into one that was merged itself, and so on: further than this nobody
// looks.
constexpr int merges_followed_max = 8;

std::string entity_key(const model::Entity& entity) {
  return std::string(model::name_of(entity.type)) + ":" + entity.value;
}

bool has_living_alert(const Incident& incident) {
  return std::ranges::any_of(
      incident.alerts, [](const Alert& alert) { return alert.status != AlertStatus::withdrawn; });
}

// What people who hear of this part for the first time, or again, are told. Empty: nothing.
// `happened`: an alert joined it that is over as it is told, which is no news of an end.
std::optional<AlertChange> change_of(const Alert& part, bool is_new, bool happened) {
  switch (part.status) {
    case AlertStatus::open:
      return is_new ? AlertChange::opened : AlertChange::updated;
    case AlertStatus::closed:
      if (happened) return is_new ? AlertChange::opened : AlertChange::updated;
      return AlertChange::closed;
    case AlertStatus::withdrawn:
      break;
  }
  // Nobody was told that there is something, so nobody has to be told that there is nothing.
  if (is_new) return std::nullopt;
  return AlertChange::withdrawn;
}

// Letters, digits, "_": fit for a header and for a Message-ID. One commit of an incident has one
// message for each part and channel.
std::string message_key(const Incident& incident, std::uint64_t part, const std::string& channel,
                        AlertChange change) {
  return fmt::format("vedette_{}_{}_{}_{}_{}", model::format_id(incident.identity),
                     model::name_of(change), incident.revision + 1, model::format_id(part),
                     model::format_id(base::hash_bytes(channel)));
}

}  // namespace

Result<void> Batch::take(const AlertNews& news) {
  const Alert alert = bounded(news.alert);
  Draft* draft = VEDETTE_TRY(holder_of(alert.id));
  if (draft != nullptr) {
    Alert& known = *std::ranges::find(draft->incident.alerts, alert.id, &Alert::id);
    return apply(*draft, known, alert);
  }
  if (alert.status == AlertStatus::withdrawn) {
    ++counts_.repeats;  // of something that was never kept: there is nothing to take back
    return {};
  }
  draft = VEDETTE_TRY(incident_to_join(alert));
  if (draft == nullptr)
    open(alert);
  else
    join(*draft, alert);
  return {};
}

Result<void> Batch::take(const model::IncidentReading& reading) {
  Draft* draft = VEDETTE_TRY(holder_of(origin_identity(reading.origin)));
  auto changed = apply_reading(draft == nullptr ? nullptr : &draft->incident, reading, now_);
  if (!changed) {
    ++counts_.repeats;
    return {};
  }
  if (draft == nullptr)
    draft = &load(std::move(changed->incident));
  else
    draft->incident = std::move(changed->incident);
  draft->changed = true;
  for (auto& entry : changed->entries) draft->entries.push_back(std::move(entry));
  return {};
}

// --- finding -------------------------------------------------------------------------------------

Batch::Draft& Batch::load(Incident incident) {
  if (const auto known = by_number_.find(incident.number); known != by_number_.end())
    return *known->second;
  Draft& draft = drafts_.emplace_back();
  draft.order = drafts_.size();
  draft.incident = std::move(incident);
  if (draft.incident.number != 0) by_number_[draft.incident.number] = &draft;
  for (const Alert& alert : draft.incident.alerts) remember(draft, alert);
  return draft;
}

void Batch::remember(Draft& draft, const Alert& alert) {
  by_alert_[alert.id] = &draft;
  if (!alert.entities.empty()) by_entity_.emplace(entity_key(alert.entities.front()), &draft);
}

// The incident that has the alert; null when none has.
Result<Batch::Draft*> Batch::holder_of(std::uint64_t alert_id) {
  if (const auto known = by_alert_.find(alert_id); known != by_alert_.end()) return known->second;
  auto found = VEDETTE_TRY(store_.find_by_alert(alert_id));
  if (!found) return nullptr;
  return &load(*std::move(found));
}

// The oldest that accepts it; null when none does.
Result<Batch::Draft*> Batch::incident_to_join(const Alert& alert) {
  for (const GroupingKey& key : grouping_keys(alert)) {
    for (Incident& incident : VEDETTE_TRY(store_.find_open(key.entity)))
      if (accepts(incident, alert, key, settings_.grouping_window)) load(std::move(incident));
    // Those of this batch have no number yet, and are younger than all that have one.
    Draft* oldest = nullptr;
    const auto [begin, end] = by_entity_.equal_range(entity_key(key.entity));
    for (auto at = begin; at != end; ++at) {
      const Incident& incident = at->second->incident;
      if (!accepts(incident, alert, key, settings_.grouping_window)) continue;
      if (oldest == nullptr || at->second->age() < oldest->age()) oldest = at->second;
    }
    if (oldest != nullptr) return oldest;
  }
  return nullptr;
}

// --- changing ------------------------------------------------------------------------------------

void Batch::note(Draft& draft, TimelineKind kind, base::Timestamp event, std::string text) {
  draft.changed = true;
  draft.incident.updated = now_;
  draft.entries.push_back(
      {draft.incident.number, kind, now_, event, std::string(own_name), std::move(text)});
}

void Batch::open(const Alert& alert) {
  Incident incident;
  incident.identity = alert.id;
  incident.title = alert.title;
  incident.severity = alert.severity;
  incident.alerts = {alert};
  incident.created = now_;
  incident.first_event = alert.first_event;
  incident.last_event = alert.last_event;
  Draft& draft = load(std::move(incident));
  draft.joined.insert(alert.id);
  draft.told.insert(alert.id);
  note(draft, TimelineKind::opened, alert.first_event, model::one_line(alert));
  if (alert.status == AlertStatus::closed && !alert.momentary)
    note(draft, TimelineKind::alert_closed, alert.last_event, model::one_line(alert));
}

void Batch::join(Draft& draft, const Alert& alert) {
  draft.incident.alerts.push_back(alert);
  draft.joined.insert(alert.id);
  draft.told.insert(alert.id);
  remember(draft, alert);
  note(draft, TimelineKind::alert_added, alert.first_event, model::one_line(alert));
  if (alert.status == AlertStatus::closed && !alert.momentary)
    note(draft, TimelineKind::alert_closed, alert.last_event, model::one_line(alert));
  refresh(draft);
}

Result<void> Batch::apply(Draft& draft, Alert& known, const Alert& alert) {
  if (!is_news(known, alert)) {
    ++counts_.repeats;
    return {};
  }
  const base::Timestamp created = known.created;  // a replay makes it again, later
  known = alert;
  known.created = created;
  if (alert.status == AlertStatus::open) {
    note(draft, TimelineKind::alert_updated, alert.last_event, model::one_line(alert));
    if (draft.incident.status == IncidentStatus::closed)
      go_on_after_closing(draft, alert);
    else
      draft.told.insert(alert.id);
  } else {
    const bool withdrawn = alert.status == AlertStatus::withdrawn;
    note(draft, withdrawn ? TimelineKind::alert_withdrawn : TimelineKind::alert_closed,
         alert.last_event, model::one_line(alert));
    draft.told.insert(alert.id);
    if (withdrawn && draft.incident.status != IncidentStatus::closed)
      VEDETTE_TRY_VOID(settle_withdrawal(draft, alert));
  }
  refresh(draft);
  return {};
}

// Somebody said that it is over and it is not: back to New, so that somebody looks again. Whoever
// said that it is no attack is not asked again.
void Batch::go_on_after_closing(Draft& draft, const Alert& alert) {
  Incident& incident = draft.incident;
  const bool attack = incident.classification == Classification::true_positive ||
                      incident.classification == Classification::undetermined;
  if (!attack || incident.merged_into != 0 || alert.last_event <= incident.closed) return;
  incident.reopen(now_, IncidentStatus::new_incident);
  note(draft, TimelineKind::status_changed, alert.last_event,
       "reopened: it went on after it was closed");
  draft.told.insert(alert.id);
}

Result<void> Batch::settle_withdrawal(Draft& draft, const Alert& alert) {
  if (has_living_alert(draft.incident)) return {};
  Draft* survivor = VEDETTE_TRY(survivor_of(alert));
  if (survivor == nullptr || survivor == &draft) {
    std::string why = "withdrawn";
    for (const auto& reason : alert.reasons) why += ": " + reason;
    close(draft, Classification::false_positive, why);
    return {};
  }
  Incident &newer = draft.incident, &older = survivor->incident;
  newer.merged_into = older.number;
  // Both may be of this batch and have no number yet; then the alerts' ids say it.
  const std::string goes_on = older.number == 0
                                  ? "the incident of alert " + model::format_id(older.identity)
                                  : fmt::format("incident {}", older.number);
  const std::string ended = newer.number == 0
                                ? "the incident of alert " + model::format_id(newer.identity)
                                : fmt::format("incident {}", newer.number);
  note(draft, TimelineKind::merged, {}, "the same attack as " + goes_on + ", which goes on");
  note(*survivor, TimelineKind::merged, {}, ended + " is the same attack and was merged into this");
  close(draft, Classification::undetermined, "merged into " + goes_on);
  return {};
}

// The incident that goes on in place of a withdrawn alert's; null when there is none.
Result<Batch::Draft*> Batch::survivor_of(const Alert& withdrawn) {
  if (withdrawn.merged_into == 0) return nullptr;
  Draft* survivor = VEDETTE_TRY(holder_of(withdrawn.merged_into));
  for (int i = 0; survivor != nullptr && survivor->incident.merged_into != 0; ++i) {
    auto next = VEDETTE_TRY(store_.find(survivor->incident.merged_into));
    if (!next || i == merges_followed_max) break;
    survivor = &load(*std::move(next));
  }
  return survivor;
}

void Batch::close(Draft& draft, Classification classification, const std::string& comment) {
  draft.incident.status = IncidentStatus::closed;
  draft.incident.classification = classification;
  draft.incident.closing_comment = comment;
  draft.incident.closed = now_;
  note(draft, TimelineKind::status_changed, {}, "closed: " + comment);
}

// What an incident has from its alerts.
void Batch::refresh(Draft& draft) {
  Incident& incident = draft.incident;
  const Alert all = model::combine(incident.alerts);
  incident.title = all.title;
  incident.first_event = all.first_event;
  incident.last_event = all.last_event;
  if (incident.severity_set_by_person || incident.severity == all.severity) return;
  note(draft, TimelineKind::severity_changed, all.last_event,
       fmt::format("{}, was {}", model::name_of(all.severity), model::name_of(incident.severity)));
  incident.severity = all.severity;
}

// --- the commit ----------------------------------------------------------------------------------

ports::IncidentCommit Batch::commit() const {
  ports::IncidentCommit commit;
  for (const Draft& draft : drafts_) {
    if (!draft.changed) continue;
    const std::size_t index = commit.incidents.size();
    commit.incidents.push_back(draft.incident);
    for (const auto& entry : draft.entries) commit.timeline.push_back({index, entry});
    append_messages(draft, index, commit);
  }
  return commit;
}

void Batch::append_messages(const Draft& draft, std::size_t index,
                            ports::IncidentCommit& commit) const {
  const auto& alerts = draft.incident.alerts;
  for (std::size_t at = 0; at < alerts.size();) {
    const Part part = part_of(alerts, at);
    at = part.end;
    const std::span members(alerts.begin() + static_cast<std::ptrdiff_t>(part.begin),
                            part.end - part.begin);
    const bool touched = std::ranges::any_of(
        members, [&](const Alert& alert) { return draft.told.contains(alert.id); });
    if (!touched) continue;
    const Alert all = model::combine(members);
    const bool happened = std::ranges::any_of(members, [&](const Alert& alert) {
      return alert.momentary && draft.joined.contains(alert.id);
    });
    const auto change = change_of(all, draft.joined.contains(all.id), happened);
    if (!change) continue;
    if (all.severity == model::Severity::informational &&
        settings_.only_recorded.contains(all.rule))
      continue;
    for (const auto& channel : settings_.channels) {
      const auto least = settings_.least_severity.find(channel);
      if (least != settings_.least_severity.end() && all.severity < least->second) continue;
      ports::OutboxMessage message;
      message.key = message_key(draft.incident, all.id, channel, *change);
      message.channel = channel;
      message.change = *change;
      message.alert = all;
      message.created = now_;
      commit.messages.push_back({index, std::move(message)});
    }
  }
}

}  // namespace vedette::incident
