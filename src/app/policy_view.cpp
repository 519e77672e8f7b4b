#include "app/policy_view.h"

#include <fmt/format.h>

#include "base/encode.h"
#include "respond/policy_match.h"

namespace vedette::app {
namespace {

using base::Timestamp;
using model::ActionMode;
using respond::Policy;

std::string shown(std::string_view text) {
  return base::encode_terminal(text, 400);
}

std::string left_until(Timestamp moment, Timestamp now) {
  if (moment <= now) return "now";
  return "in " + base::format_duration(moment - now);
}

std::string end_in_words(const SimulatedCase& of) {
  switch (of.end) {
    case SimulatedEnd::attended:
      return "attended to after " + base::format_duration(of.touched_after);
    case SimulatedEnd::unclear:
      return "unidentified change after " + base::format_duration(of.touched_after);
    case SimulatedEnd::running:
      return of.lock.is_set() ? "still runs, locks on " + base::format_seconds(of.lock)
                              : "still open";
    case SimulatedEnd::locked:
      break;
  }
  return fmt::format("WOULD HAVE LOCKED {} on {}", shown(of.affected),
                     base::format_seconds(of.lock));
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

std::vector<PlannedCall> calls_of(const Policy& policy, const std::string& graph) {
  std::vector<PlannedCall> calls;
  for (const auto& step : policy.steps) {
    if (!step.acts()) continue;
    if (step.kind == respond::StepKind::lock)
      calls.push_back({step.after, "PATCH", graph + "/v1.0/users/ID", "{\"accountEnabled\": false}",
                       "User.EnableDisableAccount.All"});
    else
      calls.push_back({step.after, "POST", graph + "/v1.0/users/ID/revokeSignInSessions", "",
                       "User.RevokeSessions.All"});
  }
  return calls;
}

std::string text_of(const std::vector<PlannedCall>& calls) {
  std::string text;
  for (const auto& call : calls)
    text += fmt::format(
        "  after {}, for each account of the incident, by its object id:\n    {} {}{}{}\n",
        base::format_duration(call.after), call.method, call.url, call.body.empty() ? "" : "  ",
        call.body);
  return text;
}

std::string arming_sentence(const Policy& policy, ActionMode mode) {
  return fmt::format("arm {} {}", policy.name, name_of(mode));
}

std::string explain(const PolicyOnIncident& of) {
  const Policy& policy = of.file.policy;
  const auto explained = explain_case(of);
  if (!explained) return fmt::format("{}: not one of its incidents\n", policy.name);
  std::string text = fmt::format("{}: {}\n", policy.name, shown(explained->of.why));
  if (of.known == nullptr) text += "  it has not been looked at yet\n";
  text += fmt::format("  affected: {}\n", shown(respond::affected_of(of.incident)));
  text += fmt::format("  the clock began on {}\n", base::format_seconds(explained->of.started));
  if (explained->of.state == model::CaseState::over)
    return text + fmt::format("  over: {}\n", shown(explained->of.ending));
  for (const auto& step : explained->steps)
    text += fmt::format("  {:<8} after {:<6} {}\n", respond::name_of(step.kind),
                        base::format_duration(step.after),
                        step.is_done ? "done" : left_until(step.due, of.now));
  for (const auto& refusal : explained->refusals)
    text += fmt::format("  will not lock: {}\n", shown(refusal));
  if (of.armed == nullptr) text += fmt::format("  to arm it: vedette policy arm {}\n", policy.name);
  if (!explained->refusals.empty()) return text;
  if (explained->of.state == model::CaseState::acting)
    return text + "  its actions were asked for: vedette actions list\n";
  if (!explained->lock) return text;
  const std::string_view verb = explained->mode == ActionMode::automatic ? "locks"
                                : explained->mode == ActionMode::propose ? "asks a person to lock"
                                                                         : "would lock (dry run)";
  text += fmt::format("  {} {}, on {}, because no person has touched it\n", verb,
                      left_until(*explained->lock, of.now), base::format_seconds(*explained->lock));
  if (!explained->asks_first.empty())
    text += fmt::format("  asks first: {}\n", shown(explained->asks_first));
  return text;
}

std::string text_of(const SimulatedPolicy& simulated) {
  std::string text;
  for (const auto& one : simulated.cases)
    text += fmt::format("#{:<6} {}  {}\n        {}\n        {}\n", one.incident,
                        base::format_seconds(one.started), shown(one.title), shown(one.why),
                        end_in_words(one));
  return text;
}

}  // namespace vedette::app
