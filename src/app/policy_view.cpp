#include "app/policy_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "base/text.h"
#include "respond/case_words.h"
#include "respond/deadline.h"
#include "respond/policy_match.h"

namespace vedette::app {
namespace {

using base::Timestamp;
using model::ActionMode;
using model::Incident;
using respond::IncidentStanding;
using respond::Policy;

std::string shown(std::string_view text) {
  return base::encode_terminal(text, 400);
}

std::string left_until(Timestamp moment, Timestamp now) {
  if (moment <= now) return "now";
  return "in " + base::format_duration(moment - now);
}

// When the first person, or somebody unknown, touched it; unset: nobody did.
struct Touched {
  Timestamp at;
  bool is_unclear = false;
};
Touched touched(const Incident& incident) {
  Touched first;
  const auto earlier = [&](Timestamp at, bool is_unclear) {
    if (at.is_set() && (!first.at.is_set() || at < first.at)) first = {at, is_unclear};
  };
  earlier(incident.acknowledged, false);
  earlier(incident.closed, false);
  if (incident.origin && incident.origin->touched_by == model::Toucher::unclear)
    earlier(incident.origin->touched, true);
  return first;
}

// Lines of why accounts are not touched, in the order in which they are looked at.
std::string refusals(const PolicyOnIncident& of) {
  std::string text;
  const Policy& policy = of.file.policy;
  if (of.armed == nullptr)
    text += fmt::format("  will not lock: it is not armed (vedette policy arm {})\n", policy.name);
  else if (of.armed->hash != policy.hash)
    text += "  will not lock: its file was changed since it was armed; arm it again\n";
  const auto standing = respond::standing_of(of.incident, policy.until);
  if (standing.standing != IncidentStanding::unattended)
    text += fmt::format("  will not lock: {}\n", shown(standing.why));
  if (respond::accounts_of(of.incident).empty())
    text += "  will not lock: it names no account that could be found in a directory\n";
  return text;
}

}  // namespace

std::string steps_in_words(const Policy& policy) {
  std::string text;
  for (const auto& step : policy.steps)
    text += fmt::format(
        "{}{} {}", text.empty() ? "" : ", ", respond::name_of(step.kind),
        step.after.ticks == 0 ? "at once" : "after " + base::format_duration(step.after));
  return text;
}

std::string line_of_policy(const PolicyFile& file, const model::ArmedPolicy* armed) {
  const Policy& policy = file.policy;
  std::string state = "not armed";
  if (armed != nullptr)
    state = armed->hash != policy.hash
                ? "CHANGED since it was armed: it does nothing until it is armed again"
                : fmt::format("armed ({}) by {} on {}", name_of(armed->mode), shown(armed->by),
                              base::format_seconds(armed->armed));
  return fmt::format("{:<22} {}\n{:<22} {}\n{:<22} {}\n", policy.name, state, "",
                     steps_in_words(policy), "", file.shown);
}

std::string calls_of(const Policy& policy, const std::string& graph) {
  std::string text;
  for (const auto& step : policy.steps) {
    if (!step.acts()) continue;
    const bool is_lock = step.kind == respond::StepKind::lock;
    text += fmt::format("  after {}, for each account of the incident, by its object id:\n",
                        base::format_duration(step.after));
    text += is_lock
                ? fmt::format("    PATCH {}/v1.0/users/ID  {{\"accountEnabled\": false}}\n", graph)
                : fmt::format("    POST {}/v1.0/users/ID/revokeSignInSessions\n", graph);
  }
  return text;
}

std::string explain(const PolicyOnIncident& of) {
  const Policy& policy = of.file.policy;
  const auto why = respond::why_matched(policy.match, of.incident);
  if (of.known == nullptr && !why)
    return fmt::format("{}: not one of its incidents\n", policy.name);
  const model::ArmedPolicy none{policy.name, policy.hash, policy.mode, of.now, ""};
  const model::ArmedPolicy& armed = of.armed != nullptr ? *of.armed : none;
  const model::PolicyCase made =
      of.known != nullptr
          ? *of.known
          : respond::open_case(policy, armed, of.incident, why.value_or(""), of.now);
  std::string text = fmt::format("{}: {}\n", policy.name, shown(made.why));
  if (of.known == nullptr) text += "  it has not been looked at yet\n";
  text += fmt::format("  affected: {}\n", shown(respond::affected_of(of.incident)));
  text += fmt::format("  the clock began on {}\n", base::format_seconds(made.started));
  if (made.state == model::CaseState::over)
    return text + fmt::format("  over: {}\n", shown(made.ending));
  for (std::size_t i = 0; i < policy.steps.size(); ++i) {
    const auto& step = policy.steps[i];
    text += fmt::format(
        "  {:<8} after {:<6} {}\n", respond::name_of(step.kind), base::format_duration(step.after),
        i < made.steps_done ? "done" : left_until(respond::due_of(policy, made, i), of.now));
  }
  const std::string no = refusals(of);
  if (!no.empty()) return text + no;
  if (made.state == model::CaseState::acting)
    return text + "  its actions were asked for: vedette actions list\n";
  const auto lock = respond::lock_moment(policy, made, of.now);
  if (!lock) return text;
  const auto mode = respond::acting_mode(policy, armed, made, of.incident);
  const std::string_view verb = mode.mode == ActionMode::automatic ? "locks"
                                : mode.mode == ActionMode::propose ? "asks a person to lock"
                                                                   : "would lock (dry run)";
  text += fmt::format("  {} {}, on {}, because no person has touched it\n", verb,
                      left_until(*lock, of.now), base::format_seconds(*lock));
  if (!mode.why.empty()) text += fmt::format("  asks first: {}\n", shown(mode.why));
  return text;
}

SimulatedPolicy simulate(const Policy& policy, const std::vector<Incident>& incidents,
                         Timestamp now) {
  SimulatedPolicy done;
  for (const Incident& incident : incidents) {
    const auto why = respond::why_matched(policy.match, incident);
    if (!why) continue;
    ++done.matched;
    // As if it had been armed before all of them.
    const model::ArmedPolicy armed{policy.name, policy.hash, policy.mode, Timestamp{1}, ""};
    const auto of = respond::open_case(policy, armed, incident, *why, now);
    const auto act = policy.first_act();
    const Timestamp lock = act ? policy.calendar.add(of.started, policy.steps[*act].after) : now;
    const Touched first = touched(incident);
    std::string end;
    if (first.at.is_set() && (first.at < lock || !act)) {
      ++(first.is_unclear ? done.unclear : done.attended);
      end = fmt::format("{} after {}", first.is_unclear ? "unidentified change" : "attended to",
                        base::format_duration(std::max(base::Duration{}, first.at - of.started)));
    } else if (lock > now || !act) {
      ++done.running;
      end = act ? "still runs, locks on " + base::format_seconds(lock) : "still open";
    } else {
      ++done.locks;
      end = fmt::format("WOULD HAVE LOCKED {} on {}", shown(respond::affected_of(incident)),
                        base::format_seconds(lock));
    }
    done.text +=
        fmt::format("#{:<6} {}  {}\n        {}\n        {}\n", incident.number,
                    base::format_seconds(of.started), shown(incident.title), shown(*why), end);
  }
  return done;
}

}  // namespace vedette::app
