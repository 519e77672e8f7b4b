#include "model/incident.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::model {
namespace {

namespace limits = base::limits;

// Alerts whose reasons are told one by one when several are told as one.
constexpr std::size_t told_alerts_max = 8;

template <typename Enum>
std::optional<Enum> find_named(std::string_view name, Enum first, Enum last) {
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i)
    if (base::equals_ignoring_case(name_of(static_cast<Enum>(i)), name))
      return static_cast<Enum>(i);
  return std::nullopt;
}

template <typename T>
void unite(std::vector<T>& all, const std::vector<T>& more, std::size_t count_max) {
  for (const T& value : more)
    if (all.size() < count_max && std::ranges::find(all, value) == all.end()) all.push_back(value);
}

std::vector<std::string> lines_of(const std::vector<const Alert*>& alerts) {
  if (alerts.size() == 1) return alerts[0]->reasons;
  std::vector<std::string> lines = {one_line(*alerts[0])};
  const std::size_t shown = std::min(alerts.size(), told_alerts_max);
  const std::size_t left_out = alerts.size() - shown;
  if (left_out > 0)
    lines.push_back(fmt::format("{} more {}", left_out, left_out == 1 ? "alert" : "alerts"));
  for (std::size_t i = 1 + left_out; i < alerts.size(); ++i) lines.push_back(one_line(*alerts[i]));
  return lines;
}

void append_time(base::JsonWriter& writer, std::string_view name, base::Timestamp time) {
  writer.key(name);
  if (time.is_set())
    writer.plain_string(base::format_iso(time));
  else
    writer.null();
}

void append_text_or_null(base::JsonWriter& writer, std::string_view name, std::string_view text) {
  writer.key(name);
  if (text.empty())
    writer.null();
  else
    writer.string(text);
}

void append_entry(base::JsonWriter& writer, const TimelineEntry& entry) {
  writer.begin_object().member("kind", name_of(entry.kind));
  append_time(writer, "at", entry.at);
  append_time(writer, "event", entry.event);
  writer.member("actor", entry.actor).member("text", entry.text).end_object();
}

void append_origin(base::JsonWriter& writer, const Incident& incident) {
  writer.key("origin");
  if (!incident.origin) {
    writer.null();
    return;
  }
  const IncidentOrigin& origin = *incident.origin;
  writer.begin_object().member("provider", origin.provider).member("id", origin.id);
  writer.member("number", origin.number).member("url", origin.url);
  append_time(writer, "created", origin.created);
  writer.member("status", origin.status).member("owner", origin.owner);
  for (const auto& [name, texts] :
       {std::pair{"labels", &origin.labels}, std::pair{"products", &origin.products},
        std::pair{"tactics", &origin.tactics}}) {
    writer.key(name).begin_array();
    for (const auto& text : *texts) writer.string(text);
    writer.end_array();
  }
  writer.key("entities").begin_array();
  for (const auto& [kind, value] : origin.entities)
    writer.begin_object().member("type", kind).member("value", value).end_object();
  writer.end_array().end_object();
}

