// The outbox's part of sqlite_incidents.h.
#include <string>
#include <utility>

#include "base/limits.h"
#include "model/alert_record.h"
#include "model/subject.h"
#include "store/sqlite/column_values.h"
#include "store/sqlite/incident_rows.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette::store::sqlite {
namespace {

using base::ErrorCode;
using base::Result;
using ports::OutboxMessage;

// The columns of a message in the order of message_of. A macro, since statements are kept by their
// literals.
#define VEDETTE_OUTBOX_COLUMNS                                                             \
  " id, key, incident, channel, change, alert, state, attempts, maybe_delivered, created," \
  " next_attempt, settled, remote_id, error, batch, via, fell_back, notice "

Result<OutboxMessage> message_of(const Statement& row) {
  OutboxMessage message;
  message.id = row.integer(0);
  message.key = row.text(1);
  message.incident = row.unsigned_integer(2);
  message.channel = row.text(3);
  message.change = VEDETTE_TRY(enum_at(row, 4, model::AlertChange::closed));
  message.alert = VEDETTE_TRY(model::read_alert(row.text(5)));
  message.state = VEDETTE_TRY(enum_at(row, 6, ports::OutboxState::unneeded));
  message.attempts = static_cast<int>(row.integer(7));
  message.maybe_delivered = row.integer(8) != 0;
  message.created = time_at(row, 9);
  message.next_attempt = time_at(row, 10);
  message.settled = time_at(row, 11);
  message.remote_id = row.text(12);
  message.error = row.text(13);
  message.batch = row.text(14);
  message.via = row.text(15);
  message.fell_back = row.integer(16) != 0;
  if (const auto notice = row.text(17); !notice.empty())
    message.notice = VEDETTE_TRY(model::read_notice(notice));
  return message;
}

Result<std::vector<OutboxMessage>> messages_of(Statement& rows) {
  std::vector<OutboxMessage> found;
  while (VEDETTE_TRY(rows.step())) found.push_back(VEDETTE_TRY(message_of(rows)));
  return found;
}

Result<std::string> first_text(Statement& row) {
  if (!VEDETTE_TRY(row.step())) return std::string();
  return std::string(row.text(0));
}

Result<std::uint64_t> first_count(Statement& row) {
  if (!VEDETTE_TRY(row.step())) return 0;
  return row.unsigned_integer(0);
}

}  // namespace

// --- writing -------------------------------------------------------------------------------------

Result<void> put_message(Database& database, const OutboxMessage& message) {
  auto row = VEDETTE_TRY(database.prepare(
      "INSERT INTO outbox(key, incident, channel, change, alert_id, alert, state, attempts,"
      " maybe_delivered, created, next_attempt, settled, remote_id, error, batch, via, fell_back,"
      " severity, subject, notice) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
      "?14,"
      " ?15, ?16, ?17, ?18, ?19, ?20) ON CONFLICT(key) DO NOTHING"));
  row.bind(1, message.key)
      .bind_unsigned(2, message.incident)
      .bind(3, message.channel)
      .bind(4, value_of(message.change))
      .bind_unsigned(5, message.alert.id)
      .bind(6, model::write_alert(message.alert))
      .bind(7, value_of(message.state))
      .bind(8, std::int64_t{message.attempts})
      .bind(9, std::int64_t{message.maybe_delivered})
      .bind(10, message.created.ticks)
      .bind(11, message.next_attempt.ticks)
      .bind(12, message.settled.ticks)
      .bind(13, message.remote_id)
      .bind(14, message.error)
      .bind(15, message.batch)
      .bind(16, message.via)
      .bind(17, std::int64_t{message.fell_back})
      .bind(18, value_of(message.alert.severity))
      .bind_unsigned(19, model::subject_of(message.alert))
      .bind(20, message.notice ? model::write_notice(*message.notice) : std::string());
  return row.run();
}

