// Owns: what is to be done to an account, or against an address, because of an incident, and how
// far that is: the values that pass between policies, the guard, and who carries actions out.
// Promises: plain data that owns its text; an action is the same action when incident, kind and
// account are the same, however often it is asked for (`key`). Must not know: how accounts are
// changed, how actions are kept. Passed by value between threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vedette::model {

enum class ActionKind : std::uint8_t {
  disable_account,      // nobody logs in with it any more
  revoke_sessions,      // who is logged in must log in again
  enable_account,       // undoes disable_account
  confirm_compromised,  // says so to the directory's risk engine
  reset_mfa,            // removes its second factors: whoever has one of them no longer counts
  block_address,        // nothing from there reaches this machine, for a while
  unblock_address,      // undoes block_address
};

// How far an action may go by itself.
enum class ActionMode : std::uint8_t {
  dry_run,    // judged and written down, never sent
  propose,    // waits for a person's approval
  automatic,  // done when the guard allows it
};

enum class ActionState : std::uint8_t {
  requested,             // nobody has looked at it yet
  waiting_for_approval,  // the guard wants a person
  approved,              // a person allowed it; the guard looks again before it is done
  sending,               // the directory was asked, and its answer is not written down yet
  done,                  // read back: the account is as wanted
  verified,              // and was still so at the last of the later looks
  reverted_elsewhere,    // a later look saw it changed back, not by us
  denied,                // by the guard, or a person refused
  failed,                // the directory refused for good; `outcome` says what to do
  expired,               // nobody approved in time
  undone,                // by a person, through us
};

// An account as an incident names it; empty where the incident does not say.
struct AccountReference {
  std::string object_id;       // of an address: its text, as we write it
  std::string principal_name;  // UPN
  std::string mail;
  bool operator==(const AccountReference&) const = default;
};

struct ActionRequest {
  std::uint64_t incident = 0;  // its number
  ActionKind kind = ActionKind::disable_account;
  ActionMode mode = ActionMode::propose;
  AccountReference account;
  std::string policy;         // that wants it; empty: a person does
  std::string requested_by;   // "vedette", or the person
  std::string reason;         // for people: "nobody acknowledged within 120 h"
  base::Timestamp requested;  // processing time
  base::Timestamp evidence;   // event time of the newest event that speaks for it; unset: none
  bool is_forgeable = false;  // the evidence came by a way that anybody can write to
  bool operator==(const ActionRequest&) const = default;
};

[[nodiscard]] constexpr bool is_about_address(ActionKind kind) {
  return kind == ActionKind::block_address || kind == ActionKind::unblock_address;
}
// Gives back what another action took.
[[nodiscard]] constexpr bool is_undo(ActionKind kind) {
  return kind == ActionKind::enable_account || kind == ActionKind::unblock_address;
}

// By their values.
inline constexpr std::array<std::string_view, 3> action_mode_names{"dry-run", "propose", "auto"};

[[nodiscard]] std::string_view name_of(ActionKind kind);    // "disable_account"
[[nodiscard]] std::string_view name_of(ActionMode mode);    // "dry-run"
[[nodiscard]] std::string_view name_of(ActionState state);  // "waiting_for_approval"
[[nodiscard]] std::optional<ActionKind> action_kind_named(std::string_view name);
// Whatever its case.
[[nodiscard]] std::optional<ActionMode> action_mode_named(std::string_view name);
[[nodiscard]] std::string words_of(ActionState state);  // "waiting for approval"
// "disabling the account"
[[nodiscard]] std::string_view words_of(ActionKind kind);

// The account as people may be shown it: what the incident calls it, else its id.
[[nodiscard]] std::string name_of(const AccountReference& account);

// Incident, kind and account (object id, else UPN, else mail; letters' case does not count). A dry
// run has a key of its own, so that asking beforehand what would come of a lock does not stand in
// the lock's place.
[[nodiscard]] std::string action_key(const ActionRequest& request);

}  // namespace vedette::model
