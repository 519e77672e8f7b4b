#include "store/sqlite/sqlite_incidents.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "model/alert_record.h"
#include "store/sqlite/column_values.h"
#include "store/sqlite/incident_rows.h"
#include "store/sqlite/state_schema.h"

namespace vedette::store::sqlite {
namespace {

using base::ErrorCode;
using base::Result;
using model::Alert;
using model::Incident;
using model::TimelineEntry;
using ports::OutboxMessage;

std::unexpected<base::Error> no_such_incident(std::uint64_t number) {
  return base::failure(ErrorCode::not_found, "there is no incident " + std::to_string(number));
}

std::unexpected<base::Error> changed_meanwhile() {
  return base::failure(ErrorCode::unavailable,
                       "the incident was changed by somebody else meanwhile");
}

void bind_incident(Statement& statement, const Incident& incident) {
  statement.bind_unsigned(2, incident.identity)
      .bind_unsigned(3, incident.revision + 1)
      .bind(4, incident.title)
      .bind(5, value_of(incident.severity))
      .bind(6, std::int64_t{incident.severity_set_by_person})
      .bind(7, value_of(incident.status))
      .bind(8, value_of(incident.classification))
      .bind(9, incident.closing_comment)
      .bind(10, incident.owner)
      .bind_unsigned(11, incident.merged_into)
      .bind(12, incident.first_event.ticks)
      .bind(13, incident.last_event.ticks)
      .bind(14, incident.created.ticks)
      .bind(15, incident.updated.ticks)
      .bind(16, incident.acknowledged.ticks)
      .bind(17, incident.closed.ticks)
      .bind(18, incident.reopened.ticks)
      .bind(19, incident.origin ? model::write_origin(*incident.origin) : std::string())
      .bind(20, model::write_tasks(incident.tasks));
}

Result<Incident> incident_of(const Statement& row) {
  Incident incident;
  incident.number = row.unsigned_integer(0);
  incident.identity = row.unsigned_integer(1);
  incident.revision = row.unsigned_integer(2);
  incident.title = row.text(3);
  incident.severity = VEDETTE_TRY(enum_at(row, 4, model::Severity::high));
  incident.severity_set_by_person = row.integer(5) != 0;
  incident.status = VEDETTE_TRY(enum_at(row, 6, model::IncidentStatus::closed));
  incident.classification = VEDETTE_TRY(enum_at(row, 7, model::Classification::false_positive));
  incident.closing_comment = row.text(8);
  incident.owner = row.text(9);
  incident.merged_into = row.unsigned_integer(10);
  incident.first_event = time_at(row, 11);
  incident.last_event = time_at(row, 12);
  incident.created = time_at(row, 13);
  incident.updated = time_at(row, 14);
  incident.acknowledged = time_at(row, 15);
  incident.closed = time_at(row, 16);
  incident.reopened = time_at(row, 17);
  if (const auto origin = row.text(18); !origin.empty())
    incident.origin = VEDETTE_TRY(model::read_origin(origin));
  incident.tasks = VEDETTE_TRY(model::read_tasks(row.text(19)));
  return incident;
}

}  // namespace

Result<std::unique_ptr<SqliteIncidents>> SqliteIncidents::open(const std::string& path,
                                                               bool read_only) {
  return std::make_unique<SqliteIncidents>(VEDETTE_TRY(open_state(path, read_only)));
}

// --- writing -------------------------------------------------------------------------------------

Result<std::vector<std::uint64_t>> SqliteIncidents::commit(const ports::IncidentCommit& change) {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> numbers;
  const auto number_of = [&](std::uint64_t named, std::size_t index) -> Result<std::uint64_t> {
    if (named == 0 && index >= numbers.size())
      return base::failure(ErrorCode::invalid_argument, "an entry belongs to no incident");
    if (named == 0) return numbers[index];
    VEDETTE_TRY_VOID(check_incident(*database_, named));
    return named;
  };
  const auto all = [&]() -> Result<void> {
    numbers.clear();
    for (const Incident& incident : change.incidents)
      numbers.push_back(VEDETTE_TRY(put_incident(incident)));
    for (const auto& [index, entry] : change.timeline) {
      TimelineEntry kept = entry;
      kept.incident = VEDETTE_TRY(number_of(entry.incident, index));
      VEDETTE_TRY_VOID(put_entry(*database_, kept));
    }
    for (const auto& [index, message] : change.messages) {
      OutboxMessage kept = message;
      kept.incident = VEDETTE_TRY(number_of(message.incident, index));
      VEDETTE_TRY_VOID(put_message(*database_, kept));
    }
    return put_progress(change);
  };
  VEDETTE_TRY_VOID(database_->transaction(all));
  return numbers;
}

Result<void> check_incident(Database& database, std::uint64_t number) {
  auto row = VEDETTE_TRY(database.prepare("SELECT 1 FROM incident WHERE number = ?1"));
  row.bind_unsigned(1, number);
  if (VEDETTE_TRY(row.step())) return {};
  return no_such_incident(number);
}

// The incident's number, 0 when it is to get one.
Result<std::uint64_t> SqliteIncidents::check_revision(const Incident& incident) {
  if (incident.number == 0) {
    auto row = VEDETTE_TRY(database_->prepare("SELECT 1 FROM incident WHERE identity = ?1"));
    row.bind_unsigned(1, incident.identity);
    if (VEDETTE_TRY(row.step())) return changed_meanwhile();
    return 0;
  }
  auto row = VEDETTE_TRY(database_->prepare("SELECT revision FROM incident WHERE number = ?1"));
  row.bind_unsigned(1, incident.number);
  if (!VEDETTE_TRY(row.step())) return no_such_incident(incident.number);
  if (row.unsigned_integer(0) != incident.revision) return changed_meanwhile();
  return incident.number;
}

Result<std::uint64_t> SqliteIncidents::put_incident(const Incident& incident) {
  std::uint64_t number = VEDETTE_TRY(check_revision(incident));
  if (number == 0) {
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT INTO incident(identity, revision, title, severity, severity_set_by_person, status,"
        " classification, closing_comment, owner, merged_into, first_event, last_event, created,"
        " updated, acknowledged, closed, reopened, origin, tasks) VALUES (?2, 1, ?4, ?5, ?6, ?7,"
        " ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"));
    bind_incident(row, incident);
    VEDETTE_TRY_VOID(row.run());
    number = static_cast<std::uint64_t>(database_->last_insert_id());
  } else {
    auto row = VEDETTE_TRY(database_->prepare(
        "UPDATE incident SET identity = ?2, revision = ?3, title = ?4, severity = ?5,"
        " severity_set_by_person = ?6, status = ?7, classification = ?8, closing_comment = ?9,"
        " owner = ?10, merged_into = ?11, first_event = ?12, last_event = ?13, created = ?14,"
        " updated = ?15, acknowledged = ?16, closed = ?17, reopened = ?18, origin = ?19,"
        " tasks = ?20 WHERE number = ?1"));
    row.bind_unsigned(1, number);
    bind_incident(row, incident);
    VEDETTE_TRY_VOID(row.run());
  }
  VEDETTE_TRY_VOID(put_alerts(number, incident.alerts));
  return number;
}