Result<void> SqliteIncidents::settle(const OutboxMessage& message) {
  auto row = VEDETTE_TRY(database_->prepare(
      "UPDATE outbox SET state = ?2, attempts = ?3, maybe_delivered = ?4, next_attempt = ?5,"
      " settled = ?6, remote_id = ?7, error = ?8, change = ?9, batch = ?10, fell_back = ?11"
      " WHERE id = ?1"));
  row.bind(1, message.id)
      .bind(2, value_of(message.state))
      .bind(3, std::int64_t{message.attempts})
      .bind(4, std::int64_t{message.maybe_delivered})
      .bind(5, message.next_attempt.ticks)
      .bind(6, message.settled.ticks)
      .bind(7, message.remote_id)
      .bind(8, message.error)
      .bind(9, value_of(message.change))
      .bind(10, message.batch)
      .bind(11, std::int64_t{message.fell_back});
  VEDETTE_TRY_VOID(row.run());
  if (database_->changes() == 1) return {};
  return base::failure(ErrorCode::not_found, "there is no message " + std::to_string(message.id));
}

Result<void> SqliteIncidents::record(const ports::OutboxRecord& record) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    for (const OutboxMessage& message : record.messages) VEDETTE_TRY_VOID(settle(message));
    for (const OutboxMessage& message : record.added) {
      VEDETTE_TRY_VOID(check_incident(*database_, message.incident));
      VEDETTE_TRY_VOID(put_message(*database_, message));
    }
    for (const model::TimelineEntry& entry : record.receipts) {
      VEDETTE_TRY_VOID(check_incident(*database_, entry.incident));
      VEDETTE_TRY_VOID(put_entry(*database_, entry));
    }
    return {};
  });
}

// --- reading -------------------------------------------------------------------------------------

Result<std::vector<OutboxMessage>> SqliteIncidents::due(std::string_view channel,
                                                        base::Timestamp now, std::size_t limit,
                                                        const ports::HoldRules& hold) {
  const std::lock_guard lock(mutex_);
  const auto too_far = now + base::Duration::seconds(base::limits::retry_after_s_max);
  // Looked at several times a second: never by another index, whatever the planner guesses.
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT" VEDETTE_OUTBOX_COLUMNS
      "FROM outbox o INDEXED BY outbox_due"
      " WHERE state = 0 AND channel = ?1 AND (next_attempt <= ?2 OR next_attempt > ?3)"
      " AND NOT EXISTS (SELECT 1 FROM outbox e INDEXED BY outbox_waiting WHERE e.state = 0"
      "   AND e.channel = ?1 AND e.incident = o.incident AND e.id < o.id)"
      // Quiet hours.
      " AND (o.attempts > 0 OR ?5 = 0 OR EXISTS (SELECT 1 FROM outbox w INDEXED BY outbox_waiting"
      "   WHERE w.state = 0 AND w.channel = ?1 AND w.incident = o.incident AND w.severity >= ?5))"
      // Cool-down; change 2 takes the alert back.
      " AND (o.attempts > 0 OR ?6 = 0 OR o.subject = 0 OR (?7 = 1 AND EXISTS (SELECT 1"
      "   FROM outbox n INDEXED BY outbox_named WHERE n.channel = ?1 AND n.alert_id = o.alert_id"
      "   AND n.remote_id <> ''))"
      "  OR EXISTS (SELECT 1 FROM outbox w INDEXED BY outbox_waiting WHERE w.state = 0"
      "   AND w.channel = ?1 AND w.incident = o.incident"
      "   AND (w.change = 2 OR w.severity > o.severity))"
      "  OR NOT EXISTS (SELECT 1 FROM outbox t INDEXED BY outbox_told WHERE t.state = 1"
      "   AND t.channel = ?1 AND t.subject = o.subject AND t.settled > ?6"
      "   AND t.severity >= o.severity))"
      " ORDER BY id LIMIT ?4"));
  rows.bind(1, channel)
      .bind(2, now.ticks)
      .bind(3, too_far.ticks)
      .bind(4, integer(limit))
      .bind(5, value_of(hold.least_severity))
      .bind(6, hold.told_since.ticks)
      .bind(7, std::int64_t{hold.edits});
  return messages_of(rows);
}

