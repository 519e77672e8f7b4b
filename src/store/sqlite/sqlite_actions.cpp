#include "store/sqlite/sqlite_actions.h"

#include "store/sqlite/column_values.h"
#include "store/sqlite/state_schema.h"

namespace vedette::store::sqlite {
namespace {

using base::ErrorCode;
using base::Result;
using model::ActionKind;
using model::ActionMode;
using model::ActionState;
using ports::ActionRecord;

// A literal, for statements are kept by their text.
#define VEDETTE_ACTION_COLUMNS                                                                    \
  "SELECT id, key, incident, kind, mode, object_id, principal_name, mail, policy, requested_by, " \
  "reason, requested, evidence, is_forgeable, revision, state, target, outcome, changed, done, "  \
  "next_look, approved_by, approved_target, approved, started, is_ours, looks, attempts FROM "    \
  "action "

Result<ActionRecord> record_of(const Statement& row) {
  ActionRecord record;
  record.id = row.integer(0);
  record.key = row.text(1);
  model::ActionRequest& request = record.request;
  request.incident = row.unsigned_integer(2);
  request.kind = VEDETTE_TRY(enum_at(row, 3, ActionKind::unblock_address));
  request.mode = VEDETTE_TRY(enum_at(row, 4, ActionMode::automatic));
  request.account = {std::string(row.text(5)), std::string(row.text(6)), std::string(row.text(7))};
  request.policy = row.text(8);
  request.requested_by = row.text(9);
  request.reason = row.text(10);
  request.requested = time_at(row, 11);
  request.evidence = time_at(row, 12);
  request.is_forgeable = row.integer(13) != 0;
  record.revision = row.unsigned_integer(14);
  record.state = VEDETTE_TRY(enum_at(row, 15, ActionState::undone));
  record.target = row.text(16);
  record.outcome = row.text(17);
  record.changed = time_at(row, 18);
  record.done = time_at(row, 19);
  record.next_look = time_at(row, 20);
  record.approved_by = row.text(21);
  record.approved_target = row.text(22);
  record.approved = time_at(row, 23);
  record.started = time_at(row, 24);
  record.is_ours = row.integer(25) != 0;
  record.looks = row.integer(26);
  record.attempts = row.integer(27);
  return record;
}

Result<std::vector<ActionRecord>> records_of(Statement& rows) {
  std::vector<ActionRecord> records;
  while (VEDETTE_TRY(rows.step())) records.push_back(VEDETTE_TRY(record_of(rows)));
  return records;
}

}  // namespace

Result<std::unique_ptr<SqliteActions>> SqliteActions::open(const std::string& path, AuditHash hash,
                                                           bool read_only) {
  return std::make_unique<SqliteActions>(VEDETTE_TRY(open_state(path, read_only)), hash);
}

Result<ActionRecord> SqliteActions::insert(const model::ActionRequest& request,
                                           const std::string& key) {
  auto row = VEDETTE_TRY(database_->prepare(
      "INSERT INTO action(key, incident, kind, mode, object_id, principal_name, mail, policy,"
      " requested_by, reason, requested, evidence, is_forgeable, revision, state, target, outcome,"
      " changed, done, next_look, approved_by, approved_target, approved, started, is_ours, looks,"
      " attempts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0, 0, '', '',"
      " ?11, 0, 0, '', '', 0, 0, 0, 0, 0)"));
  row.bind(1, key)
      .bind_unsigned(2, request.incident)
      .bind(3, value_of(request.kind))
      .bind(4, value_of(request.mode))
      .bind(5, request.account.object_id)
      .bind(6, request.account.principal_name)
      .bind(7, request.account.mail)
      .bind(8, request.policy)
      .bind(9, request.requested_by)
      .bind(10, request.reason)
      .bind(11, request.requested.ticks)
      .bind(12, request.evidence.ticks)
      .bind(13, std::int64_t{request.is_forgeable});
  VEDETTE_TRY_VOID(row.run());
  ActionRecord record;
  record.id = database_->last_insert_id();
  record.key = key;
  record.request = request;
  record.changed = request.requested;
  VEDETTE_TRY_VOID(append_audit(*database_, hash_, ports::asked_entry(record)));
  return record;
}

Result<std::optional<ActionRecord>> SqliteActions::read_keyed(std::string_view key) {
  auto row = VEDETTE_TRY(database_->prepare(VEDETTE_ACTION_COLUMNS "WHERE key = ?1"));
  row.bind(1, key);
  if (!VEDETTE_TRY(row.step())) return std::optional<ActionRecord>();
  return std::optional<ActionRecord>(VEDETTE_TRY(record_of(row)));
}

Result<ActionRecord> SqliteActions::request(const model::ActionRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::string key = model::action_key(request);
  ActionRecord record;
  const auto work = [&]() -> Result<void> {
    auto known = VEDETTE_TRY(read_keyed(key));
    record = known ? *std::move(known) : VEDETTE_TRY(insert(request, key));
    return {};
  };
  VEDETTE_TRY_VOID(database_->transaction(work));
  return record;
}

Result<std::optional<ActionRecord>> SqliteActions::find(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(VEDETTE_ACTION_COLUMNS "WHERE id = ?1"));
  row.bind(1, id);
  if (!VEDETTE_TRY(row.step())) return std::optional<ActionRecord>();
  return std::optional<ActionRecord>(VEDETTE_TRY(record_of(row)));
}

