#include "respond/deadline.h"

#include <fmt/format.h>

#include <algorithm>

#include "respond/policy_match.h"

namespace vedette::respond {
namespace {

using base::Duration;
using base::Timestamp;
using model::CaseState;
using model::Incident;
using model::PolicyCase;

// How long the incident that another was merged into may take to come.
constexpr Duration merge_wait = Duration::hours(1);

void end(CaseMove& move, std::string why) {
  move.after.state = CaseState::over;
  move.notes.push_back(fmt::format("{}: the clock stopped: {}", move.after.policy, why));
  move.after.ending = std::move(why);
}

// Begins anew: everybody is told again, with the new moment.
void begin_anew(CaseMove& move, const Incident& incident, const model::ArmedPolicy& armed,
                Timestamp now, std::string_view why) {
  PolicyCase& after = move.after;
  after.state = CaseState::running;
  ++after.episode;
  after.matched = now;
  after.started = clock_start(incident, armed);
  after.first_told = after.last_warned = {};
  after.steps_done = 0;
  after.ending.clear();
  after.told.clear();
  after.ask_why.clear();
  move.notes.push_back(fmt::format("{}: a new clock began: {}", after.policy, why));
}

bool is_redirected(const Incident& incident) {
  return incident.merged_into == 0 && incident.origin && incident.origin->is_redirected() &&
         incident.status == model::IncidentStatus::closed;
}

// True: the clock does not run on.
bool stopped(CaseMove& move, const Policy& policy, const Incident& incident, Timestamp now) {
  const Standing standing = standing_of(incident, policy.until);
  switch (standing.standing) {
    case IncidentStanding::unattended:
      return false;
    case IncidentStanding::attended:
      end(move, standing.why);
      return true;
    case IncidentStanding::over:
      if (is_redirected(incident)) {
        if (now < incident.updated + merge_wait) return true;  // the other one may still come
        move.sayings.push_back({CaseWord::lost, 0});
      }
      end(move, standing.why);
      return true;
    case IncidentStanding::unclear:
      break;
  }
  move.sayings.push_back({CaseWord::unclear, 0});
  end(move, standing.why);
  return true;
}

CaseWord word_of(StepKind kind) {
  if (kind == StepKind::warn) return CaseWord::warning;
  return kind == StepKind::escalate ? CaseWord::escalated : CaseWord::detected;
}

void take_steps(CaseMove& move, const Policy& policy, Timestamp now) {
  PolicyCase& after = move.after;
  const auto is_due = [&](std::size_t step) {
    return step < policy.steps.size() && due_of(policy, after, step) <= now;
  };
  while (is_due(after.steps_done)) {
    const std::size_t index = after.steps_done;
    const PolicyStep& step = policy.steps[index];
    if (step.acts()) break;
    ++after.steps_done;
    if (step.kind == StepKind::comment) {
      move.notes.push_back(fmt::format("{}: {}", after.policy, step.text));
      continue;
    }
    if (step.kind == StepKind::assign) {
      move.owner = step.text;
      continue;
    }
    // Only the latest of warnings that are due together is true.
    if (step.kind == StepKind::warn && is_due(index + 1) &&
        policy.steps[index + 1].kind == StepKind::warn) {
      move.notes.push_back(fmt::format("{}: the warning of {} was not sent: a later one is due",
                                       after.policy, base::format_duration(step.after)));
      continue;
    }
    move.sayings.push_back({word_of(step.kind), index});
    if (step.tells() && !after.first_told.is_set()) after.first_told = now;
    if (step.kind == StepKind::warn) after.last_warned = now;
  }
  for (std::size_t i = after.steps_done; is_due(i) && policy.steps[i].acts(); ++i)
    move.acting.push_back(i);
}

}  // namespace

Timestamp clock_start(const Incident& incident, const model::ArmedPolicy& armed) {
  Timestamp start = incident.created;
  if (incident.origin)
    start = incident.origin->lineage_created.is_set() ? incident.origin->lineage_created
                                                      : incident.origin->created;
  if (incident.reopened.is_set()) start = incident.reopened;
  return std::max(start, armed.armed);
}

Timestamp due_of(const Policy& policy, const PolicyCase& of, std::size_t index) {
  const PolicyStep& step = policy.steps[index];
  Timestamp due = policy.calendar.add(of.started, step.after);
  if (!step.acts()) return due;
  if (of.first_told.is_set()) due = std::max(due, of.first_told + policy.least_notice);
  for (std::size_t i = index; i-- > 0;) {
    if (policy.steps[i].kind != StepKind::warn) continue;
    if (of.last_warned.is_set())
      due = std::max(due, policy.calendar.add(of.last_warned, step.after - policy.steps[i].after));
    break;
  }
  return due;
}

std::optional<Timestamp> lock_moment(const Policy& policy, const PolicyCase& of, Timestamp now) {
  const auto act = policy.first_act();
  if (!act || of.state != CaseState::running) return std::nullopt;
  // As if what is due of words were said now.
  PolicyCase then = of;
  if (!then.first_told.is_set()) then.first_told = now;
  for (std::size_t i = then.steps_done; i < *act; ++i)
    if (policy.steps[i].kind == StepKind::warn)
      then.last_warned = std::max(now, policy.calendar.add(of.started, policy.steps[i].after));
  return due_of(policy, then, *act);
}

PolicyCase open_case(const Policy& policy, const model::ArmedPolicy& armed,
                     const Incident& incident, std::string why, Timestamp now) {
  PolicyCase made;
  made.incident = incident.number;
  made.policy = policy.name;
  made.why = std::move(why);
  made.matched = made.changed = now;
  made.started = clock_start(incident, armed);
  return made;
}

CaseMove advance(const PolicyCase& before, const Policy& policy, const model::ArmedPolicy& armed,
                 const Incident& incident, Timestamp now) {
  CaseMove move{before, {}, {}, {}, {}, false};
  PolicyCase& after = move.after;
  const bool is_open = incident.status != model::IncidentStatus::closed;
  if (incident.reopened > before.matched && is_open)
    begin_anew(move, incident, armed, now, "the incident was reopened");
  else if (before.state == CaseState::running && armed.armed > before.matched)
    begin_anew(move, incident, armed, now, "the policy was armed anew");
  if (now < before.changed - clock_jump_max && after.ask_why.empty()) {
    after.ask_why = fmt::format("the clock was set back: it said {} before",
                                base::format_seconds(before.changed));
    move.notes.push_back(fmt::format("{}: a person will be asked: {}", policy.name, after.ask_why));
  }
  if (after.state == CaseState::running) {
    // Whoever merged it into this one kept the date of the earliest.
    after.started = std::min(after.started, clock_start(incident, armed));
    if (!stopped(move, policy, incident, now)) take_steps(move, policy, now);
  }
  move.changed = !(after == before);
  if (move.changed) after.changed = now;
  return move;
}

ActingMode acting_mode(const Policy& policy, const model::ArmedPolicy& armed, const PolicyCase& of,
                       const Incident& incident) {
  if (armed.mode != model::ActionMode::automatic) return {armed.mode, ""};
  const auto ask = [](std::string why) {
    return ActingMode{model::ActionMode::propose, std::move(why)};
  };
  if (!of.ask_why.empty()) return ask(of.ask_why);
  if (policy.ask_first == AskFirst::always) return ask("the policy always asks first");
  const auto accounts = accounts_of(incident).size();
  if (accounts > static_cast<std::size_t>(policy.accounts_max))
    return ask(
        fmt::format("the incident names {} accounts, and the policy locks at most {} by "
                    "itself",
                    accounts, policy.accounts_max));
  if (policy.ask_first != AskFirst::when_host_centred) return {armed.mode, ""};
  if (has_entity(incident, "Host"))
    return ask("the incident is about a machine: its account may be there by chance");
  return {armed.mode, ""};
}

}  // namespace vedette::respond