void append_tasks(base::JsonWriter& writer, const std::vector<IncidentTask>& tasks) {
  writer.key("tasks").begin_array();
  for (std::size_t place = 0; place < tasks.size(); ++place) {
    const IncidentTask& task = tasks[place];
    writer.begin_object().key("number").number(static_cast<std::uint64_t>(place + 1));
    writer.member("text", task.text).member("added_by", task.added_by);
    append_time(writer, "added", task.added);
    append_text_or_null(writer, "done_by", task.done_by);
    append_time(writer, "done", task.done);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

std::string one_line(const Alert& alert) {
  std::string line = alert.title;
  for (std::size_t i = 0; i < alert.reasons.size(); ++i)
    line += (i == 0 ? ": " : ", ") + alert.reasons[i];
  return line;
}

Alert combine(std::span<const Alert> alerts) {
  assert(!alerts.empty());
  std::vector<const Alert*> living;
  for (const Alert& alert : alerts)
    if (alert.status != AlertStatus::withdrawn) living.push_back(&alert);
  if (living.empty())
    for (const Alert& alert : alerts) living.push_back(&alert);
  const Alert& leading = **std::ranges::max_element(living, {}, [](const Alert* alert) {
    return alert->severity;  // the first of the highest
  });
  Alert all = leading;
  all.id = alerts.front().id;
  all.reasons = lines_of(living);
  all.event_count = 0;
  all.created = alerts.front().created;
  for (const Alert* alert : living) {
    all.event_count += alert->event_count;
    all.first_event = std::min(all.first_event, alert->first_event);
    all.last_event = std::max(all.last_event, alert->last_event);
    all.updated = std::max(all.updated, alert->updated);
    all.closed = std::max(all.closed, alert->closed);
    if (alert->status == AlertStatus::open) all.status = AlertStatus::open;
    all.momentary = all.momentary && alert->momentary;
    unite(all.entities, alert->entities, limits::alert_entities_max);
    unite(all.event_ids, alert->event_ids, limits::alert_event_ids_max);
    unite(all.techniques, alert->techniques, limits::alert_texts_max);
  }
  if (all.status == AlertStatus::open) all.closed = {};
  return all;
}

void append_json(base::JsonWriter& writer, const Incident& incident,
                 const std::vector<TimelineEntry>* timeline) {
  Alert all = incident.alerts.empty() ? Alert() : combine(incident.alerts);
  all.id = incident.identity;
  all.title = incident.title;
  all.severity = incident.severity;
  all.first_event = incident.first_event;
  all.last_event = incident.last_event;
  all.created = incident.created;
  all.updated = incident.updated;
  all.closed = incident.closed;
  writer.begin_object().key("number").number(incident.number);
  append_members(writer, all, name_of(incident.status));
  append_text_or_null(writer, "owner", incident.owner);
  append_time(writer, "acknowledged", incident.acknowledged);
  append_text_or_null(writer, "classification", name_of(incident.classification));
  append_text_or_null(writer, "closing_comment", incident.closing_comment);
  writer.key("merged_into");
  if (incident.merged_into == 0)
    writer.null();
  else
    writer.number(incident.merged_into);
  append_origin(writer, incident);
  append_tasks(writer, incident.tasks);
  writer.key("alerts").begin_array();
  for (const Alert& alert : incident.alerts) append_json(writer, alert, nullptr);
  writer.end_array();
  if (timeline != nullptr) {
    writer.key("timeline").begin_array();
    for (const TimelineEntry& entry : *timeline) append_entry(writer, entry);
    writer.end_array();
  }
  writer.end_object();
}

std::optional<IncidentStatus> incident_status_named(std::string_view name) {
  return find_named(name, IncidentStatus::new_incident, IncidentStatus::closed);
}

std::optional<Classification> classification_named(std::string_view name) {
  return find_named(name, Classification::undetermined, Classification::false_positive);
}

void Incident::reopen(base::Timestamp now, IncidentStatus as) {
  status = as;
  classification = Classification::none;
  closing_comment.clear();
  closed = acknowledged = {};
  reopened = now;
  merged_into = 0;
}

std::string_view name_of(IncidentStatus status) {
  switch (status) {
    case IncidentStatus::new_incident:
      return "New";
    case IncidentStatus::active:
      return "Active";
    case IncidentStatus::closed:
      return "Closed";
  }
  return "";
}

std::string_view name_of(Classification classification) {
  switch (classification) {
    case Classification::none:
      return "";
    case Classification::undetermined:
      return "Undetermined";
    case Classification::true_positive:
      return "TruePositive";
    case Classification::benign_positive:
      return "BenignPositive";
    case Classification::false_positive:
      return "FalsePositive";
  }
  return "";
}

std::string_view name_of(TimelineKind kind) {
  switch (kind) {
    case TimelineKind::opened:
      return "opened";
    case TimelineKind::alert_added:
      return "alert_added";
    case TimelineKind::alert_updated:
      return "alert_updated";
    case TimelineKind::alert_closed:
      return "alert_closed";
    case TimelineKind::alert_withdrawn:
      return "alert_withdrawn";
    case TimelineKind::merged:
      return "merged";
    case TimelineKind::status_changed:
      return "status_changed";
    case TimelineKind::severity_changed:
      return "severity_changed";
    case TimelineKind::assigned:
      return "assigned";
    case TimelineKind::commented:
      return "commented";
    case TimelineKind::message_sent:
      return "message_sent";
    case TimelineKind::message_failed:
      return "message_failed";
    case TimelineKind::changed_elsewhere:
      return "changed_elsewhere";
    case TimelineKind::task_added:
      return "task_added";
    case TimelineKind::task_done:
      return "task_done";
    case TimelineKind::policy:
      return "policy";
  }
  return "";
}

}  // namespace vedette::model