Result<void> SqliteIncidents::put_alerts(std::uint64_t number, const std::vector<Alert>& alerts) {
  std::set<std::uint64_t> gone;
  {
    auto rows =
        VEDETTE_TRY(database_->prepare("SELECT alert FROM incident_alert WHERE incident = ?1"));
    rows.bind_unsigned(1, number);
    while (VEDETTE_TRY(rows.step())) gone.insert(rows.unsigned_integer(0));
  }
  for (std::size_t place = 0; place < alerts.size(); ++place) {
    const Alert& alert = alerts[place];
    gone.erase(alert.id);
    const model::Entity grouping = alert.entities.empty() ? model::Entity() : alert.entities[0];
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT INTO incident_alert(alert, incident, place, grouping_type, grouping_value,"
        " withdrawn, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT(alert) DO UPDATE SET incident = ?2, place = ?3, grouping_type = ?4,"
        " grouping_value = ?5, withdrawn = ?6, body = ?7"
        " WHERE body <> ?7 OR place <> ?3 OR incident <> ?2"));
    row.bind_unsigned(1, alert.id)
        .bind_unsigned(2, number)
        .bind(3, integer(place))
        .bind(4, value_of(grouping.type))
        .bind_bytes(5, grouping.value)
        .bind(6, std::int64_t{alert.status == model::AlertStatus::withdrawn})
        .bind(7, model::write_alert(alert));
    VEDETTE_TRY_VOID(row.run());
  }
  for (const std::uint64_t id : gone) {
    auto row = VEDETTE_TRY(database_->prepare("DELETE FROM incident_alert WHERE alert = ?1"));
    row.bind_unsigned(1, id);
    VEDETTE_TRY_VOID(row.run());
  }
  return {};
}

