// Owns: second factors in state.db, and the going of a user with everything of his.
#include <array>

#include "base/text.h"
#include "store/sqlite/column_values.h"
#include "store/sqlite/sqlite_access.h"

namespace vedette::store::sqlite {

using base::Result;
using model::AuditEntry;
using model::SecondFactor;

Result<std::optional<SecondFactor>> SqliteAccess::find_second_factor(std::int64_t user) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(
      database_->prepare("SELECT sealed_key, last_step, confirmed, created, recovery_hashes"
                         " FROM second_factor WHERE user = ?1"));
  row.bind(1, user);
  if (!VEDETTE_TRY(row.step())) return std::optional<SecondFactor>();
  SecondFactor factor;
  factor.user = user;
  factor.sealed_key = row.text(0);
  factor.last_step = row.unsigned_integer(1);
  factor.confirmed = row.integer(2) != 0;
  factor.created = time_at(row, 3);
  for (const auto hash : base::split(row.text(4), ' '))
    if (!hash.empty()) factor.recovery_hashes.emplace_back(hash);
  return std::optional<SecondFactor>(std::move(factor));
}

Result<void> SqliteAccess::put_second_factor(const SecondFactor& factor, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  std::string hashes;
  for (const auto& hash : factor.recovery_hashes) hashes += (hashes.empty() ? "" : " ") + hash;
  return change(audit, [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT OR REPLACE INTO"
        " second_factor(user, sealed_key, last_step, confirmed, created, recovery_hashes)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
    row.bind(1, factor.user).bind(2, factor.sealed_key).bind_unsigned(3, factor.last_step);
    row.bind(4, std::int64_t{factor.confirmed}).bind(5, factor.created.ticks).bind(6, hashes);
    return row.run();
  });
}

// One statement, so that of two with the same code one is told no.
Result<bool> SqliteAccess::take_step(std::int64_t user, std::uint64_t step) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "UPDATE second_factor SET last_step = ?2 WHERE user = ?1 AND last_step < ?2"));
  row.bind(1, user).bind_unsigned(2, step);
  VEDETTE_TRY_VOID(row.run());
  return database_->changes() > 0;
}

Result<void> SqliteAccess::remove_second_factor(std::int64_t user, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return change(audit, [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare("DELETE FROM second_factor WHERE user = ?1"));
    row.bind(1, user);
    return row.run();
  });
}

Result<void> SqliteAccess::remove_user(std::int64_t id, const AuditEntry& audit) {
  const std::lock_guard lock(mutex_);
  return change(audit, [&]() -> Result<void> {
    constexpr std::array statements{
        "DELETE FROM session WHERE user = ?1", "DELETE FROM device WHERE user = ?1",
        "DELETE FROM api_token WHERE user = ?1", "DELETE FROM second_factor WHERE user = ?1",
        // What was hunted for is known by its person's name (ports/hunt_store.h).
        "DELETE FROM hunt_run WHERE person = (SELECT name FROM user WHERE id = ?1)",
        "DELETE FROM user WHERE id = ?1"};
    for (const char* text : statements) {
      auto row = VEDETTE_TRY(database_->prepare(text));
      row.bind(1, id);
      VEDETTE_TRY_VOID(row.run());
    }
    if (database_->changes() > 0) return {};
    return base::failure(base::ErrorCode::not_found, "there is no such user");
  });
}

}  // namespace vedette::store::sqlite
