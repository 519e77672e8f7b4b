#include "store/sqlite/sqlite_hunts.h"

#include <utility>

#include "store/sqlite/column_values.h"
#include "store/sqlite/state_schema.h"

namespace vedette::store::sqlite {
namespace {

using base::Result;
using model::HuntRun;
using model::SavedHunt;

std::int64_t ticks_of(const std::optional<base::Timestamp>& time) {
  return time ? time->ticks : 0;
}

std::optional<base::Timestamp> optional_time_at(const Statement& row, int column) {
  const base::Timestamp time = time_at(row, column);
  return time.is_set() ? std::optional(time) : std::nullopt;
}

}  // namespace

Result<std::unique_ptr<SqliteHunts>> SqliteHunts::open(const std::string& path) {
  return std::make_unique<SqliteHunts>(VEDETTE_TRY(open_state(path, false)));
}

Result<std::uint64_t> SqliteHunts::add_run(const HuntRun& run) {
  const std::lock_guard lock(mutex_);
  std::uint64_t id = 0;
  const auto work = [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT INTO hunt_run(person, at, query, place, from_time, to_time, took_ms, rows, problem,"
        " starred, comment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"));
    row.bind(1, run.person)
        .bind(2, run.at.ticks)
        .bind(3, run.query)
        .bind(4, run.place)
        .bind(5, ticks_of(run.from))
        .bind(6, ticks_of(run.to))
        .bind(7, run.took_ms)
        .bind(8, run.rows)
        .bind(9, run.problem)
        .bind(10, std::int64_t{run.is_starred})
        .bind(11, run.comment);
    VEDETTE_TRY_VOID(row.run());
    id = static_cast<std::uint64_t>(database_->last_insert_id());
    auto old = VEDETTE_TRY(database_->prepare(
        "DELETE FROM hunt_run WHERE person = ?1 AND starred = 0 AND id NOT IN (SELECT id FROM"
        " hunt_run WHERE person = ?1 AND starred = 0 ORDER BY id DESC LIMIT ?2)"));
    old.bind(1, run.person).bind(2, integer(ports::kept_runs_max));
    return old.run();
  };
  VEDETTE_TRY_VOID(database_->transaction(work));
  return id;
}

Result<std::vector<HuntRun>> SqliteHunts::runs(std::string_view person) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT id, at, query, place, from_time, to_time, took_ms, rows, problem, starred, comment"
      " FROM hunt_run WHERE person = ?1 ORDER BY id DESC"));
  rows.bind(1, person);
  std::vector<HuntRun> all;
  while (VEDETTE_TRY(rows.step())) {
    HuntRun& one = all.emplace_back();
    one.id = rows.unsigned_integer(0);
    one.person = person;
    one.at = time_at(rows, 1);
    one.query = rows.text(2);
    one.place = rows.text(3);
    one.from = optional_time_at(rows, 4);
    one.to = optional_time_at(rows, 5);
    one.took_ms = rows.integer(6);
    one.rows = rows.integer(7);
    one.problem = rows.text(8);
    one.is_starred = rows.integer(9) != 0;
    one.comment = rows.text(10);
  }
  return all;
}

Result<std::int64_t> SqliteHunts::count(std::string_view sql, std::string_view subject,
                                        std::uint64_t besides) {
  auto rows = VEDETTE_TRY(database_->prepare(sql));
  rows.bind(1, subject).bind_unsigned(2, besides);
  VEDETTE_TRY(rows.step());
  return rows.integer(0);
}

Result<void> SqliteHunts::must_change(Statement& statement) {
  VEDETTE_TRY_VOID(statement.run());
  if (database_->changes() > 0) return {};
  return base::failure(base::ErrorCode::not_found, "there is nothing of that name");
}

Result<void> SqliteHunts::mark_run(std::string_view person, std::uint64_t id,
                                   std::optional<bool> is_starred,
                                   std::optional<std::string> comment) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    if (is_starred.value_or(false)) {
      const auto stars = VEDETTE_TRY(
          count("SELECT count(*) FROM hunt_run WHERE person = ?1 AND starred = 1 AND id <> ?2",
                person, id));
      if (std::cmp_greater_equal(stars, ports::starred_runs_max))
        return base::failure(base::ErrorCode::rate_limited,
                             "too many runs have a star; take some off first");
    }
    auto row = VEDETTE_TRY(database_->prepare(
        "UPDATE hunt_run SET starred = coalesce(?3, starred), comment = coalesce(?4, comment)"
        " WHERE person = ?1 AND id = ?2"));
    row.bind(1, person).bind_unsigned(2, id).bind_null(3).bind_null(4);
    if (is_starred) row.bind(3, std::int64_t{*is_starred});
    if (comment) row.bind(4, *comment);
    return must_change(row);
  });
}

Result<void> SqliteHunts::forget_run(std::string_view person, std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    auto row =
        VEDETTE_TRY(database_->prepare("DELETE FROM hunt_run WHERE person = ?1 AND id = ?2"));
    row.bind(1, person).bind_unsigned(2, id);
    return must_change(row);
  });
}

Result<std::vector<SavedHunt>> SqliteHunts::saved() {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT name, title, description, query, span, pinned, author, changed FROM saved_hunt"
      " ORDER BY name"));
  std::vector<SavedHunt> all;
  while (VEDETTE_TRY(rows.step())) {
    SavedHunt& one = all.emplace_back();
    one.name = rows.text(0);
    one.title = rows.text(1);
    one.description = rows.text(2);
    one.query = rows.text(3);
    one.span = rows.text(4);
    one.is_pinned = rows.integer(5) != 0;
    one.author = rows.text(6);
    one.changed = time_at(rows, 7);
  }
  return all;
}

Result<void> SqliteHunts::save(const SavedHunt& hunt) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    const auto others =
        VEDETTE_TRY(count("SELECT count(*) + ?2 FROM saved_hunt WHERE name <> ?1", hunt.name, 0));
    if (std::cmp_greater_equal(others, ports::saved_hunts_max))
      return base::failure(base::ErrorCode::rate_limited,
                           "too many hunts are saved; delete some first");
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT OR REPLACE INTO saved_hunt(name, title, description, query, span, pinned, author,"
        " changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    row.bind(1, hunt.name)
        .bind(2, hunt.title)
        .bind(3, hunt.description)
        .bind(4, hunt.query)
        .bind(5, hunt.span)
        .bind(6, std::int64_t{hunt.is_pinned})
        .bind(7, hunt.author)
        .bind(8, hunt.changed.ticks);
    return row.run();
  });
}

Result<void> SqliteHunts::remove(std::string_view name) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare("DELETE FROM saved_hunt WHERE name = ?1"));
    row.bind(1, name);
    return must_change(row);
  });
}

}  // namespace vedette::store::sqlite
