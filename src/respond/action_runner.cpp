#include "respond/action_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace vedette::respond {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Result;
using model::ActionKind;
using model::ActionState;
using ports::ActionRecord;

constexpr Duration look_pause = Duration::minutes(1);
constexpr std::int64_t look_attempts_max = 60;
// The service's clock and ours.
constexpr Duration session_slack = Duration::minutes(5);
// Second factors that are removed again so long after may be those that the person set up anew.
constexpr Duration reset_again_max = Duration::minutes(10);

bool passes_by_itself(const base::Error& error) {
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::rate_limited;
}

// What is refused for good is left out.
template <typename T>
Result<void> keep(T& into, Result<typename T::value_type> read) {
  if (read)
    into = *std::move(read);
  else if (passes_by_itself(read.error()) || read.error().code == ErrorCode::cancelled)
    return std::unexpected(read.error());
  return {};
}

// It was resolved before anything was sent.
base::IpAddress address_of(const ActionRecord& record) {
  return base::parse_ip(record.target).value_or(base::IpAddress{});
}

// Somebody carries it out, now or when it is due: it waits for no person, and has not ended.
bool is_under_way(ActionState state) {
  return state == ActionState::requested || state == ActionState::approved ||
         state == ActionState::sending;
}

// Kinds of what a policy may ask for before something else that it wants of an account.
constexpr std::array ordered_kinds{ActionKind::disable_account, ActionKind::revoke_sessions,
                                   ActionKind::confirm_compromised, ActionKind::reset_mfa};

model::AuditEntry entry_of(const ActionRecord& record, const std::string& what) {
  model::AuditEntry entry;
  entry.at = record.changed;
  entry.actor = own_name;
  entry.action = "action." + what;
  entry.object = "action " + std::to_string(record.id);
  entry.detail = fmt::format("{}; {} {}; {}", record.key,
                             model::is_about_address(record.request.kind) ? "address" : "account",
                             record.target, record.outcome);
  return entry;
}

}  // namespace

std::optional<bool> is_as_wanted(const ActionRecord& record,
                                 const ports::DirectoryAccount& account) {
  switch (record.request.kind) {
    case ActionKind::disable_account:
      return !account.is_enabled;
    case ActionKind::enable_account:
      return account.is_enabled;
    case ActionKind::revoke_sessions:
      if (!account.sessions_from.is_set()) return std::nullopt;
      return record.started.is_set() && account.sessions_from >= record.started - session_slack;
    case ActionKind::confirm_compromised:
    case ActionKind::reset_mfa:
    case ActionKind::block_address:
    case ActionKind::unblock_address:
      return std::nullopt;
  }
  return std::nullopt;
}

ActionRunner::ActionRunner(GuardSettings settings, ActionRooms rooms)
    : settings_(std::move(settings)), rooms_(std::move(rooms)) {
  std::ignore = clock_watch_.look(rooms_.clock);
}

Result<std::size_t> ActionRunner::step(const std::stop_token& stop) {
  // Somebody set the clock: spans that were waited for are not what they seem.
  if (const auto seen = clock_watch_.look(rooms_.clock); seen.is_jump())
    clock_jumped_ = std::max(seen.now, seen.before);
  auto due = VEDETTE_TRY(rooms_.store.due(rooms_.clock.now(), actions_a_step));
  // What was begun comes to its end before anything is begun that may set off the trip-wire.
  std::ranges::stable_partition(
      due, [](const ActionRecord& each) { return each.state == ActionState::sending; });
  for (auto& record : due) {
    if (stop.stop_requested()) break;
    const auto seen = see_to(std::move(record), stop);
    // Somebody else changed it meanwhile: the next step reads it again.
    if (!seen && seen.error().code != ErrorCode::unavailable &&
        seen.error().code != ErrorCode::cancelled)
      return std::unexpected(seen.error());
  }
  return due.size();
}

Result<void> ActionRunner::save(ActionRecord& record, const std::string& what) {
  record.changed = rooms_.clock.now();
  return rooms_.store.change(std::span(&record, 1), entry_of(record, what));
}