Result<std::vector<OutboxMessage>> SqliteIncidents::batch(std::string_view channel,
                                                          std::string_view key) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT" VEDETTE_OUTBOX_COLUMNS
      "FROM outbox WHERE state = 0 AND batch <> '' AND channel = ?1 AND batch = ?2 ORDER BY id"));
  rows.bind(1, channel).bind(2, key);
  return messages_of(rows);
}

Result<std::vector<OutboxMessage>> SqliteIncidents::overdue(std::string_view channel,
                                                            base::Timestamp created_before,
                                                            std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT" VEDETTE_OUTBOX_COLUMNS
      "FROM outbox INDEXED BY outbox_due WHERE state = 0 AND channel = ?1 AND created <= ?2"
      " AND via = '' AND fell_back = 0 ORDER BY id LIMIT ?3"));
  rows.bind(1, channel).bind(2, created_before.ticks).bind(3, integer(limit));
  return messages_of(rows);
}

Result<std::uint64_t> SqliteIncidents::sent_since(std::string_view channel, base::Timestamp since) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT count(DISTINCT CASE batch WHEN '' THEN key ELSE batch END) FROM outbox"
      " INDEXED BY outbox_sent WHERE state = 1 AND channel = ?1 AND settled > ?2"));
  row.bind(1, channel).bind(2, since.ticks);
  return first_count(row);
}

Result<std::vector<OutboxMessage>> SqliteIncidents::behind(const OutboxMessage& message,
                                                           std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT" VEDETTE_OUTBOX_COLUMNS
      "FROM outbox WHERE state = 0 AND channel = ?1 AND incident = ?2 AND id > ?3"
      " AND alert_id = ?4 ORDER BY id LIMIT ?5"));
  rows.bind(1, message.channel)
      .bind_unsigned(2, message.incident)
      .bind(3, message.id)
      .bind_unsigned(4, message.alert.id)
      .bind(5, integer(limit));
  return messages_of(rows);
}

Result<std::string> SqliteIncidents::remote_id(std::string_view channel, std::uint64_t alert_id) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT remote_id FROM outbox WHERE channel = ?1 AND alert_id = ?2 AND remote_id <> ''"
      " ORDER BY id DESC LIMIT 1"));
  row.bind(1, channel).bind_unsigned(2, alert_id);
  return first_text(row);
}

Result<std::string> SqliteIncidents::ticket(std::string_view channel, std::uint64_t incident) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT remote_id FROM outbox WHERE channel = ?1 AND incident = ?2 AND remote_id <> ''"
      " ORDER BY id DESC LIMIT 1"));
  row.bind(1, channel).bind_unsigned(2, incident);
  return first_text(row);
}

Result<std::uint64_t> SqliteIncidents::waiting(std::string_view channel) {
  const std::lock_guard lock(mutex_);
  auto row =
      VEDETTE_TRY(database_->prepare("SELECT count(*) FROM outbox INDEXED BY outbox_due"
                                     " WHERE state = 0 AND channel = ?1"));
  row.bind(1, channel);
  return first_count(row);
}

Result<std::vector<OutboxMessage>> SqliteIncidents::outbox(std::optional<ports::OutboxState> state,
                                                           std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (!state) {
    auto all = VEDETTE_TRY(database_->prepare("SELECT" VEDETTE_OUTBOX_COLUMNS
                                              "FROM outbox ORDER BY id DESC LIMIT ?1"));
    all.bind(1, integer(limit));
    return messages_of(all);
  }
  auto rows =
      VEDETTE_TRY(database_->prepare("SELECT" VEDETTE_OUTBOX_COLUMNS "FROM outbox WHERE state = ?1"
                                     " ORDER BY id DESC LIMIT ?2"));
  rows.bind(1, value_of(*state)).bind(2, integer(limit));
  return messages_of(rows);
}

#undef VEDETTE_OUTBOX_COLUMNS

}  // namespace vedette::store::sqlite
