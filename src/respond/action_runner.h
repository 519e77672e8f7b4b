// Owns: the life of actions: asked → guard → (approval) → state read → set → read back → looked at
// again. Promises: nothing is changed in the directory but on the guard's word of that moment, and
// after it is written down that it will be; what was begun when the process died is read before it
// is done again, so that nothing has a second effect; each step is in the audit log; what cannot be
// read now is tried again later, and nothing happens meanwhile, also not what the same policy wants
// of the account after that. Must not know: HTTP, SQL, what incidents are. One thread.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ports/action_store.h"
#include "ports/address_block.h"
#include "ports/clock.h"
#include "ports/directory.h"
#include "respond/clock_watch.h"
#include "respond/guard.h"
#include "respond/incident_witness.h"

namespace vedette::respond {

// A proposal that nobody looks at goes after this.
inline constexpr base::Duration proposal_age_max = base::Duration::hours(72);
// After it was done. A sync from on premises comes by every 30 minutes.
inline constexpr std::array<base::Duration, 3> later_looks{
    base::Duration::minutes(10), base::Duration::minutes(40), base::Duration::minutes(90)};
// Of failures that pass; with the pauses between them some five hours.
inline constexpr std::int64_t attempts_max = 36;
inline constexpr base::Duration first_pause = base::Duration::seconds(10);
inline constexpr base::Duration longest_pause = base::Duration::minutes(10);
inline constexpr std::size_t actions_a_step = 50;

// What blocking addresses needs.
struct AddressRooms {
  ports::AddressBlock& block;
  std::function<std::optional<bool>(const base::IpAddress&)> is_own;  // nothing: cannot be told
  std::function<bool(const base::IpAddress&)> is_allowed;             // on the allow list
};

struct ActionRooms {
  ports::ActionStore& store;
  ports::Directory& directory;
  IncidentWitness& witness;
  ports::Clock& clock;
  std::function<SwitchPosition()> kill_switch;
  // Each named moment as it is passed: "action_judged", "action_sending", "action_sent",
  // "action_read_back", "action_done".
  std::function<void(std::string_view moment)> passes;
  std::function<void(bool is_problem, const std::string& text)> tell;
  std::function<void(const GuardVerdict& verdict)> judged = {};  // may be empty
  std::optional<AddressRooms> addresses = {};                    // empty: no address is blocked
};

class ActionRunner {
 public:
  // What `rooms` refers to outlives it.
  ActionRunner(GuardSettings settings, ActionRooms rooms);

  // Sees to what is due; how many actions that were. An error: of the store.
  base::Result<std::size_t> step(const std::stop_token& stop);

 private:
  using Record = ports::ActionRecord;
  template <typename T>
  using Result = base::Result<T>;

  Result<void> see_to(Record record, const std::stop_token& stop);
  // The action that this one comes after, while that is under way.
  [[nodiscard]] Result<std::optional<Record>> still_before(const Record& record);
  Result<void> hold(Record record, const Record& first);
  Result<void> go_on(Record record, const std::stop_token& stop);
  [[nodiscard]] Result<GuardState> examine(const Record& record, const std::stop_token& stop);
  [[nodiscard]] Result<GuardState> examine_address(const Record& record,
                                                   const std::stop_token& stop);
  // Is it as the action wants it already?
  [[nodiscard]] Result<bool> is_there(const Record& record, const GuardState& state,
                                      const std::stop_token& stop);
  [[nodiscard]] Result<void> read_incident(const Record& record, GuardState& state,
                                           const std::stop_token& stop);
  Result<void> settle_address(Record record, const Result<void>& called,
                              const std::stop_token& stop);
  Result<void> end_block(Record record, const std::stop_token& stop);
  [[nodiscard]] Result<void> count_accounts(const Record& record, const std::string& target,
                                            GuardState& state);
  Result<void> deny(Record record, const std::string& words);
  Result<void> set_off(const std::string& why);
  Result<void> ask_people(Record record, const GuardVerdict& verdict);
  Result<void> send(Record record, const GuardVerdict& verdict, const std::stop_token& stop);
  [[nodiscard]] Result<void> call(const Record& record, const std::stop_token& stop);
  Result<void> settle(Record record, const Result<void>& called, const std::stop_token& stop);
  Result<void> finish(Record record, const std::string& words);
  Result<void> fail(Record record, const std::string& words);
  Result<void> postpone(Record record, const base::Error& error);
  Result<void> look_again(Record record, const std::stop_token& stop);
  Result<void> save(Record& record, const std::string& what);

  const GuardSettings settings_;
  ActionRooms rooms_;
  ClockWatch clock_watch_;
  base::Timestamp clock_jumped_;
};

// Is the account as the action wants it? Nothing: it cannot be seen.
[[nodiscard]] std::optional<bool> is_as_wanted(const ports::ActionRecord& record,
                                               const ports::DirectoryAccount& account);

}  // namespace vedette::respond
