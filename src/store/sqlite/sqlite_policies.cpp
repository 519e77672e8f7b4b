#include "store/sqlite/sqlite_policies.h"

#include <utility>

#include "store/sqlite/column_values.h"
#include "store/sqlite/incident_rows.h"
#include "store/sqlite/state_schema.h"

namespace vedette::store::sqlite {

using base::Result;
using model::ArmedPolicy;
using model::PolicyCase;

Result<std::unique_ptr<SqlitePolicies>> SqlitePolicies::open(const std::string& path,
                                                             bool read_only) {
  return std::make_unique<SqlitePolicies>(VEDETTE_TRY(open_state(path, read_only)));
}

Result<void> SqlitePolicies::arm(const ArmedPolicy& policy) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare(
        "INSERT INTO armed_policy(name, hash, mode, armed, armed_by) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT(name) DO UPDATE SET hash = ?2, mode = ?3, armed = ?4, armed_by = ?5"));
    row.bind(1, policy.name)
        .bind(2, policy.hash)
        .bind(3, value_of(policy.mode))
        .bind(4, policy.armed.ticks)
        .bind(5, policy.by);
    return row.run();
  });
}

Result<bool> SqlitePolicies::disarm(std::string_view name) {
  const std::lock_guard lock(mutex_);
  bool was_armed = false;
  const auto work = [&]() -> Result<void> {
    auto row = VEDETTE_TRY(database_->prepare("DELETE FROM armed_policy WHERE name = ?1"));
    row.bind(1, name);
    VEDETTE_TRY_VOID(row.run());
    was_armed = database_->changes() > 0;
    return {};
  };
  VEDETTE_TRY_VOID(database_->transaction(work));
  return was_armed;
}

Result<std::vector<ArmedPolicy>> SqlitePolicies::armed() {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT name, hash, mode, armed, armed_by FROM armed_policy ORDER BY name"));
  std::vector<ArmedPolicy> all;
  while (VEDETTE_TRY(rows.step())) {
    ArmedPolicy& one = all.emplace_back();
    one.name = rows.text(0);
    one.hash = rows.text(1);
    one.mode = VEDETTE_TRY(enum_at(rows, 2, model::ActionMode::automatic));
    one.armed = time_at(rows, 3);
    one.by = rows.text(4);
  }
  return all;
}

Result<void> SqlitePolicies::put_case(const PolicyCase& one) {
  VEDETTE_TRY_VOID(check_incident(*database_, one.incident));
  auto row = VEDETTE_TRY(database_->prepare(
      "INSERT OR REPLACE INTO policy_case(incident, policy, state, episode, why, matched, started,"
      " first_told, last_warned, steps_done, ask_why, ending, told, changed)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"));
  row.bind_unsigned(1, one.incident)
      .bind(2, one.policy)
      .bind(3, value_of(one.state))
      .bind(4, std::int64_t{one.episode})
      .bind(5, one.why)
      .bind(6, one.matched.ticks)
      .bind(7, one.started.ticks)
      .bind(8, one.first_told.ticks)
      .bind(9, one.last_warned.ticks)
      .bind(10, std::int64_t{one.steps_done})
      .bind(11, one.ask_why)
      .bind(12, one.ending)
      .bind(13, one.told)
      .bind(14, one.changed.ticks);
  return row.run();
}

Result<std::vector<PolicyCase>> SqlitePolicies::cases(std::uint64_t incident) {
  const std::lock_guard lock(mutex_);
  auto rows = VEDETTE_TRY(database_->prepare(
      "SELECT incident, policy, state, episode, why, matched, started, first_told, last_warned,"
      " steps_done, ask_why, ending, told, changed FROM policy_case c"
      " WHERE incident = ?1 OR (?1 = 0 AND (state <> 2 OR EXISTS"
      "  (SELECT 1 FROM incident i WHERE i.number = c.incident AND i.status <> 2)))"
      " ORDER BY incident, policy"));
  rows.bind_unsigned(1, incident);
  std::vector<PolicyCase> all;
  while (VEDETTE_TRY(rows.step())) {
    PolicyCase& one = all.emplace_back();
    one.incident = rows.unsigned_integer(0);
    one.policy = rows.text(1);
    one.state = VEDETTE_TRY(enum_at(rows, 2, model::CaseState::over));
    one.episode = static_cast<std::uint32_t>(rows.integer(3));
    one.why = rows.text(4);
    one.matched = time_at(rows, 5);
    one.started = time_at(rows, 6);
    one.first_told = time_at(rows, 7);
    one.last_warned = time_at(rows, 8);
    one.steps_done = static_cast<std::uint32_t>(rows.integer(9));
    one.ask_why = rows.text(10);
    one.ending = rows.text(11);
    one.told = rows.text(12);
    one.changed = time_at(rows, 13);
  }
  return all;
}

Result<void> SqlitePolicies::save(const ports::CaseCommit& change) {
  const std::lock_guard lock(mutex_);
  return database_->transaction([&]() -> Result<void> {
    for (const PolicyCase& one : change.cases) VEDETTE_TRY_VOID(put_case(one));
    for (const auto& entry : change.entries) {
      VEDETTE_TRY_VOID(check_incident(*database_, entry.incident));
      VEDETTE_TRY_VOID(put_entry(*database_, entry));
    }
    for (const auto& message : change.messages) {
      VEDETTE_TRY_VOID(check_incident(*database_, message.incident));
      VEDETTE_TRY_VOID(put_message(*database_, message));
    }
    return {};
  });
}

}  // namespace vedette::store::sqlite
