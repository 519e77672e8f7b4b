#include "store/sqlite/audit_rows.h"

namespace vedette::store::sqlite {

base::Result<void> append_audit(Database& database, AuditHash hash, model::AuditEntry entry) {
  std::string before;
  {
    auto last = VEDETTE_TRY(
        database.prepare("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"));
    if (VEDETTE_TRY(last.step())) {
      entry.number = last.unsigned_integer(0);
      before = last.text(1);
    }
  }
  ++entry.number;
  auto row = VEDETTE_TRY(
      database.prepare("INSERT INTO audit(number, at, actor, action, object, detail, hash)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  row.bind_unsigned(1, entry.number)
      .bind(2, entry.at.ticks)
      .bind(3, entry.actor)
      .bind(4, entry.action)
      .bind(5, entry.object)
      .bind(6, entry.detail)
      .bind(7, hash(before, entry));
  return row.run();
}

}  // namespace vedette::store::sqlite