Result<std::optional<ActionRecord>> SqliteActions::keyed(std::string_view key) {
  const std::lock_guard lock(mutex_);
  return read_keyed(key);
}

Result<std::vector<ActionRecord>> SqliteActions::list(std::uint64_t incident, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      VEDETTE_ACTION_COLUMNS "WHERE ?1 = 0 OR incident = ?1 ORDER BY id DESC LIMIT ?2"));
  rows.bind_unsigned(1, incident).bind(2, integer(limit));
  return records_of(rows);
}

Result<std::vector<ActionRecord>> SqliteActions::due(base::Timestamp now, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(VEDETTE_ACTION_COLUMNS
                                             "WHERE next_look <= ?1 AND (state IN (0, 2, 3) OR "
                                             "next_look > 0) ORDER BY id LIMIT ?2"));
  rows.bind(1, now.ticks).bind(2, integer(limit));
  return records_of(rows);
}

Result<void> SqliteActions::update(const ActionRecord& record) {
  auto row = VEDETTE_TRY(database_->prepare(
      "UPDATE action SET revision = revision + 1, state = ?3, target = ?4, outcome = ?5,"
      " changed = ?6, done = ?7, next_look = ?8, approved_by = ?9, approved_target = ?10,"
      " approved = ?11, started = ?12, is_ours = ?13, looks = ?14, attempts = ?15,"
      " requested_by = ?16 WHERE id = ?1 AND revision = ?2"));
  row.bind(1, record.id)
      .bind_unsigned(2, record.revision)
      .bind(3, value_of(record.state))
      .bind(4, record.target)
      .bind(5, record.outcome)
      .bind(6, record.changed.ticks)
      .bind(7, record.done.ticks)
      .bind(8, record.next_look.ticks)
      .bind(9, record.approved_by)
      .bind(10, record.approved_target)
      .bind(11, record.approved.ticks)
      .bind(12, record.started.ticks)
      .bind(13, std::int64_t{record.is_ours})
      .bind(14, record.looks)
      .bind(15, record.attempts)
      .bind(16, record.request.requested_by);
  VEDETTE_TRY_VOID(row.run());
  if (database_->changes() == 1) return {};
  return base::failure(ErrorCode::unavailable, "somebody else changed the action meanwhile");
}

Result<void> SqliteActions::change(std::span<Record> records,
                                   const std::optional<model::AuditEntry>& audit) {
  const std::lock_guard lock(mutex_);
  const auto work = [&]() -> Result<void> {
    for (const Record& record : records) VEDETTE_TRY_VOID(update(record));
    return audit ? append_audit(*database_, hash_, *audit) : Result<void>();
  };
  VEDETTE_TRY_VOID(database_->transaction(work));
  for (Record& record : records) ++record.revision;
  return {};
}

Result<std::uint64_t> SqliteActions::accounts_since(base::Timestamp since, std::string_view but) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(
      database_->prepare("SELECT COUNT(DISTINCT target) FROM action WHERE started > 0 AND "
                         "started >= ?1 AND target <> ?2 AND kind NOT IN (2, 5, 6)"));
  row.bind(1, since.ticks).bind(2, but);
  VEDETTE_TRY(row.step());
  return row.unsigned_integer(0);
}

Result<std::uint64_t> SqliteActions::blocks_since(base::Timestamp since, std::string_view but) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(
      database_->prepare("SELECT COUNT(DISTINCT target) FROM action WHERE started > 0 AND "
                         "started >= ?1 AND target <> ?2 AND kind = 5"));
  row.bind(1, since.ticks).bind(2, but);
  VEDETTE_TRY(row.step());
  return row.unsigned_integer(0);
}

Result<std::vector<ActionRecord>> SqliteActions::locks_of(std::string_view target) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(VEDETTE_ACTION_COLUMNS
                                             "WHERE is_ours = 1 AND target = ?1 AND kind IN (0, 5) "
                                             "AND state <> 10 ORDER BY id DESC"));
  rows.bind(1, target);
  return records_of(rows);
}

Result<ports::TripWire> SqliteActions::trip_wire() {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare("SELECT tripped, why, reset_by, reset FROM trip_wire"));
  VEDETTE_TRY(row.step());
  return ports::TripWire{time_at(row, 0), std::string(row.text(1)), std::string(row.text(2)),
                         time_at(row, 3)};
}

Result<void> SqliteActions::set_trip_wire(const ports::TripWire& wire,
                                          const model::AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare(
        "UPDATE trip_wire SET tripped = ?1, why = ?2, reset_by = ?3, reset = ?4"));
    row.bind(1, wire.tripped.ticks).bind(2, wire.why).bind(3, wire.reset_by);
    row.bind(4, wire.reset.ticks);
    VEDETTE_TRY_VOID(row.run());
    return append_audit(*database_, hash_, audit);
  });
}

#undef VEDETTE_ACTION_COLUMNS

static_assert(static_cast<int>(ActionKind::enable_account) == 2 &&
              static_cast<int>(ActionKind::disable_account) == 0 &&
              static_cast<int>(ActionKind::block_address) == 5 &&
              static_cast<int>(ActionKind::unblock_address) == 6 &&
              static_cast<int>(ActionState::undone) == 10 &&
              static_cast<int>(ActionState::sending) == 3);

}  // namespace vedette::store::sqlite
