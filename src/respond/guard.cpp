#include "respond/guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace vedette::respond {
namespace {

using base::Duration;
using model::ActionKind;
using model::ActionMode;
using ports::AccountKind;

constexpr Duration future_slack = Duration::minutes(5);  // between clocks that are right

constexpr std::array<std::string_view, guard_reasons> reason_names{"undo-by-program",
                                                                   "no-account",
                                                                   "several-accounts",
                                                                   "undo-not-ours",
                                                                   "undo",
                                                                   "stopped",
                                                                   "stop-unreadable",
                                                                   "tripped",
                                                                   "own-application",
                                                                   "service-principal",
                                                                   "guest",
                                                                   "shared-mailbox",
                                                                   "break-glass",
                                                                   "service-account",
                                                                   "approver",
                                                                   "roles-unknown",
                                                                   "synchronisation",
                                                                   "role-held",
                                                                   "role-eligible",
                                                                   "no-such-address",
                                                                   "special-address",
                                                                   "own-address-unknown",
                                                                   "own-address",
                                                                   "allowed-address",
                                                                   "incident-unread",
                                                                   "incident-over",
                                                                   "incident-attended",
                                                                   "incident-unclear",
                                                                   "approved-by-requester",
                                                                   "approved-by-stranger",
                                                                   "approved-other-account",
                                                                   "approval-too-old",
                                                                   "asked-by-person",
                                                                   "no-incident",
                                                                   "mode-propose",
                                                                   "kind-not-automatic",
                                                                   "kind-unknown",
                                                                   "forgeable",
                                                                   "no-evidence",
                                                                   "evidence-too-old",
                                                                   "evidence-in-future",
                                                                   "request-too-old",
                                                                   "clock-jumped",
                                                                   "no-break-glass",
                                                                   "dry-run",
                                                                   "people-unknown",
                                                                   "too-many-an-hour",
                                                                   "too-many-a-day",
                                                                   "too-many-people",
                                                                   "too-many-blocks",
                                                                   "approved",
                                                                   "automatic"};

constexpr std::array<std::string_view, 3> decision_names{"allow", "needs-approval", "deny"};

// Entra's roles of the programs that carry accounts over from on premises.
constexpr std::array<std::string_view, 2> synchronisation_roles{
    "Directory Synchronization Accounts", "On Premises Directory Sync Account"};

struct Finding {
  GuardReason reason;
  std::string words;
};
using Found = std::optional<Finding>;

bool has(const std::vector<std::string>& ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

class Judgement {
 public:
  Judgement(const ports::ActionRecord& record, const GuardSettings& settings,
            const GuardState& state)
      : record_(record), request_(record.request), settings_(settings), state_(state) {}

  [[nodiscard]] GuardVerdict judge() const {
    if (model::is_undo(request_.kind)) return judge_undo();
    if (const auto found = switches()) return deny(*found);
    if (const auto found = is_about_address() ? address() : account()) return deny(*found);
    if (const auto found = incident()) return deny(*found);
    return judge_harmless();
  }

 private:
  [[nodiscard]] static GuardVerdict deny(const Finding& finding) {
    return {GuardDecision::deny, finding.reason, finding.words};
  }
  [[nodiscard]] bool is_approved() const { return record_.approved.is_set(); }
  [[nodiscard]] bool is_about_address() const { return model::is_about_address(request_.kind); }
  // What an approval must be for.
  [[nodiscard]] std::string target() const {
    return is_about_address() ? base::format_ip(*state_.address) : state_.found.account->object_id;
  }

  [[nodiscard]] Found account() const {
    if (const auto found = accounts()) return found;
    const auto& account = *state_.found.account;
    if (const auto found = kinds(account)) return found;
    if (const auto found = protection(account.object_id)) return found;
    return roles();
  }

  [[nodiscard]] Found no_address() const {
    if (state_.address) return {};
    return Finding{GuardReason::no_such_address, "this is no address"};
  }
  [[nodiscard]] Found address() const {
    if (const auto found = no_address()) return found;
    if (state_.address->is_special())
      return Finding{GuardReason::special_address,
                     "an address of a private network, or with a meaning of its own, is not "
                     "blocked"};
    if (!state_.is_own_address)
      return Finding{GuardReason::own_address_unknown,
                     "it cannot be told which addresses this machine has"};
    if (*state_.is_own_address)
      return Finding{GuardReason::own_address, "this is an address of this machine"};
    if (state_.is_allowed_address)
      return Finding{GuardReason::allowed_address, "the address is on the allow list"};
    return {};
  }

  // A person gives back what we took: not even the kill switch is against that.
  [[nodiscard]] GuardVerdict judge_undo() const {
    if (!request_.policy.empty() || request_.requested_by == own_name)
      return deny({GuardReason::undo_by_program, "only a person undoes a lock"});
    if (const auto found = is_about_address() ? no_address() : accounts()) return deny(*found);
    if (!state_.is_locked_by_us)
      return deny({GuardReason::undo_not_ours, is_about_address()
                                                   ? "this address was not blocked by us"
                                                   : "this account was not disabled by us"});
    return {GuardDecision::allow, GuardReason::undo, "a person undoes our lock"};
  }

  [[nodiscard]] Found switches() const {
    if (state_.kill_switch == SwitchPosition::on)
      return Finding{GuardReason::stopped, "all responses are stopped (vedette actions resume)"};
    if (state_.kill_switch == SwitchPosition::unreadable)
      return Finding{GuardReason::stop_unreadable,
                     "it cannot be told whether responses are stopped"};
    if (state_.is_tripped)
      return Finding{GuardReason::tripped,
                     "the trip-wire is set off: two administrators must reset it"};
    return {};
  }

  [[nodiscard]] Found accounts() const {
    if (state_.found.count > 1)
      return Finding{GuardReason::several_accounts,
                     fmt::format("{} accounts of the directory could be meant; it must be "
                                 "exactly one",
                                 state_.found.count)};
    if (state_.found.count == 0 || !state_.found.account)
      return Finding{GuardReason::no_account, "the directory has no such account"};
    return {};
  }

  [[nodiscard]] Found kinds(const ports::DirectoryAccount& account) const {
    if (has(settings_.own_applications, account.application_id))
      return Finding{GuardReason::own_application, "this is Vedette's own application"};
    switch (account.kind) {
      case AccountKind::service_principal:
        return Finding{GuardReason::service_principal,
                       "this is an application, not a person's account"};
      case AccountKind::guest:
        return Finding{GuardReason::guest, "guests are locked in their own tenant"};
      case AccountKind::shared_mailbox:
        return Finding{GuardReason::shared_mailbox, "this is a shared mailbox, a room or a device"};
      case AccountKind::member:
      case AccountKind::unknown:
        return {};
    }
    return {};
  }

  [[nodiscard]] Found protection(const std::string& id) const {
    if (has(settings_.break_glass, id))
      return Finding{GuardReason::break_glass, "a break-glass account is never locked"};
    if (has(settings_.service_accounts, id))
      return Finding{GuardReason::service_account,
                     "cannot lock: it is a protected service account"};
    if (has(settings_.approver_accounts, id))
      return Finding{GuardReason::approver, "cannot lock: it is an approver's account"};
    return {};
  }

  [[nodiscard]] Found roles() const {
    if (!state_.roles)
      return Finding{GuardReason::roles_unknown,
                     "cannot lock: it cannot be told which directory roles the account has"};
    for (const auto& role : *state_.roles)
      if (std::ranges::find(synchronisation_roles, role.name) != synchronisation_roles.end())
        return Finding{GuardReason::synchronisation,
                       "cannot lock: it carries accounts over from on premises"};
    for (const auto& role : *state_.roles)
      if (!role.is_eligible)
        return Finding{GuardReason::role_held, "cannot lock: holds the role " + role.name};
    if (!state_.roles->empty())
      return Finding{GuardReason::role_eligible,
                     "cannot lock: may activate the role " + state_.roles->front().name};
    return {};
  }

  // An approval is a person's decision; before there is one, nobody is bothered about an incident
  // that somebody has in hand.
  [[nodiscard]] Found incident() const {
    if (request_.incident == 0) return {};
    const auto& testimony = state_.testimony;
    if (!testimony || testimony->read_at > state_.now + future_slack ||
        state_.now - testimony->read_at > settings_.testimony_age_max)
      return Finding{GuardReason::incident_unread, "the incident could not be read just now"};
    const auto with = [&](const char* words) {
      return testimony->why.empty() ? std::string(words) : words + (": " + testimony->why);
    };
    switch (testimony->standing) {
      case IncidentStanding::over:
        return Finding{GuardReason::incident_over, with("the incident is over")};
      case IncidentStanding::attended:
        // Addresses are blocked by people only: it is they who see to it.
        if (is_approved() || is_about_address()) return {};
        return Finding{GuardReason::incident_attended, with("a person sees to the incident")};
      case IncidentStanding::unclear:
        if (is_approved() || is_about_address()) return {};
        return Finding{GuardReason::incident_unclear,
                       with("cancelled by an unidentified change: it may have been a person")};
      case IncidentStanding::unattended:
        return {};
    }
    return {};
  }

  [[nodiscard]] Found approval() const {
    if (settings_.two_persons &&
        base::equals_ignoring_case(record_.approved_by, request_.requested_by))
      return Finding{GuardReason::approved_by_requester,
                     "who asked for it may not approve it: somebody else must"};
    if (!settings_.approvers.empty() && !has(settings_.approvers, record_.approved_by))
      return Finding{GuardReason::approved_by_stranger,
                     record_.approved_by + " is none of the approvers"};
    if (record_.approved_target != target())
      return Finding{GuardReason::approved_other_account,
                     is_about_address()
                         ? "the approval was for another address than the one that is meant now"
                         : "the approval was for another account than the one that is meant now"};
    const Duration age = state_.now - record_.approved;
    if (age > settings_.approval_age_max || age < Duration{-future_slack.ticks})
      return Finding{GuardReason::approval_too_old,
                     fmt::format("an approval holds for {}; approve it again",
                                 base::format_duration(settings_.approval_age_max))};
    return {};
  }

  [[nodiscard]] Found origin() const {
    if (request_.policy.empty())
      return Finding{GuardReason::asked_by_person, "a person asks for it: somebody must agree"};
    if (request_.incident == 0)
      return Finding{GuardReason::no_incident, "there is no incident that it belongs to"};
    if (std::min(request_.mode, settings_.mode) == ActionMode::propose)
      return Finding{GuardReason::mode_propose, "it is proposed: somebody must agree"};
    // Second factors do not come back, and who is behind an address cannot be told: whatever the
    // settings say.
    if (request_.kind == ActionKind::reset_mfa || is_about_address() ||
        std::ranges::find(settings_.automatic, request_.kind) == settings_.automatic.end())
      return Finding{GuardReason::kind_not_automatic,
                     fmt::format("{} is not done by itself", words_of(request_.kind))};
    if (state_.found.account->kind == AccountKind::unknown)
      return Finding{GuardReason::kind_unknown,
                     "it may be a shared mailbox: grant the app MailboxSettings.Read to tell"};
    return {};
  }

  [[nodiscard]] Found evidence() const {
    if (request_.is_forgeable)
      return Finding{GuardReason::forgeable,
                     "the evidence came by a way that anybody can write to"};
    if (!request_.evidence.is_set())
      return Finding{GuardReason::no_evidence, "there is no event that speaks for it"};
    if (state_.now - request_.evidence > settings_.evidence_age_max)
      return Finding{GuardReason::evidence_too_old,
                     fmt::format("the newest event that speaks for it is older than {}",
                                 base::format_duration(settings_.evidence_age_max))};
    if (request_.evidence > state_.now + future_slack)
      return Finding{GuardReason::evidence_in_future, "the event that speaks for it is to come"};
    const Duration age = state_.now - request_.requested;
    if (age > settings_.request_age_max || age < Duration{-future_slack.ticks})
      return Finding{GuardReason::request_too_old, "it was asked for too long ago"};
    if (state_.clock_jumped.is_set() && request_.requested <= state_.clock_jumped)
      return Finding{GuardReason::clock_jumped, "this machine's clock was set meanwhile"};
    if (settings_.break_glass.empty())
      return Finding{GuardReason::no_break_glass,
                     "the settings name no break-glass account, so nothing is done by itself"};
    return {};
  }

  [[nodiscard]] Found caps() const {
    if (is_about_address()) {
      if (state_.blocks_today < settings_.blocks_a_day) return {};
      return Finding{GuardReason::too_many_blocks,
                     fmt::format("more than {} addresses a day", settings_.blocks_a_day)};
    }
    if (!state_.people)
      return Finding{GuardReason::people_unknown, "it cannot be told how many people there are"};
    const auto beyond = [](std::uint64_t most, const char* span) {
      return fmt::format("more than {} accounts {}", most, span);
    };
    if (state_.accounts_this_hour >= settings_.accounts_an_hour)
      return Finding{GuardReason::too_many_an_hour, beyond(settings_.accounts_an_hour, "an hour")};
    if (state_.accounts_today >= settings_.accounts_a_day)
      return Finding{GuardReason::too_many_a_day, beyond(settings_.accounts_a_day, "a day")};
    const std::uint64_t share =
        std::max<std::uint64_t>(1, *state_.people * settings_.people_permille / 1'000);
    if (state_.accounts_today >= share)
      return Finding{GuardReason::too_many_people, beyond(share, "a day among so few people")};
    return {};
  }

  // Nothing forbids it; a person may have to agree.
  [[nodiscard]] GuardVerdict judge_harmless() const {
    Found open = is_approved() ? approval() : origin();
    if (!is_approved() && !open) open = evidence();
    if (std::min(request_.mode, settings_.mode) == ActionMode::dry_run)
      return deny({GuardReason::dry_run,
                   "dry run: " + (open ? "a person would be asked, since " + open->words
                                       : "it would be done")});
    if (open) return {GuardDecision::needs_approval, open->reason, open->words};
    if (const auto found = caps()) {
      GuardVerdict verdict = deny(*found);
      verdict.trips = !is_approved() && found->reason != GuardReason::people_unknown;
      return verdict;
    }
    if (is_approved())
      return {GuardDecision::allow, GuardReason::approved, "approved by " + record_.approved_by};
    return {GuardDecision::allow, GuardReason::automatic, "nothing speaks against it"};
  }

  const ports::ActionRecord& record_;
  const model::ActionRequest& request_;
  const GuardSettings& settings_;
  const GuardState& state_;
};

}  // namespace

std::string_view name_of(GuardReason reason) {
  return reason_names.at(static_cast<std::size_t>(reason));
}
std::string_view name_of(GuardDecision decision) {
  return decision_names.at(static_cast<std::size_t>(decision));
}

GuardVerdict judge(const ports::ActionRecord& record, const GuardSettings& settings,
                   const GuardState& state) {
  return Judgement(record, settings, state).judge();
}

}  // namespace vedette::respond
