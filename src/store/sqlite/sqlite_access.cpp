#include "store/sqlite/sqlite_access.h"

#include "store/sqlite/column_values.h"
#include "store/sqlite/state_schema.h"

namespace vedette::store::sqlite {
namespace {

using base::ErrorCode;
using base::Result;
using model::ApiToken;
using model::AuditEntry;
using model::Session;
using model::User;

Result<User> user_of(const Statement& row) {
  User user;
  user.id = row.integer(0);
  user.name = row.text(1);
  user.role = VEDETTE_TRY(enum_at(row, 2, model::Role::admin));
  user.password_hash = row.text(3);
  user.disabled = row.integer(4) != 0;
  user.created = time_at(row, 5);
  user.last_log_in = time_at(row, 6);
  return user;
}

Result<ApiToken> token_of(const Statement& row) {
  ApiToken token;
  token.id = row.integer(0);
  token.name = row.text(1);
  token.key_hash = row.text(2);
  token.role = VEDETTE_TRY(enum_at(row, 3, model::Role::admin));
  token.user = row.integer(4);
  token.created = time_at(row, 5);
  token.expires = time_at(row, 6);
  token.last_used = time_at(row, 7);
  token.revoked = row.integer(8) != 0;
  // One that is not known here opens nothing: it was made by a newer version.
  auto scopes = model::scopes_of(row.text(9));
  if (!scopes) return base::failure(ErrorCode::malformed, "an API token has an unknown scope");
  token.scopes = *std::move(scopes);
  return token;
}

}  // namespace

Result<std::unique_ptr<SqliteAccess>> SqliteAccess::open(const std::string& path, AuditHash hash,
                                                         bool read_only) {
  return std::make_unique<SqliteAccess>(VEDETTE_TRY(open_state(path, read_only)), hash);
}

// ---- the audit log ----

Result<void> SqliteAccess::change(const AuditEntry& audit,
                                  const std::function<Result<void>()>& work) {
  return database_->transaction([&]() -> Result<void> {
    VEDETTE_TRY_VOID(work());
    return append_audit(*database_, hash_, audit);
  });
}

Result<void> SqliteAccess::add_audit(const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&] { return append_audit(*database_, hash_, audit); });
}

Result<std::vector<AuditEntry>> SqliteAccess::read_audit(Statement& rows) {
  std::vector<AuditEntry> entries;
  while (VEDETTE_TRY(rows.step())) {
    AuditEntry& entry = entries.emplace_back();
    entry.number = rows.unsigned_integer(0);
    entry.at = time_at(rows, 1);
    entry.actor = rows.text(2);
    entry.action = rows.text(3);
    entry.object = rows.text(4);
    entry.detail = rows.text(5);
    entry.hash = rows.text(6);
  }
  return entries;
}

Result<std::vector<AuditEntry>> SqliteAccess::audit_after(std::uint64_t number, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(
      database_->prepare("SELECT number, at, actor, action, object, detail, hash FROM audit"
                         " WHERE number > ?1 ORDER BY number LIMIT ?2"));
  rows.bind_unsigned(1, number).bind(2, integer(limit));
  return read_audit(rows);
}

Result<std::vector<AuditEntry>> SqliteAccess::audit_before(std::uint64_t number,
                                                           std::size_t limit) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(
      database_->prepare("SELECT number, at, actor, action, object, detail, hash FROM audit"
                         " WHERE ?1 = 0 OR number < ?1 ORDER BY number DESC LIMIT ?2"));
  rows.bind_unsigned(1, number).bind(2, integer(limit));
  return read_audit(rows);
}

Result<std::int64_t> SqliteAccess::state_version() {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare("PRAGMA data_version"));
  VEDETTE_TRY(row.step());
  return row.integer(0);
}

// ---- users ----

