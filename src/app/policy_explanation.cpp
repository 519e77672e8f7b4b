#include "app/policy_explanation.h"

#include <utility>

#include "respond/deadline.h"
#include "respond/policy_match.h"
#include "respond/standing.h"

namespace vedette::app {
namespace {

std::vector<std::string> refusals(const PolicyOnIncident& of) {
  std::vector<std::string> all;
  const respond::Policy& policy = of.file.policy;
  if (of.armed == nullptr)
    all.emplace_back("it is not armed");
  else if (of.armed->hash != policy.hash)
    all.emplace_back("its file was changed since it was armed; arm it again");
  const auto standing = respond::standing_of(of.incident, policy.until);
  if (standing.standing != respond::IncidentStanding::unattended) all.push_back(standing.why);
  if (respond::accounts_of(of.incident).empty())
    all.emplace_back("it names no account that could be found in a directory");
  return all;
}

}  // namespace

std::optional<PolicyExplanation> explain_case(const PolicyOnIncident& of) {
  const respond::Policy& policy = of.file.policy;
  const auto why = respond::why_matched(policy.match, of.incident);
  if (of.known == nullptr && !why) return std::nullopt;
  const model::ArmedPolicy none{policy.name, policy.hash, policy.mode, of.now, ""};
  const model::ArmedPolicy& armed = of.armed != nullptr ? *of.armed : none;
  PolicyExplanation made;
  made.of = of.known != nullptr
                ? *of.known
                : respond::open_case(policy, armed, of.incident, why.value_or(""), of.now);
  auto mode = respond::acting_mode(policy, armed, made.of, of.incident);
  made.mode = mode.mode;
  made.asks_first = std::move(mode.why);
  if (made.of.state == model::CaseState::over) return made;
  for (std::size_t i = 0; i < policy.steps.size(); ++i)
    made.steps.push_back({policy.steps[i].kind, policy.steps[i].after,
                          respond::due_of(policy, made.of, i), i < made.of.steps_done});
  made.refusals = refusals(of);
  if (made.refusals.empty() && made.of.state == model::CaseState::running)
    made.lock = respond::lock_moment(policy, made.of, of.now);
  return made;
}

}  // namespace vedette::app
