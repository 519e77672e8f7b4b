// Owns: whether an account may be touched, or an address blocked. Promises: pure: the same record,
// settings and state give the same verdict, whose reason is one row of test/respond/guard.table,
// which people can read and sign; accounts are compared by object id alone, so that a name that
// looks like another one neither passes nor trips it; what is not known denies. Must not know: how
// the state was read, what is done with the verdict. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/time.h"
#include "model/action.h"
#include "ports/action_store.h"
#include "ports/directory.h"
#include "respond/incident_witness.h"

namespace vedette::respond {

// Who acts when nobody does.
inline constexpr std::string_view own_name = "vedette";

enum class GuardDecision : std::uint8_t { allow, needs_approval, deny };

// In the order in which they are looked at.
enum class GuardReason : std::uint8_t {
  // Undoing: persons only, and only what we did. Nothing else stands in its way.
  undo_by_program,
  no_account,
  several_accounts,
  undo_not_ours,
  undo,
  // Never.
  stopped,
  stop_unreadable,
  tripped,
  own_application,
  service_principal,
  guest,
  shared_mailbox,
  break_glass,
  service_account,
  approver,
  roles_unknown,
  synchronisation,
  role_held,
  role_eligible,
  no_such_address,
  special_address,
  own_address_unknown,
  own_address,
  allowed_address,
  incident_unread,
  incident_over,
  incident_attended,
  incident_unclear,
  // An approval that does not hold.
  approved_by_requester,
  approved_by_stranger,
  approved_other_account,
  approval_too_old,
  // A person is asked.
  asked_by_person,
  no_incident,
  mode_propose,
  kind_not_automatic,
  kind_unknown,
  forgeable,
  no_evidence,
  evidence_too_old,
  evidence_in_future,
  request_too_old,
  clock_jumped,
  no_break_glass,
  // What would be done, but for these.
  dry_run,
  people_unknown,
  too_many_an_hour,
  too_many_a_day,
  too_many_people,
  too_many_blocks,
  // Done.
  approved,
  automatic,
};
inline constexpr std::size_t guard_reasons = static_cast<std::size_t>(GuardReason::automatic) + 1;
[[nodiscard]] std::string_view name_of(GuardReason reason);
[[nodiscard]] std::string_view name_of(GuardDecision decision);

struct GuardSettings {
  model::ActionMode mode = model::ActionMode::propose;  // no request goes further than this
  std::vector<model::ActionKind> automatic{model::ActionKind::disable_account,
                                           model::ActionKind::revoke_sessions};
  // Object ids, in lower case.
  std::vector<std::string> break_glass, service_accounts, approver_accounts;
  std::vector<std::string> own_applications;  // our client ids, in lower case
  std::vector<std::string> approvers;  // who may approve, by name in Vedette; empty: whose role may
  bool two_persons = true;             // the approver is not who asked
  std::uint64_t accounts_an_hour = 3, accounts_a_day = 10;
  std::uint64_t people_permille = 10;  // in a day; one account may always
  std::uint64_t blocks_a_day = 20;     // of addresses, by people's approval
  base::Duration block_for = base::Duration::hours(24);
  base::Duration evidence_age_max = base::Duration::hours(14 * 24);
  base::Duration request_age_max = base::Duration::hours(24);
  base::Duration approval_age_max = base::Duration::minutes(30);
  base::Duration testimony_age_max = base::Duration::minutes(2);
};

enum class SwitchPosition : std::uint8_t { off, on, unreadable };

// What was read just before.
struct GuardState {
  base::Timestamp now;
  SwitchPosition kill_switch = SwitchPosition::unreadable;
  bool is_tripped = true;
  ports::FoundAccounts found = {};
  std::optional<std::vector<ports::HeldRole>> roles = {};  // unset: could not be told
  std::optional<std::uint64_t> people = {};
  std::optional<IncidentTestimony> testimony = {};
  std::uint64_t accounts_this_hour = 0, accounts_today = 0;  // others than this one
  bool is_locked_by_us = false;
  // Of an address.
  std::optional<base::IpAddress> address = {};  // unset: the text is none
  std::optional<bool> is_own_address = {};      // this machine's; unset: could not be told
  bool is_allowed_address = false;              // on the allow list
  std::uint64_t blocks_today = 0;               // of others than this one
  base::Timestamp clock_jumped = {};  // when it was noticed that the clock was set; unset: never
};

struct GuardVerdict {
  GuardDecision decision = GuardDecision::deny;
  GuardReason reason = GuardReason::stop_unreadable;
  std::string words;  // for people
  // Automation asked for more than it may: everything is to stop.
  bool trips = false;
};

[[nodiscard]] GuardVerdict judge(const ports::ActionRecord& record, const GuardSettings& settings,
                                 const GuardState& state);

}  // namespace vedette::respond
