#include "incident/actions.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/text.h"

namespace vedette::incident {
namespace {

using base::ErrorCode;
using base::Result;
using model::Incident;
using model::IncidentStatus;
using model::TimelineKind;
namespace limits = base::limits;

// Somebody else changed the incident between our reading and our commit this often: give up.
constexpr int attempts_max = 8;

std::unexpected<base::Error> wrong(const Incident& incident, const std::string& what) {
  return base::failure(ErrorCode::invalid_argument,
                       fmt::format("incident {} {}", incident.number, what));
}

Result<void> check_name(const std::string& name, std::string_view what) {
  if (base::trim(name).empty())
    return base::failure(ErrorCode::invalid_argument, fmt::format("{} needs a name", what));
  if (name.size() > limits::person_bytes_max)
    return base::failure(
        ErrorCode::invalid_argument,
        fmt::format("{} has a name longer than {} bytes", what, limits::person_bytes_max));
  if (base::equals_ignoring_case(name, own_name))
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("'{}' is the program itself: name a person", name));
  return {};
}

Result<void> check_text(const std::string& text) {
  if (text.size() <= limits::comment_bytes_max) return {};
  return base::failure(ErrorCode::limit_exceeded,
                       fmt::format("a comment holds {} bytes at most; this one has {}",
                                   limits::comment_bytes_max, text.size()));
}

// The incident, touched by that person.
Result<Changed> begin(const Incident& incident, const Person& person) {
  VEDETTE_TRY_VOID(check_name(person.name, "who does this"));
  Changed changed{incident, {}};
  changed.incident.updated = person.now;
  if (!incident.is_attended()) changed.incident.acknowledged = person.now;
  return changed;
}

void note(Changed& changed, const Person& person, TimelineKind kind, std::string text) {
  changed.entries.push_back(
      {changed.incident.number, kind, person.now, {}, person.name, std::move(text)});
}

}  // namespace

Result<Changed> acknowledge(const Incident& incident, const Person& person) {
  const bool is_active = incident.status == IncidentStatus::active;
  if (is_active && incident.is_attended()) return wrong(incident, "is acknowledged already");
  if (incident.status == IncidentStatus::closed) return wrong(incident, "is closed");
  Changed changed = VEDETTE_TRY(begin(incident, person));
  changed.incident.status = IncidentStatus::active;
  note(changed, person, TimelineKind::status_changed,
       is_active ? "acknowledged" : "acknowledged: New, now Active");
  return changed;
}

Result<Changed> assign(const Incident& incident, const Person& person, const std::string& owner) {
  if (incident.status == IncidentStatus::closed)
    return wrong(incident, "is closed: reopen it before you give it to somebody");
  if (owner == incident.owner)
    return wrong(incident, owner.empty() ? "is nobody's already" : "is " + owner + "'s already");
  if (!owner.empty()) VEDETTE_TRY_VOID(check_name(owner, "the owner"));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  changed.incident.owner = owner;
  note(changed, person, TimelineKind::assigned,
       owner.empty() ? "nobody's any more" : "assigned to " + owner);
  return changed;
}

Result<Changed> comment(const Incident& incident, const Person& person, const std::string& text) {
  if (base::trim(text).empty())
    return base::failure(ErrorCode::invalid_argument, "the comment is empty");
  VEDETTE_TRY_VOID(check_text(text));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  note(changed, person, TimelineKind::commented, text);
  return changed;
}

Result<Changed> add_task(const Incident& incident, const Person& person, const std::string& text) {
  const std::string_view trimmed = base::trim(text);
  if (trimmed.empty()) return base::failure(ErrorCode::invalid_argument, "the task is empty");
  if (trimmed.size() > model::task_bytes_max)
    return base::failure(ErrorCode::limit_exceeded,
                         fmt::format("a task holds {} bytes at most; this one has {}",
                                     model::task_bytes_max, trimmed.size()));
  if (incident.tasks.size() >= model::incident_tasks_max)
    return wrong(incident, fmt::format("has {} tasks: more are not kept", incident.tasks.size()));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  changed.incident.tasks.push_back({std::string(trimmed), person.name, {}, person.now, {}});
  note(changed, person, TimelineKind::task_added,
       fmt::format("{}: {}", changed.incident.tasks.size(), trimmed));
  return changed;
}

Result<Changed> finish_task(const Incident& incident, const Person& person, std::uint64_t number) {
  if (number == 0 || number > incident.tasks.size())
    return wrong(incident, fmt::format("has no task {}", number));
  const model::IncidentTask& known = incident.tasks[number - 1];
  if (known.done.is_set())
    return wrong(incident, fmt::format("had task {} done by {} already", number, known.done_by));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  model::IncidentTask& task = changed.incident.tasks[number - 1];
  task.done_by = person.name;
  task.done = person.now;
  note(changed, person, TimelineKind::task_done, fmt::format("{}: {}", number, task.text));
  return changed;
}

Result<Changed> set_severity(const Incident& incident, const Person& person,
                             model::Severity severity) {
  if (incident.status == IncidentStatus::closed)
    return wrong(incident, "is closed: reopen it before you change its severity");
  if (incident.severity == severity && incident.severity_set_by_person)
    return wrong(incident, fmt::format("is {} already", model::name_of(severity)));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  note(changed, person, TimelineKind::severity_changed,
       fmt::format("{}, was {}", model::name_of(severity), model::name_of(incident.severity)));
  changed.incident.severity = severity;
  changed.incident.severity_set_by_person = true;
  return changed;
}

Result<Changed> close(const Incident& incident, const Person& person,
                      model::Classification classification, const std::string& comment) {
  if (incident.status == IncidentStatus::closed) return wrong(incident, "is closed already");
  if (classification == model::Classification::none)
    return wrong(incident, "is closed with a classification, or not at all");
  VEDETTE_TRY_VOID(check_text(comment));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  changed.incident.status = IncidentStatus::closed;
  changed.incident.classification = classification;
  changed.incident.closing_comment = comment;
  changed.incident.closed = person.now;
  note(changed, person, TimelineKind::status_changed,
       fmt::format("closed as {}{}{}", model::name_of(classification), comment.empty() ? "" : ": ",
                   comment));
  return changed;
}

Result<Changed> reopen(const Incident& incident, const Person& person) {
  if (incident.status != IncidentStatus::closed) return wrong(incident, "is not closed");
  if (incident.merged_into != 0)
    return wrong(incident, fmt::format("goes on as incident {}: look there", incident.merged_into));
  Changed changed = VEDETTE_TRY(begin(incident, person));
  changed.incident.reopen(person.now, IncidentStatus::active);
  note(changed, person, TimelineKind::status_changed, "reopened");
  return changed;
}

Result<Incident> act(ports::IncidentStore& store, std::uint64_t number, const Action& action) {
  for (int attempt = 1;; ++attempt) {
    const auto found = VEDETTE_TRY(store.find(number));
    if (!found)
      return base::failure(ErrorCode::not_found, fmt::format("there is no incident {}", number));
    Changed changed = VEDETTE_TRY(action(*found));
    ports::IncidentCommit commit;
    commit.incidents = {changed.incident};
    for (auto& entry : changed.entries) commit.timeline.push_back({0, std::move(entry)});
    const auto done = store.commit(commit);
    if (done) {
      ++changed.incident.revision;
      return std::move(changed.incident);
    }
    if (done.error().code != ErrorCode::unavailable || attempt == attempts_max)
      return std::unexpected(done.error());
  }
}

}  // namespace vedette::incident