Result<void> put_entry(Database& database, const TimelineEntry& entry) {
  auto row =
      VEDETTE_TRY(database.prepare("INSERT INTO timeline(incident, kind, at, event, actor, text)"
                                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  row.bind_unsigned(1, entry.incident)
      .bind(2, value_of(entry.kind))
      .bind(3, entry.at.ticks)
      .bind(4, entry.event.ticks)
      .bind(5, entry.actor)
      .bind(6, entry.text);
  return row.run();
}

Result<void> SqliteIncidents::put_progress(const ports::IncidentCommit& change) {
  if (change.detector_checkpoint && !change.watermark)
    return base::failure(ErrorCode::invalid_argument, "a checkpoint needs a watermark");
  if (!change.watermark) return {};
  // Positions count from 1 by one, so they compare as signed numbers.
  auto row =
      VEDETTE_TRY(database_->prepare("UPDATE detection SET watermark = ?1 WHERE watermark < ?1"));
  row.bind_unsigned(1, *change.watermark);
  VEDETTE_TRY_VOID(row.run());
  if (!change.detector_checkpoint) return {};
  auto checkpoint = VEDETTE_TRY(
      database_->prepare("UPDATE detection SET checkpoint_position = ?1, checkpoint = ?2"
                         " WHERE checkpoint_position IS NULL OR checkpoint_position <= ?1"));
  checkpoint.bind_unsigned(1, *change.watermark).bind_bytes(2, *change.detector_checkpoint);
  return checkpoint.run();
}

// Settled messages of open incidents stay: later ones edit them, by the name they have there.
Result<ports::ForgottenIncidents> SqliteIncidents::forget(
    const ports::IncidentRetention& retention) {
  const std::lock_guard lock(mutex_);
  ports::ForgottenIncidents forgotten;
  const auto all = [&]() -> Result<void> {
    std::vector<std::uint64_t> numbers;
    {
      auto rows = VEDETTE_TRY(database_->prepare(
          "SELECT number FROM incident i WHERE status = 2 AND closed < ?1 AND NOT EXISTS"
          " (SELECT 1 FROM outbox WHERE incident = i.number AND state = 0) ORDER BY number"
          " LIMIT ?2"));
      rows.bind(1, retention.closed_before.ticks).bind(2, integer(retention.limit));
      while (VEDETTE_TRY(rows.step())) numbers.push_back(rows.unsigned_integer(0));
    }
    for (const std::uint64_t number : numbers) VEDETTE_TRY_VOID(forget_incident(number));
    forgotten.incidents = numbers.size();
    auto messages = VEDETTE_TRY(database_->prepare(
        "DELETE FROM outbox WHERE id IN (SELECT o.id FROM outbox o JOIN incident i ON"
        " i.number = o.incident WHERE o.state <> 0 AND o.settled < ?1 AND i.status = 2"
        " ORDER BY o.id LIMIT ?2)"));
    messages.bind(1, retention.settled_before.ticks).bind(2, integer(retention.limit));
    VEDETTE_TRY_VOID(messages.run());
    forgotten.messages = static_cast<std::uint64_t>(database_->changes());
    return {};
  };
  VEDETTE_TRY_VOID(database_->transaction(all));
  return forgotten;
}

Result<void> SqliteIncidents::forget_incident(std::uint64_t number) {
  for (const std::string_view sql :
       {"DELETE FROM outbox WHERE incident = ?1", "DELETE FROM policy_case WHERE incident = ?1",
        "DELETE FROM timeline WHERE incident = ?1",
        "DELETE FROM incident_alert WHERE incident = ?1",
        "DELETE FROM incident WHERE number = ?1"}) {
    auto row = VEDETTE_TRY(database_->prepare(sql));
    row.bind_unsigned(1, number);
    VEDETTE_TRY_VOID(row.run());
  }
  return {};
}

// --- reading -------------------------------------------------------------------------------------

Result<std::optional<Incident>> SqliteIncidents::find(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  return read_incident(number);
}

Result<std::optional<Incident>> SqliteIncidents::find_by_alert(std::uint64_t alert_id) {
  const std::lock_guard lock(mutex_);
  std::uint64_t number = 0;
  {
    auto row =
        VEDETTE_TRY(database_->prepare("SELECT incident FROM incident_alert WHERE alert = ?1"));
    row.bind_unsigned(1, alert_id);
    if (!VEDETTE_TRY(row.step())) return std::nullopt;
    number = row.unsigned_integer(0);
  }
  return read_incident(number);
}

Result<std::vector<Incident>> SqliteIncidents::find_open(const model::Entity& grouping) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT DISTINCT i.number FROM incident_alert a JOIN incident i ON i.number = a.incident"
      " WHERE a.grouping_value = ?1 AND a.grouping_type = ?2 AND a.withdrawn = 0"
      " AND i.status <> 2 ORDER BY i.number LIMIT ?3"));
  rows.bind_bytes(1, grouping.value)
      .bind(2, value_of(grouping.type))
      .bind(3, integer(base::limits::open_incidents_compared_max));
  return read_incidents(rows);
}