Result<void> ActionRunner::see_to(ActionRecord record, const std::stop_token& stop) {
  switch (record.state) {
    case ActionState::requested:
    case ActionState::approved:
      if (const auto first = VEDETTE_TRY(still_before(record)))
        return hold(std::move(record), *first);
      return go_on(std::move(record), stop);
    case ActionState::sending:  // it was begun: what came of it is read, whatever else there is
      return go_on(std::move(record), stop);
    case ActionState::waiting_for_approval:
      record.state = ActionState::expired;
      record.outcome = "nobody agreed within " + base::format_duration(proposal_age_max);
      record.next_look = {};
      return save(record, "expire");
    case ActionState::done:
      return look_again(std::move(record), stop);
    default:  // nothing is to be done about it
      record.next_look = {};
      return save(record, "rest");
  }
}

// What a policy wants of one account is done in the order in which it asked: who is disabled after
// the sessions were ended has logged in again meanwhile. What waits for a person, who may take
// three days, holds nothing up, neither does what was denied or failed: what is left is judged by
// itself.
Result<std::optional<ActionRecord>> ActionRunner::still_before(const ActionRecord& record) {
  if (record.request.policy.empty() || model::is_undo(record.request.kind))
    return std::optional<ActionRecord>();
  std::optional<ActionRecord> first;
  for (const ActionKind kind : ordered_kinds) {
    model::ActionRequest other = record.request;
    other.kind = kind;
    auto found = VEDETTE_TRY(rooms_.store.keyed(model::action_key(other)));
    if (found && found->id < record.id && (!first || found->id < first->id) &&
        found->request.policy == record.request.policy && is_under_way(found->state))
      first = std::move(found);
  }
  return first;
}

// Until the other is looked at again, or soon: somebody may have decided about it meanwhile. No
// entry in the audit log: nothing has happened.
Result<void> ActionRunner::hold(ActionRecord record, const ActionRecord& first) {
  record.changed = rooms_.clock.now();
  record.next_look = first.next_look > record.changed
                         ? std::min(first.next_look, record.changed + longest_pause)
                         : record.changed + first_pause;
  record.outcome = fmt::format("waits: action {} ({}) comes first", first.id,
                               model::words_of(first.request.kind));
  return rooms_.store.change(std::span(&record, 1), std::nullopt);
}

Result<void> ActionRunner::count_accounts(const ActionRecord& record, const std::string& target,
                                          GuardState& state) {
  state.is_tripped = VEDETTE_TRY(rooms_.store.trip_wire()).tripped.is_set();
  state.accounts_this_hour =
      VEDETTE_TRY(rooms_.store.accounts_since(state.now - Duration::hours(1), target));
  state.accounts_today =
      VEDETTE_TRY(rooms_.store.accounts_since(state.now - Duration::hours(24), target));
  state.blocks_today =
      VEDETTE_TRY(rooms_.store.blocks_since(state.now - Duration::hours(24), target));
  if (!model::is_undo(record.request.kind)) return {};
  state.is_locked_by_us = !VEDETTE_TRY(rooms_.store.locks_of(target)).empty();
  return {};
}

Result<void> ActionRunner::read_incident(const ActionRecord& record, GuardState& state,
                                         const std::stop_token& stop) {
  if (record.request.incident == 0 || model::is_undo(record.request.kind)) return {};
  return keep(state.testimony, rooms_.witness.testify(record.request.incident, stop));
}

// Everything anew. An error passes by itself; what is refused for good is left out, which the guard
// takes as it must.
Result<GuardState> ActionRunner::examine(const ActionRecord& record, const std::stop_token& stop) {
  if (model::is_about_address(record.request.kind)) return examine_address(record, stop);
  GuardState state;
  state.clock_jumped = clock_jumped_;
  const bool is_undo = model::is_undo(record.request.kind);
  // Once it is known who is meant, no name leads elsewhere.
  const model::AccountReference wanted = record.target.empty()
                                             ? record.request.account
                                             : model::AccountReference{record.target, {}, {}};
  state.found = VEDETTE_TRY(rooms_.directory.find(wanted, stop));
  const std::string target = state.found.account ? state.found.account->object_id : "";
  if (!target.empty() && !is_undo) {
    VEDETTE_TRY_VOID(keep(state.roles, rooms_.directory.roles(target, stop)));
    VEDETTE_TRY_VOID(keep(state.people, rooms_.directory.count_users(stop)));
    VEDETTE_TRY_VOID(read_incident(record, state, stop));
  }
  state.now = rooms_.clock.now();
  VEDETTE_TRY_VOID(count_accounts(record, target, state));
  state.kill_switch = rooms_.kill_switch();
  return state;
}

