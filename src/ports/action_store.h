// Owns: actions upon accounts and addresses and how far each is: what must survive a crash, so that
// none is done twice or forgotten; and the trip-wire, which stops all of them. Real body:
// store/sqlite/sqlite_actions.h (state.db). Fake: test/fakes/memory_action_store.h. Contract:
// test/contract/action_store_contract.h. Promises: each call is one durable transaction, with the
// entry of the audit log that tells of it; an action's key is unique: asking again for what was
// asked for changes nothing; what somebody else changed meanwhile is never overwritten. Must not
// know: who may ask for what. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "model/access.h"
#include "model/action.h"

namespace vedette::ports {

// An action as it is kept.
struct ActionRecord {
  std::int64_t id = 0;  // given by the store, in the order of asking
  std::string key;      // incident + kind + account
  model::ActionRequest request;
  model::ActionState state = model::ActionState::requested;
  std::string target;       // object id of the one directory object meant; empty: not resolved yet
  std::string outcome;      // for people: what the guard, the directory or a person said last
  base::Timestamp changed;  // processing time of the last change
  base::Timestamp done;     // read back; unset: not done
  base::Timestamp next_look;  // when somebody must look at it again; unset: nobody must

  std::uint64_t revision = 0;   // grows with each change; one that is behind is not taken
  std::string approved_by;      // the person; empty: nobody
  std::string approved_target;  // the object id that was approved, and no other
  base::Timestamp approved;     // unset: not
  base::Timestamp started;      // the directory was last asked to change something; unset: never
  bool is_ours = false;         // we may have changed the account: undoing gives it back
  std::int64_t looks = 0;       // of the later looks, how many are done
  std::int64_t attempts = 0;    // that failed for a passing reason, since the last success
  bool operator==(const ActionRecord&) const = default;
};

// Set off: no account is touched until two administrators reset it.
struct TripWire {
  base::Timestamp tripped;  // unset: not
  std::string why;
  std::string reset_by;  // the first of the two
  base::Timestamp reset;
  bool operator==(const TripWire&) const = default;
};

class ActionStore {
 public:
  virtual ~ActionStore() = default;
  // The record that is there for that key: a new one, or what became of an earlier request.
  [[nodiscard]] virtual base::Result<ActionRecord> request(const model::ActionRequest& request) = 0;
  [[nodiscard]] virtual base::Result<std::optional<ActionRecord>> find(std::int64_t id) = 0;
  // What was asked for by that key (model::action_key).
  [[nodiscard]] virtual base::Result<std::optional<ActionRecord>> keyed(std::string_view key) = 0;
  // Of one incident (0: of all), the newest first.
  [[nodiscard]] virtual base::Result<std::vector<ActionRecord>> list(std::uint64_t incident,
                                                                     std::size_t limit) = 0;

  // What somebody must see to: requested, approved, sending; and those whose next look is due. An
  // action that is not due yet by its next look waits. The oldest first.
  [[nodiscard]] virtual base::Result<std::vector<ActionRecord>> due(base::Timestamp now,
                                                                    std::size_t limit) = 0;
  // The records as they are now, together or not at all. `audit` has no number and no hash yet, and
  // may be left out where nothing happened that people would ask for. One whose revision is not the
  // store's was changed by somebody else meanwhile: nothing changes, and the error is unavailable
  // (read it again). The records' revisions are one more afterwards.
  [[nodiscard]] virtual base::Result<void> change(
      std::span<ActionRecord> records, const std::optional<model::AuditEntry>& audit) = 0;
  // How many accounts, but for that one, somebody began to lock since then.
  [[nodiscard]] virtual base::Result<std::uint64_t> accounts_since(base::Timestamp since,
                                                                   std::string_view but) = 0;
  // The same of addresses that somebody began to block.
  [[nodiscard]] virtual base::Result<std::uint64_t> blocks_since(base::Timestamp since,
                                                                 std::string_view but) = 0;
  // The disablings of that object, or blockings of that address, that we did, or may have done, and
  // that are not undone; the newest first.
  [[nodiscard]] virtual base::Result<std::vector<ActionRecord>> locks_of(
      std::string_view target) = 0;

  [[nodiscard]] virtual base::Result<TripWire> trip_wire() = 0;
  [[nodiscard]] virtual base::Result<void> set_trip_wire(const TripWire& wire,
                                                         const model::AuditEntry& audit) = 0;
};

// The entry of the audit log that tells of a request.
[[nodiscard]] inline model::AuditEntry asked_entry(const ActionRecord& record) {
  model::AuditEntry entry;
  entry.at = record.request.requested;
  entry.actor = record.request.requested_by;
  entry.action = "action.ask";
  entry.object = "action " + std::to_string(record.id);
  entry.detail = record.key + "; " + record.request.reason;
  return entry;
}

// One JSON object: the shape of an action on the command line and in the API.
inline void append_json(base::JsonWriter& writer, const ActionRecord& record) {
  const model::ActionRequest& request = record.request;
  const auto moment = [&](std::string_view name, base::Timestamp time) {
    writer.key(name);
    time.is_set() ? writer.plain_string(base::format_iso(time)) : writer.null();
  };
  writer.begin_object().key("id").number(record.id).key("incident").number(request.incident);
  writer.member("kind", model::name_of(request.kind)).member("mode", model::name_of(request.mode));
  writer.member("state", model::name_of(record.state)).member("outcome", record.outcome);
  writer.key("account").begin_object();
  writer.member("object_id", request.account.object_id);
  writer.member("principal_name", request.account.principal_name);
  writer.member("mail", request.account.mail).end_object();
  writer.member("target", record.target).member("policy", request.policy);
  writer.member("requested_by", request.requested_by).member("reason", request.reason);
  writer.key("is_forgeable").boolean(request.is_forgeable);
  writer.key("is_ours").boolean(record.is_ours);
  writer.member("approved_by", record.approved_by);
  moment("requested", request.requested);
  moment("evidence", request.evidence);
  moment("approved", record.approved);
  moment("started", record.started);
  moment("done", record.done);
  moment("next_look", record.next_look);
  moment("changed", record.changed);
  writer.end_object();
}

}  // namespace vedette::ports
