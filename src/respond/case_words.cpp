#include "respond/case_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "model/alert.h"
#include "respond/policy_match.h"

namespace vedette::respond {
namespace {

using base::Timestamp;
using model::ActionKind;
using model::ActionMode;
using model::ActionState;
using model::Incident;
using ports::ActionRecord;

std::string delay_of_lock(const Policy& policy) {
  const auto act = policy.first_act();
  return act ? base::format_duration(policy.steps[*act].after) : std::string();
}

std::string accounts_word(const Incident& incident) {
  return accounts_of(incident).size() > 1 ? "accounts" : "account";
}

// What happens at the end of the clock, in words that people can act on.
std::string action_text(const CaseView& view, Timestamp lock_at) {
  const ActingMode mode = acting_mode(view.policy, view.armed, view.of, view.incident);
  const std::string when = base::format_seconds(lock_at);
  const std::string what = accounts_word(view.incident);
  std::string text = "Investigate this incident and acknowledge it. ";
  if (accounts_of(view.incident).empty())
    return text + "It names no account that could be found in a directory, so nobody is locked.";
  switch (mode.mode) {
    case ActionMode::automatic:
      text += fmt::format(
          "The {} will be locked automatically on {} if nobody acts within {} of its creation.",
          what, when, delay_of_lock(view.policy));
      break;
    case ActionMode::propose:
      text += fmt::format(
          "If nobody acts, Vedette will propose on {} to lock the {}; a person must approve it.",
          when, what);
      break;
    case ActionMode::dry_run:
      text += fmt::format(
          "If nobody acts, Vedette would lock the {} on {}; the policy runs dry, so it is only "
          "written down.",
          what, when);
      break;
  }
  if (!mode.why.empty()) text += " It asks first: " + mode.why + ".";
  return text;
}

std::string how_to_stop(const Incident& incident) {
  std::string text = fmt::format("To stop it: vedette incidents ack {}", incident.number);
  if (incident.origin)
    text += fmt::format(
        ", or in {}: take incident {} as its owner, set its status, comment on it or close it",
        incident.origin->provider, incident.origin->number);
  return text + ".";
}

std::string key_of(const CaseView& view, const std::string& tag, const std::string& channel) {
  return fmt::format("policy_{}_{}_{}_{}_{}", view.incident.number,
                     model::format_id(base::hash_bytes(view.policy.name)), view.of.episode, tag,
                     model::format_id(base::hash_bytes(channel)));
}

std::vector<ports::OutboxMessage> messages_of(const CaseView& view, const model::Notice& notice,
                                              const std::string& tag,
                                              const std::vector<std::string>& of_step) {
  const auto& wanted = of_step.empty() ? view.policy.channels : of_step;
  std::vector<ports::OutboxMessage> all;
  for (const auto& channel : view.channels) {
    if (!wanted.empty() && std::ranges::find(wanted, channel) == wanted.end()) continue;
    ports::OutboxMessage& message = all.emplace_back();
    message.key = key_of(view, tag, channel);
    message.incident = view.incident.number;
    message.channel = channel;
    message.created = view.now;
    message.notice = notice;
    model::Alert& alert = message.alert;
    if (!view.incident.alerts.empty()) alert = model::combine(view.incident.alerts);
    alert.id = base::hash_bytes(message.key);
    // Apart from every other message, so that no cool-down holds it and no fold takes it.
    alert.rule =
        fmt::format("policy {}, incident {}, {}", view.policy.name, view.incident.number, tag);
    alert.title = fmt::format("{} ({})", notice.subject, notice.affected);
    alert.severity = model::Severity::high;
    alert.status = model::AlertStatus::open;
    alert.reasons = {notice.action};
    for (const auto& note : notice.notes) alert.reasons.push_back(note);
    alert.created = alert.updated = view.now;
    alert.closed = {};
    alert.momentary = true;
  }
  return all;
}

model::Notice notice_of(const CaseView& view) {
  model::Notice notice;
  notice.policy = view.policy.name;
  notice.incident_id = shown_id(view.incident);
  notice.incident_type = view.policy.type;
  notice.affected = affected_of(view.incident);
  notice.detected = view.incident.origin ? view.incident.origin->created : view.incident.created;
  return notice;
}

bool is_of_step(CaseWord word) {
  return word == CaseWord::detected || word == CaseWord::warning || word == CaseWord::escalated;
}

std::string subject_of(const CaseView& view, const Saying& saying, Timestamp lock_at) {
  const Policy& policy = view.policy;
  if (is_of_step(saying.word))
    if (const std::string& own = policy.steps[saying.step].text; !own.empty()) return own;
  switch (saying.word) {
    case CaseWord::detected:
      return fmt::format("🚨 {} Incident Detected", policy.type);
    case CaseWord::warning:
      return fmt::format("⏳ {} Incident: nobody has acted, {} left", policy.type,
                         base::format_duration(lock_at - view.now));
    case CaseWord::escalated:
      return fmt::format("🔺 {} Incident: nobody has acted for {}", policy.type,
                         base::format_duration(view.now - view.of.started));
    case CaseWord::unclear:
      return fmt::format("❓ {} Incident: lock cancelled by unidentified change", policy.type);
    case CaseWord::lost:
      return fmt::format("❓ {} Incident: lock cancelled, the incident was merged", policy.type);
    case CaseWord::nobody:
      break;
  }
  return fmt::format("❗ {} Incident: nobody to lock", policy.type);
}

std::string_view word_for(ActionKind kind) {
  switch (kind) {
    case ActionKind::disable_account:
      return "lock";
    case ActionKind::revoke_sessions:
      return "end its sessions";
    case ActionKind::enable_account:
      return "unlock";
    case ActionKind::reset_mfa:
      return "remove its second factors";
    case ActionKind::block_address:
      return "block the address";
    case ActionKind::unblock_address:
      return "let the address in";
    case ActionKind::confirm_compromised:
      break;
  }
  return "report as compromised";
}

std::string_view word_for(ActionState state) {
  switch (state) {
    case ActionState::requested:
    case ActionState::approved:
    case ActionState::sending:
      return "under way";
    case ActionState::waiting_for_approval:
      return "waits for approval";
    case ActionState::done:
    case ActionState::verified:  // that it stayed so is no news
      return "done";
    case ActionState::reverted_elsewhere:
      return "was changed back, not by Vedette";
    case ActionState::denied:
      return "not done";
    case ActionState::failed:
      return "FAILED";
    case ActionState::expired:
      return "nobody approved it in time";
    case ActionState::undone:
      return "undone";
  }
  return "";
}

bool any_of_state(std::span<const ActionRecord> actions, ActionState state) {
  return std::ranges::any_of(actions,
                             [&](const ActionRecord& each) { return each.state == state; });
}

bool has_locked(std::span<const ActionRecord> actions) {
  return std::ranges::any_of(actions, [](const ActionRecord& each) {
    return each.request.kind == ActionKind::disable_account &&
           (each.state == ActionState::done || each.state == ActionState::verified);
  });
}

std::string outcome_subject(const CaseView& view, std::span<const ActionRecord> actions) {
  const std::string& type = view.policy.type;
  if (any_of_state(actions, ActionState::failed))
    return fmt::format("❌ {} Incident: lock FAILED", type);
  if (any_of_state(actions, ActionState::reverted_elsewhere))
    return fmt::format("❗ {} Incident: a lock was changed back", type);
  if (any_of_state(actions, ActionState::waiting_for_approval))
    return fmt::format("✋ {} Incident: a lock waits for approval", type);
  if (any_of_state(actions, ActionState::undone))
    return fmt::format("🔓 {} Incident: account unlocked", type);
  if (has_locked(actions)) return fmt::format("🔒 {} Incident: account locked", type);
  return fmt::format("🛑 {} Incident: account not locked", type);
}

std::string outcome_action(std::span<const ActionRecord> actions) {
  if (any_of_state(actions, ActionState::failed))
    return "Lock the account by hand, and see below why Vedette could not.";
  if (any_of_state(actions, ActionState::reverted_elsewhere))
    return "Find out who changed the account back: it is open again.";
  if (any_of_state(actions, ActionState::waiting_for_approval))
    return "Approve or deny it: vedette actions list shows what waits.";
  if (has_locked(actions))
    return "The account was locked since nobody acted in time. Investigate, then unlock it: "
           "vedette actions --help tells how to undo.";
  return "Nothing was changed. Investigate the incident.";
}

}  // namespace

std::string shown_id(const Incident& incident) {
  if (!incident.origin || incident.origin->number.empty()) return std::to_string(incident.number);
  return fmt::format("{} in {} ({} in Vedette)", incident.origin->number, incident.origin->provider,
                     incident.number);
}

std::vector<ports::OutboxMessage> say(const CaseView& view, const Saying& saying) {
  model::Notice notice = notice_of(view);
  const auto lock_at = lock_moment(view.policy, view.of, view.now);
  notice.subject = subject_of(view, saying, lock_at.value_or(view.now));
  const bool runs = is_of_step(saying.word);
  std::string tag = fmt::format("s{}", saying.step);
  if (runs) {
    notice.deadline = lock_at.value_or(Timestamp());
    notice.action = lock_at ? action_text(view, *lock_at) : "Investigate this incident.";
    notice.can_acknowledge = view.policy.until == Until::acknowledged;
    if (lock_at && !accounts_of(view.incident).empty())
      notice.notes.push_back(how_to_stop(view.incident));
  } else if (saying.word == CaseWord::nobody) {
    tag = "nobody";
    notice.action =
        "Nobody attended to it in time, and it names no account that could be found in "
        "a directory. Look yourself whom it is about.";
  } else {
    tag = saying.word == CaseWord::lost ? "lost" : "unclear";
    notice.action =
        "Nobody will be locked by this policy any more. Make sure that somebody works "
        "on the incident.";
    notice.notes.push_back("Why: " + view.of.ending);
  }
  notice.notes.push_back(fmt::format("Policy {}: {}", view.policy.name, view.of.why));
  const std::vector<std::string> none;
  return messages_of(view, notice, tag, runs ? view.policy.steps[saying.step].channels : none);
}

std::string outcome_of(std::span<const ActionRecord> actions) {
  std::vector<std::string> parts;
  for (const ActionRecord& each : actions) {
    const std::string_view word = word_for(each.state);
    if (each.state == ActionState::requested || each.state == ActionState::approved ||
        each.state == ActionState::sending)
      return {};
    parts.push_back(fmt::format("{}: {}: {}", name_of(each.request.account),
                                word_for(each.request.kind), word));
  }
  std::ranges::sort(parts);
  std::string all;
  for (const auto& part : parts) all += part + "\n";
  return all;
}

bool is_final(std::span<const ActionRecord> actions) {
  return std::ranges::all_of(actions, [](const ActionRecord& each) {
    switch (each.state) {
      case ActionState::verified:
      case ActionState::reverted_elsewhere:
      case ActionState::denied:
      case ActionState::failed:
      case ActionState::expired:
      case ActionState::undone:
        return true;
      default:
        // What is done with it is done: nobody looks again.
        return each.state == ActionState::done && !each.next_look.is_set();
    }
  });
}

std::vector<ports::OutboxMessage> say_outcome(const CaseView& view,
                                              std::span<const ActionRecord> actions,
                                              const std::string& outcome) {
  model::Notice notice = notice_of(view);
  notice.subject = outcome_subject(view, actions);
  notice.action = outcome_action(actions);
  for (const ActionRecord& each : actions) {
    std::string line = fmt::format("{}: {}: {}", name_of(each.request.account),
                                   word_for(each.request.kind), word_for(each.state));
    if (each.done.is_set()) line += " on " + base::format_seconds(each.done);
    if (!each.outcome.empty()) line += ": " + each.outcome;
    notice.notes.push_back(std::move(line));
  }
  if (!actions.empty() && actions.front().request.mode == ActionMode::dry_run)
    notice.notes.emplace_back("The policy runs dry: nothing was sent to the directory.");
  notice.notes.push_back(fmt::format("Policy {}: {}", view.policy.name, view.of.why));
  return messages_of(view, notice, "o" + model::format_id(base::hash_bytes(outcome)), {});
}

}  // namespace vedette::respond