Result<GuardState> ActionRunner::examine_address(const ActionRecord& record,
                                                 const std::stop_token& stop) {
  if (!rooms_.addresses)
    return base::failure(ErrorCode::refused, "[respond] names no block_command");
  GuardState state;
  state.clock_jumped = clock_jumped_;
  state.address =
      base::parse_ip(record.target.empty() ? record.request.account.object_id : record.target);
  if (state.address) {
    state.is_own_address = rooms_.addresses->is_own(*state.address);
    state.is_allowed_address = rooms_.addresses->is_allowed(*state.address);
  }
  VEDETTE_TRY_VOID(read_incident(record, state, stop));
  state.now = rooms_.clock.now();
  VEDETTE_TRY_VOID(
      count_accounts(record, state.address ? base::format_ip(*state.address) : "", state));
  state.kill_switch = rooms_.kill_switch();
  return state;
}

Result<bool> ActionRunner::is_there(const ActionRecord& record, const GuardState& state,
                                    const std::stop_token& stop) {
  if (!model::is_about_address(record.request.kind)) {
    const auto& account = state.found.account;
    return account && is_as_wanted(record, *account).value_or(false);
  }
  // The helper is asked of nothing but what may be blocked.
  if (!state.address || state.address->is_special()) return false;
  const bool is_blocked = VEDETTE_TRY(rooms_.addresses->block.is_blocked(*state.address, stop));
  return is_blocked == (record.request.kind == ActionKind::block_address);
}

Result<void> ActionRunner::go_on(ActionRecord record, const std::stop_token& stop) {
  auto examined = examine(record, stop);
  if (!examined) {
    if (passes_by_itself(examined.error())) return postpone(std::move(record), examined.error());
    if (examined.error().code == ErrorCode::cancelled) return std::unexpected(examined.error());
    const std::string words =
        (model::is_about_address(record.request.kind) ? "" : "the directory cannot be read: ") +
        examined.error().message;
    return deny(std::move(record), words);
  }
  const GuardState& state = *examined;
  const auto looked = is_there(record, state, stop);
  if (!looked)
    return passes_by_itself(looked.error()) ? postpone(std::move(record), looked.error())
                                            : fail(std::move(record), looked.error().message);
  // It was asked for before we died, or before the answer was lost.
  if (record.state == ActionState::sending && *looked) return finish(std::move(record), "");
  // A slow answer is no refusal: the guard would deny it for good.
  if (state.testimony && state.now - state.testimony->read_at > settings_.testimony_age_max)
    return postpone(std::move(record),
                    {ErrorCode::unavailable, "what was read of the incident is old by now"});
  GuardVerdict verdict = judge(record, settings_, state);
  if (rooms_.judged) rooms_.judged(verdict);
  if (record.state == ActionState::sending && record.request.kind == ActionKind::reset_mfa &&
      verdict.decision == GuardDecision::allow && state.now - record.started > reset_again_max)
    verdict = {GuardDecision::needs_approval, verdict.reason,
               "it was begun at " + base::format_seconds(record.started) +
                   " and may be half done: look at the account's second factors, and approve it "
                   "again to remove those that are left"};
  if (const auto& account = state.found.account; account && record.target.empty())
    record.target = account->object_id;
  if (state.address && record.target.empty()) record.target = base::format_ip(*state.address);
  if (verdict.trips) VEDETTE_TRY_VOID(set_off(verdict.words));
  if (verdict.decision == GuardDecision::deny) return deny(std::move(record), verdict.words);
  if (*looked) {
    record.is_ours = false;
    return finish(std::move(record), "it was so already, not by us");
  }
  if (verdict.decision == GuardDecision::needs_approval)
    return ask_people(std::move(record), verdict);
  return send(std::move(record), verdict, stop);
}

Result<void> ActionRunner::deny(ActionRecord record, const std::string& words) {
  record.state = ActionState::denied;
  record.outcome = words;
  record.next_look = {};
  return save(record, "deny");
}

Result<void> ActionRunner::set_off(const std::string& why) {
  ports::TripWire wire;
  wire.tripped = rooms_.clock.now();
  wire.why = why;
  model::AuditEntry entry;
  entry.at = wire.tripped;
  entry.actor = own_name;
  entry.action = "action.trip";
  entry.object = "trip-wire";
  entry.detail = why;
  rooms_.tell(true, "responses have stopped by themselves: " + why +
                        "; two administrators must look and run `vedette actions resume`");
  return rooms_.store.set_trip_wire(wire, entry);
}