Result<std::vector<User>> SqliteAccess::users() {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(
      database_->prepare("SELECT id, name, role, password_hash, disabled, created, last_log_in"
                         " FROM user ORDER BY name"));
  std::vector<User> users;
  while (VEDETTE_TRY(rows.step())) users.push_back(VEDETTE_TRY(user_of(rows)));
  return users;
}

Result<std::optional<User>> SqliteAccess::find_user(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(
      database_->prepare("SELECT id, name, role, password_hash, disabled, created, last_log_in"
                         " FROM user WHERE id = ?1"));
  row.bind(1, id);
  if (!VEDETTE_TRY(row.step())) return std::optional<User>();
  return std::optional<User>(VEDETTE_TRY(user_of(row)));
}

Result<std::optional<User>> SqliteAccess::find_user_named(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(
      database_->prepare("SELECT id, name, role, password_hash, disabled, created, last_log_in"
                         " FROM user WHERE name = ?1"));
  row.bind(1, name);
  if (!VEDETTE_TRY(row.step())) return std::optional<User>();
  return std::optional<User>(VEDETTE_TRY(user_of(row)));
}

Result<std::int64_t> SqliteAccess::write_user(const User& user) {
  {
    auto taken = VEDETTE_TRY(database_->prepare("SELECT 1 FROM user WHERE name = ?1 AND id <> ?2"));
    taken.bind(1, user.name).bind(2, user.id);
    if (VEDETTE_TRY(taken.step()))
      return base::failure(ErrorCode::invalid_argument, "there is already a user of that name");
  }
  auto row = VEDETTE_TRY(database_->prepare(
      "INSERT INTO user(id, name, role, password_hash, disabled, created, last_log_in)"
      " VALUES (NULLIF(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(id) DO UPDATE SET name = ?2,"
      " role = ?3, password_hash = ?4, disabled = ?5, last_log_in = ?7"));
  row.bind(1, user.id)
      .bind(2, user.name)
      .bind(3, value_of(user.role))
      .bind(4, user.password_hash)
      .bind(5, std::int64_t{user.disabled})
      .bind(6, user.created.ticks)
      .bind(7, user.last_log_in.ticks);
  VEDETTE_TRY_VOID(row.run());
  return user.id != 0 ? user.id : database_->last_insert_id();
}

Result<std::int64_t> SqliteAccess::put_user(const User& user, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  std::int64_t id = 0;
  const auto work = [&]() -> Result<void> {
    id = VEDETTE_TRY(write_user(user));
    return {};
  };
  VEDETTE_TRY_VOID(change(audit, work));
  return id;
}

// ---- sessions ----

Result<void> SqliteAccess::end_sessions(std::int64_t user, std::string_view but,
                                        const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return change(audit, [&]() -> Result<void> {
    auto sessions =
        VEDETTE_TRY(database_->prepare("DELETE FROM session WHERE user = ?1 AND key_hash <> ?2"));
    sessions.bind(1, user).bind(2, but);
    VEDETTE_TRY_VOID(sessions.run());
    auto devices = VEDETTE_TRY(database_->prepare("DELETE FROM device WHERE user = ?1"));
    devices.bind(1, user);
    return devices.run();
  });
}

Result<void> SqliteAccess::add_session(const Session& session,
                                       const std::optional<model::Device>& device,
                                       base::Timestamp forget_before, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return change(audit, [&]() -> Result<void> {
    auto old = VEDETTE_TRY(database_->prepare("DELETE FROM session WHERE used < ?1"));
    old.bind(1, forget_before.ticks);
    VEDETTE_TRY_VOID(old.run());
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT INTO session(key_hash, user, created, used) VALUES (?1, ?2, ?3, ?4)"));
    row.bind(1, session.key_hash).bind(2, session.user).bind(3, session.created.ticks);
    row.bind(4, session.used.ticks);
    VEDETTE_TRY_VOID(row.run());
    if (device) {
      auto known = VEDETTE_TRY(database_->prepare(
          "INSERT OR IGNORE INTO device(key_hash, user, created) VALUES (?1, ?2, ?3)"));
      known.bind(1, device->key_hash).bind(2, device->user).bind(3, device->created.ticks);
      VEDETTE_TRY_VOID(known.run());
    }
    auto user = VEDETTE_TRY(database_->prepare("UPDATE user SET last_log_in = ?2 WHERE id = ?1"));
    user.bind(1, session.user).bind(2, session.created.ticks);
    return user.run();
  });
}

