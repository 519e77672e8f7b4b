#include "store/sqlite/sqlite_pushes.h"

#include <utility>

#include "store/sqlite/column_values.h"
#include "store/sqlite/state_schema.h"

namespace vedette::store::sqlite {

using base::Result;
using ports::PushedIndicator;
using ports::PushState;

Result<std::unique_ptr<SqlitePushes>> SqlitePushes::open(const std::string& path) {
  return std::make_unique<SqlitePushes>(VEDETTE_TRY(open_state(path, false)));
}

Result<std::optional<PushedIndicator>> SqlitePushes::find(std::string_view push,
                                                          std::string_view source,
                                                          std::string_view id) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare(
      "SELECT modified, received, told, content, generation, state FROM pushed_indicator"
      " WHERE push = ?1 AND source = ?2 AND id = ?3"));
  row.bind(1, push).bind(2, source).bind(3, id);
  if (!VEDETTE_TRY(row.step())) return std::nullopt;
  PushedIndicator found;
  found.source = source;
  found.id = id;
  found.modified = time_at(row, 0);
  found.received = time_at(row, 1);
  found.told = time_at(row, 2);
  found.content = row.unsigned_integer(3);
  found.generation = static_cast<std::uint32_t>(row.integer(4));
  found.state = VEDETTE_TRY(enum_at(row, 5, PushState::refused));
  return found;
}

Result<void> SqlitePushes::save(std::string_view push, std::span<const PushedIndicator> rows) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT OR REPLACE INTO pushed_indicator(push, source, id, modified, received, told,"
        " content, generation, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    for (const PushedIndicator& one : rows) {
      row.bind(1, push)
          .bind(2, one.source)
          .bind(3, one.id)
          .bind(4, one.modified.ticks)
          .bind(5, one.received.ticks)
          .bind(6, one.told.ticks)
          .bind_unsigned(7, one.content)
          .bind(8, std::int64_t{one.generation})
          .bind(9, value_of(one.state));
      VEDETTE_TRY_VOID(row.run());
    }
    return {};
  });
}

Result<std::string> SqlitePushes::cursor(std::string_view push) {
  const std::lock_guard lock(mutex_);
  auto row = VEDETTE_TRY(database_->prepare("SELECT cursor FROM push_cursor WHERE push = ?1"));
  row.bind(1, push);
  if (!VEDETTE_TRY(row.step())) return std::string();
  return std::string(row.text(0));
}

Result<void> SqlitePushes::save_cursor(std::string_view push, std::string_view cursor) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    auto row = VEDETTE_TRY(
        database_->prepare("INSERT OR REPLACE INTO push_cursor(push, cursor) VALUES (?1, ?2)"));
    row.bind(1, push).bind(2, cursor);
    return row.run();
  });
}

Result<ports::PushCounts> SqlitePushes::counts(std::string_view push) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT state, count(*) FROM pushed_indicator WHERE push = ?1 GROUP BY state"));
  rows.bind(1, push);
  ports::PushCounts counts;
  while (VEDETTE_TRY(rows.step())) {
    const auto state = VEDETTE_TRY(enum_at(rows, 0, PushState::refused));
    if (state == PushState::held) counts.held = rows.unsigned_integer(1);
    if (state == PushState::withdrawn) counts.withdrawn = rows.unsigned_integer(1);
    if (state == PushState::refused) counts.refused = rows.unsigned_integer(1);
  }
  return counts;
}

}  // namespace vedette::store::sqlite