Result<void> ActionRunner::ask_people(ActionRecord record, const GuardVerdict& verdict) {
  record.state = ActionState::waiting_for_approval;
  record.outcome = verdict.words;
  record.approved_by = record.approved_target = "";
  record.approved = {};
  record.next_look = rooms_.clock.now() + proposal_age_max;
  rooms_.tell(false, fmt::format("action {} waits for approval: {}", record.id, verdict.words));
  return save(record, "propose");
}

Result<void> ActionRunner::send(ActionRecord record, const GuardVerdict& verdict,
                                const std::stop_token& stop) {
  rooms_.passes("action_judged");
  const bool is_first = !record.started.is_set();
  record.state = ActionState::sending;
  record.outcome = verdict.words;
  record.is_ours = true;
  record.next_look = {};
  // Of a try again too: the caps count what reaches the directory, when it does.
  record.started = rooms_.clock.now();
  VEDETTE_TRY_VOID(save(record, "send"));
  rooms_.passes("action_sending");
  if (!model::is_undo(record.request.kind) && rooms_.kill_switch() != SwitchPosition::off) {
    record.is_ours = !is_first;
    return deny(std::move(record), "stopped just before it was done");
  }
  const auto called = call(record, stop);
  rooms_.passes("action_sent");
  return settle(std::move(record), called, stop);
}

Result<void> ActionRunner::call(const ActionRecord& record, const std::stop_token& stop) {
  switch (record.request.kind) {
    case ActionKind::disable_account:
      return rooms_.directory.set_enabled(record.target, false, stop);
    case ActionKind::enable_account:
      return rooms_.directory.set_enabled(record.target, true, stop);
    case ActionKind::revoke_sessions:
      return rooms_.directory.revoke_sessions(record.target, stop);
    case ActionKind::confirm_compromised:
      return rooms_.directory.confirm_compromised(record.target, stop);
    case ActionKind::reset_mfa:
      return rooms_.directory.reset_second_factors(record.target, stop);
    case ActionKind::block_address:
      return rooms_.addresses->block.block(address_of(record), settings_.block_for, stop);
    case ActionKind::unblock_address:
      return rooms_.addresses->block.unblock(address_of(record), stop);
  }
  return {};
}

// What was answered, and what is really so: only that counts.
Result<void> ActionRunner::settle(ActionRecord record, const Result<void>& called,
                                  const std::stop_token& stop) {
  if (!called && !passes_by_itself(called.error()))
    return called.error().code == ErrorCode::cancelled
               ? Result<void>(std::unexpected(called.error()))
               : fail(std::move(record), called.error().message);
  if (model::is_about_address(record.request.kind))
    return settle_address(std::move(record), called, stop);
  const auto found = rooms_.directory.find({record.target, {}, {}}, stop);
  rooms_.passes("action_read_back");
  if (!found) return postpone(std::move(record), found.error());
  if (!found->account) return fail(std::move(record), "the account is gone");
  const auto wanted = is_as_wanted(record, *found->account);
  if (wanted.value_or(called.has_value())) return finish(std::move(record), "");
  if (!called) return postpone(std::move(record), called.error());
  return postpone(std::move(record),
                  {ErrorCode::unavailable, "the directory took it, and does not show it yet"});
}

Result<void> ActionRunner::settle_address(ActionRecord record, const Result<void>& called,
                                          const std::stop_token& stop) {
  const auto is_blocked = rooms_.addresses->block.is_blocked(address_of(record), stop);
  rooms_.passes("action_read_back");
  if (!is_blocked) return postpone(std::move(record), is_blocked.error());
  if (*is_blocked == (record.request.kind == ActionKind::block_address))
    return finish(std::move(record), "");
  return postpone(
      std::move(record),
      called ? base::Error{ErrorCode::unavailable, "the firewall took it, and does not show it yet"}
             : called.error());
}