Result<std::optional<Session>> SqliteAccess::find_session(std::string_view key_hash) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(
      database_->prepare("SELECT key_hash, user, created, used FROM session WHERE key_hash = ?1"));
  row.bind(1, key_hash);
  if (!VEDETTE_TRY(row.step())) return std::optional<Session>();
  return std::optional<Session>(
      Session{std::string(row.text(0)), row.integer(1), time_at(row, 2), time_at(row, 3)});
}

Result<void> SqliteAccess::note_session_use(std::string_view key_hash, base::Timestamp used) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare("UPDATE session SET used = ?2 WHERE key_hash = ?1"));
  row.bind(1, key_hash).bind(2, used.ticks);
  return row.run();
}

Result<void> SqliteAccess::end_session(std::string_view key_hash, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return change(audit, [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare("DELETE FROM session WHERE key_hash = ?1"));
    row.bind(1, key_hash);
    return row.run();
  });
}

Result<bool> SqliteAccess::knows_device(std::string_view key_hash, std::int64_t user) {
  const std::lock_guard lock(mutex_);
  auto row =
      VEDETTE_TRY(database_->prepare("SELECT 1 FROM device WHERE key_hash = ?1 AND user = ?2"));
  row.bind(1, key_hash).bind(2, user);
  return row.step();
}

// ---- tokens ----

Result<std::vector<ApiToken>> SqliteAccess::tokens() {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT id, name, key_hash, role, user, created, expires, last_used, revoked, scopes"
      " FROM api_token"
      " ORDER BY id DESC"));
  std::vector<ApiToken> tokens;
  while (VEDETTE_TRY(rows.step())) tokens.push_back(VEDETTE_TRY(token_of(rows)));
  return tokens;
}

Result<std::optional<ApiToken>> SqliteAccess::find_token(std::string_view key_hash) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT id, name, key_hash, role, user, created, expires, last_used, revoked, scopes"
      " FROM api_token"
      " WHERE key_hash = ?1"));
  row.bind(1, key_hash);
  if (!VEDETTE_TRY(row.step())) return std::optional<ApiToken>();
  return std::optional<ApiToken>(VEDETTE_TRY(token_of(row)));
}

Result<std::int64_t> SqliteAccess::add_token(const ApiToken& token, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  std::int64_t id = 0;
  const auto work = [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT INTO api_token(name, key_hash, role, user, created, expires, last_used, revoked,"
        " scopes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7)"));
    row.bind(1, token.name).bind(2, token.key_hash).bind(3, value_of(token.role));
    row.bind(4, token.user).bind(5, token.created.ticks).bind(6, token.expires.ticks);
    row.bind(7, model::text_of(token.scopes));
    VEDETTE_TRY_VOID(row.run());
    id = database_->last_insert_id();
    return {};
  };
  VEDETTE_TRY_VOID(change(audit, work));
  return id;
}

Result<void> SqliteAccess::note_token_use(std::int64_t id, base::Timestamp used) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare("UPDATE api_token SET last_used = ?2 WHERE id = ?1"));
  row.bind(1, id).bind(2, used.ticks);
  return row.run();
}

Result<void> SqliteAccess::revoke_token(std::int64_t id, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return change(audit, [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare("UPDATE api_token SET revoked = 1 WHERE id = ?1"));
    row.bind(1, id);
    VEDETTE_TRY_VOID(row.run());
    if (database_->changes() > 0) return {};
    return base::failure(ErrorCode::not_found, "there is no such token");
  });
}

}  // namespace vedette::store::sqlite
