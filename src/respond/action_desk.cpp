#include "respond/action_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ip.h"
#include "base/text.h"

namespace vedette::respond {
namespace {

using base::ErrorCode;
using base::Result;
using model::ActionKind;
using model::ActionState;
using ports::ActionRecord;

constexpr std::size_t text_bytes_max = 500;

std::unexpected<base::Error> wrong(std::string text) {
  return base::failure(ErrorCode::invalid_argument, std::move(text));
}

model::AuditEntry entry_of(const Decider& person, const std::string& what, std::string object,
                           std::string detail) {
  model::AuditEntry entry;
  entry.at = person.now;
  entry.actor = person.name;
  entry.action = "action." + what;
  entry.object = std::move(object);
  entry.detail = std::move(detail);
  return entry;
}

}  // namespace

Result<ActionRecord> ActionDesk::known(std::int64_t id) {
  auto found = VEDETTE_TRY(store_.find(id));
  if (found) return *std::move(found);
  return base::failure(ErrorCode::not_found, fmt::format("there is no action {}", id));
}

Result<ActionRecord> ActionDesk::save(ActionRecord record, const Decider& person,
                                      const std::string& what) {
  record.changed = person.now;
  VEDETTE_TRY_VOID(store_.change(
      std::span(&record, 1), entry_of(person, what, fmt::format("action {}", record.id),
                                      fmt::format("{}; account {}", record.key, record.target))));
  return record;
}

Result<ActionRecord> ActionDesk::ask(const Decider& person, std::uint64_t incident, ActionKind kind,
                                     const model::AccountReference& account,
                                     const std::string& reason) {
  if (person.name.empty() || person.name == own_name) return wrong("an action needs a person");
  if (model::is_undo(kind))
    return wrong(kind == ActionKind::enable_account
                     ? "an account is enabled again by undoing the action that disabled it"
                     : "an address is let in again by undoing the action that blocked it");
  if (model::name_of(account).empty()) return wrong("name the account");
  for (const auto* text : {&account.object_id, &account.principal_name, &account.mail, &reason})
    if (text->size() > text_bytes_max)
      return wrong(fmt::format("a text may have {} bytes", text_bytes_max));
  model::ActionRequest request;
  request.incident = incident;
  request.kind = kind;
  request.account = account;
  if (kind == ActionKind::block_address) {
    const auto address = base::parse_ip(model::name_of(account));
    if (!address) return wrong("this is no address: one, of IPv4 or IPv6, is what can be blocked");
    request.account = {base::format_ip(*address), {}, {}};
  }
  request.requested_by = person.name;
  request.reason = reason;
  request.requested = person.now;
  return store_.request(request);
}

Result<ActionRecord> ActionDesk::approve(const Decider& person, std::int64_t id) {
  ActionRecord record = VEDETTE_TRY(known(id));
  const bool can_be = record.state == ActionState::waiting_for_approval ||
                      record.state == ActionState::denied || record.state == ActionState::failed ||
                      record.state == ActionState::expired;
  if (!can_be)
    return wrong(fmt::format("action {} is {}: there is nothing to approve", id,
                             model::words_of(record.state)));
  if (record.request.mode == model::ActionMode::dry_run)
    return wrong(fmt::format("action {} is a dry run: it is never done", id));
  if (settings_.two_persons && base::equals_ignoring_case(person.name, record.request.requested_by))
    return wrong("you asked for it yourself: somebody else must approve it");
  if (!settings_.approvers.empty() &&
      std::ranges::find(settings_.approvers, person.name) == settings_.approvers.end())
    return wrong(fmt::format("{} is none of the approvers ([respond] approvers)", person.name));
  record.state = ActionState::approved;
  record.approved_by = person.name;
  record.approved = person.now;
  record.approved_target = record.target;
  record.outcome = "approved by " + person.name;
  record.attempts = 0;
  record.next_look = {};
  return save(std::move(record), person, "approve");
}

Result<ActionRecord> ActionDesk::refuse(const Decider& person, std::int64_t id) {
  ActionRecord record = VEDETTE_TRY(known(id));
  const bool can_be = record.state == ActionState::requested ||
                      record.state == ActionState::waiting_for_approval ||
                      record.state == ActionState::approved;
  if (!can_be)
    return wrong(fmt::format("action {} is {}: it cannot be refused any more", id,
                             model::words_of(record.state)));
  record.state = ActionState::denied;
  record.outcome = "refused by " + person.name;
  record.next_look = {};
  return save(std::move(record), person, "refuse");
}

Result<ActionRecord> ActionDesk::undo(const Decider& person, std::int64_t id) {
  const ActionRecord record = VEDETTE_TRY(known(id));
  const bool is_block = record.request.kind == ActionKind::block_address;
  if (!is_block && record.request.kind != ActionKind::disable_account)
    return wrong(fmt::format("action {} is {}: that cannot be undone", id,
                             model::words_of(record.request.kind)));
  if (record.state == ActionState::undone) return wrong(record.outcome);
  if (!record.is_ours || record.state == ActionState::sending)
    return wrong(fmt::format("action {} is {}: there is nothing of ours to undo", id,
                             model::words_of(record.state)));
  model::ActionRequest request;
  request.incident = record.request.incident;
  request.kind = is_block ? ActionKind::unblock_address : ActionKind::enable_account;
  request.mode = model::ActionMode::automatic;
  request.account.object_id = record.target;
  request.requested_by = person.name;
  request.reason = fmt::format("undo of action {}", id);
  request.requested = person.now;
  ActionRecord asked = VEDETTE_TRY(store_.request(request));
  const bool is_settled = asked.state == ActionState::done || asked.state == ActionState::failed ||
                          asked.state == ActionState::denied;
  if (!is_settled) return asked;
  // An earlier one of the same incident: once more.
  asked.state = ActionState::requested;
  asked.request.requested_by = person.name;
  asked.attempts = 0;
  asked.next_look = {};
  return save(std::move(asked), person, "undo");
}

Result<std::string> ActionDesk::reset_trip_wire(const Decider& person) {
  ports::TripWire wire = VEDETTE_TRY(store_.trip_wire());
  if (!wire.tripped.is_set()) return std::string("The trip-wire is not set off.");
  const bool is_second = !wire.reset_by.empty() &&
                         !base::equals_ignoring_case(wire.reset_by, person.name) &&
                         person.now - wire.reset <= reset_age_max;
  const std::string first = wire.reset_by;
  if (is_second) {
    wire = {};
  } else {
    wire.reset_by = person.name;
    wire.reset = person.now;
  }
  VEDETTE_TRY_VOID(store_.set_trip_wire(wire, entry_of(person, "reset", "trip-wire", "")));
  if (is_second)
    return fmt::format(
        "The trip-wire is reset, by {} and {}. What was denied meanwhile stays so: "
        "approve it one by one.",
        first, person.name);
  return fmt::format(
      "One of two: within {} another administrator must run `vedette actions resume`, too.",
      base::format_duration(reset_age_max));
}

}  // namespace vedette::respond