Result<std::vector<Incident>> SqliteIncidents::list(const ports::IncidentFilter& filter) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT number FROM incident WHERE (?1 IS NULL OR status = ?1) AND (?2 = 0 OR status <> 2)"
      " AND (?3 IS NULL OR severity >= ?3) AND (?4 = '' OR owner = ?4)"
      " AND (?5 = 0 OR number < ?5) AND updated >= ?7 ORDER BY number DESC LIMIT ?6"));
  if (filter.status)
    rows.bind(1, value_of(*filter.status));
  else
    rows.bind_null(1);
  rows.bind(2, std::int64_t{filter.open_only});
  if (filter.least_severity)
    rows.bind(3, value_of(*filter.least_severity));
  else
    rows.bind_null(3);
  rows.bind(4, filter.owner).bind_unsigned(5, filter.before_number).bind(6, integer(filter.limit));
  rows.bind(7, filter.updated_since.ticks);
  return read_incidents(rows);
}

Result<std::vector<Incident>> SqliteIncidents::read_incidents(Statement& numbers) {
  std::vector<Incident> found;
  while (VEDETTE_TRY(numbers.step())) {
    auto incident = VEDETTE_TRY(read_incident(numbers.unsigned_integer(0)));
    if (incident) found.push_back(*std::move(incident));
  }
  return found;
}

Result<std::optional<Incident>> SqliteIncidents::read_incident(std::uint64_t number) {
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT number, identity, revision, title, severity, severity_set_by_person, status,"
      " classification, closing_comment, owner, merged_into, first_event, last_event, created,"
      " updated, acknowledged, closed, reopened, origin, tasks FROM incident WHERE number = ?1"));
  row.bind_unsigned(1, number);
  if (!VEDETTE_TRY(row.step())) return std::nullopt;
  Incident incident = VEDETTE_TRY(incident_of(row));
  incident.alerts = VEDETTE_TRY(read_alerts(number));
  return incident;
}

Result<std::vector<Alert>> SqliteIncidents::read_alerts(std::uint64_t number) {
  auto rows = VEDETTE_TRY(
      database_->prepare("SELECT body FROM incident_alert WHERE incident = ?1 ORDER BY place"));
  rows.bind_unsigned(1, number);
  std::vector<Alert> alerts;
  while (VEDETTE_TRY(rows.step())) alerts.push_back(VEDETTE_TRY(model::read_alert(rows.text(0))));
  return alerts;
}

Result<std::vector<TimelineEntry>> SqliteIncidents::timeline(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(
      database_->prepare("SELECT kind, at, event, actor, text FROM timeline WHERE incident = ?1"
                         " ORDER BY id DESC LIMIT ?2"));
  rows.bind_unsigned(1, number).bind(2, integer(base::limits::timeline_entries_max));
  std::vector<TimelineEntry> found;
  while (VEDETTE_TRY(rows.step())) {
    TimelineEntry& entry = found.emplace_back();
    entry.incident = number;
    entry.kind = VEDETTE_TRY(enum_at(rows, 0, model::TimelineKind::task_done));
    entry.at = time_at(rows, 1);
    entry.event = time_at(rows, 2);
    entry.actor = rows.text(3);
    entry.text = rows.text(4);
  }
  std::ranges::reverse(found);
  return found;
}

Result<std::uint64_t> SqliteIncidents::watermark() {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare("SELECT watermark FROM detection"));
  if (!VEDETTE_TRY(row.step()))
    return base::failure(ErrorCode::malformed, "the state database has lost its watermark");
  return row.unsigned_integer(0);
}

Result<std::optional<ports::Checkpoint>> SqliteIncidents::detector_checkpoint() {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT checkpoint_position, checkpoint FROM detection WHERE checkpoint IS NOT NULL"));
  if (!VEDETTE_TRY(row.step())) return std::nullopt;
  return ports::Checkpoint{row.unsigned_integer(0), std::string(row.text(1))};
}

}  // namespace vedette::store::sqlite