// Undoing ends the lock's life, too.
Result<void> ActionRunner::finish(ActionRecord record, const std::string& words) {
  const ActionKind kind = record.request.kind;
  record.state = ActionState::done;
  record.changed = record.done = rooms_.clock.now();
  record.attempts = record.looks = 0;
  record.outcome = words.empty() ? fmt::format("done: {}", model::words_of(kind)) : words;
  const bool is_looked_at =
      kind == ActionKind::disable_account || kind == ActionKind::revoke_sessions;
  record.next_look = is_looked_at ? record.done + later_looks.front() : base::Timestamp{};
  if (kind == ActionKind::block_address && record.is_ours)
    record.next_look = record.done + settings_.block_for;
  std::vector<ActionRecord> changed{record};
  if (model::is_undo(kind)) {
    for (auto& lock : VEDETTE_TRY(rooms_.store.locks_of(record.target))) {
      lock.state = ActionState::undone;
      lock.outcome = "undone by " + record.request.requested_by;
      lock.changed = record.done;
      lock.next_look = {};
      changed.push_back(std::move(lock));
    }
  }
  VEDETTE_TRY_VOID(rooms_.store.change(changed, entry_of(record, "done")));
  rooms_.passes("action_done");
  rooms_.tell(false, fmt::format("action {}: {}", record.id, record.outcome));
  return {};
}

Result<void> ActionRunner::fail(ActionRecord record, const std::string& words) {
  record.state = ActionState::failed;
  record.outcome = words;
  record.next_look = {};
  rooms_.tell(true, fmt::format("action {} failed: {}", record.id, words));
  return save(record, "fail");
}

// No entry in the audit log: nothing has happened.
Result<void> ActionRunner::postpone(ActionRecord record, const base::Error& error) {
  if (++record.attempts > attempts_max)
    return fail(std::move(record), "given up after many attempts: " + error.message);
  const auto doubled = std::min<std::int64_t>(record.attempts - 1, 6);
  const Duration pause =
      std::min(Duration{first_pause.ticks * (std::int64_t{1} << doubled)}, longest_pause);
  record.changed = rooms_.clock.now();
  record.outcome = "tried again later: " + error.message;
  record.next_look = record.changed + pause;
  return rooms_.store.change(std::span(&record, 1), std::nullopt);
}

// The firewall lets it in again by itself; where it did not, we do.
Result<void> ActionRunner::end_block(ActionRecord record, const std::stop_token& stop) {
  if (!rooms_.addresses) {
    record.next_look = {};
    record.outcome += "; [respond] names no block_command any more, so nobody ended it";
    return save(record, "rest");
  }
  const auto ended = rooms_.addresses->block.unblock(address_of(record), stop);
  record.changed = rooms_.clock.now();
  if (!ended && ended.error().code == ErrorCode::cancelled) return std::unexpected(ended.error());
  if (!ended && ++record.attempts <= look_attempts_max) {
    record.next_look = record.changed + look_pause;
    return rooms_.store.change(std::span(&record, 1), std::nullopt);
  }
  record.state = ActionState::verified;
  record.next_look = {};
  record.is_ours = !ended;
  record.outcome +=
      ended ? fmt::format("; it ended after {}", base::format_duration(settings_.block_for))
            : "; it could not be ended: " + ended.error().message;
  return save(record, "end");
}

Result<void> ActionRunner::look_again(ActionRecord record, const std::stop_token& stop) {
  if (record.request.kind == ActionKind::block_address) return end_block(std::move(record), stop);
  const auto found = rooms_.directory.find({record.target, {}, {}}, stop);
  record.changed = rooms_.clock.now();
  if (!found) {
    if (found.error().code == ErrorCode::cancelled) return std::unexpected(found.error());
    const bool gives_up = ++record.attempts > look_attempts_max;
    record.next_look = gives_up ? base::Timestamp{} : record.changed + look_pause;
    if (gives_up) record.outcome += "; it could not be looked at again: " + found.error().message;
    return rooms_.store.change(std::span(&record, 1), std::nullopt);
  }
  record.attempts = 0;
  if (found->account && !is_as_wanted(record, *found->account).value_or(true)) {
    record.state = ActionState::reverted_elsewhere;
    record.next_look = {};
    record.outcome =
        fmt::format("seen changed back at {}, not by us{}", base::format_seconds(record.changed),
                    found->account->is_synchronised
                        ? "; the account comes from a directory on premises: disable it there"
                        : "");
    rooms_.tell(true, fmt::format("action {}: {}", record.id, record.outcome));
    return save(record, "reverted");
  }
  ++record.looks;
  if (found->account && record.looks < std::ssize(later_looks)) {
    record.next_look = record.done + later_looks.at(static_cast<std::size_t>(record.looks));
    return rooms_.store.change(std::span(&record, 1), std::nullopt);
  }
  record.state = ActionState::verified;
  record.next_look = {};
  record.outcome += found->account ? "; still so at the last look" : "; the account is gone";
  return save(record, "verify");
}

}  // namespace vedette::respond
