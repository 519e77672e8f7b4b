// Owns: policies: what they are, what becomes of an incident, and a person's word that one may act.
#include "base/text.h"
#include "server/api.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

constexpr int days_usual = 90, days_most = 3'650;

ReceiverReply reply_of(const PolicyDesk::Answer& answer) {
  return answer ? reply(200, *answer) : problem_of(answer.error());
}

// Who allows a policy to act is a person with a name.
std::optional<ReceiverReply> refuse_programs(const Call& call) {
  if (!call.caller.session.empty()) return std::nullopt;
  return problem(409, "person_needed",
                 "a person decides this, logged in to the web app or with `vedette policy`");
}

PolicyDesk::Note note_of(const ApiSources& sources, const Call& call) {
  return
      [&sources, &call](std::string_view action, std::string_view object, std::string_view detail) {
        return sources.access.note(call.caller, action, object, detail);
      };
}

}  // namespace

ReceiverReply Api::policies(const Call&) const {
  return reply_of(sources_.policies.show());
}

ReceiverReply Api::policies_of_incident(const Call& call) const {
  return reply_of(sources_.policies.of_incident(base::parse_unsigned(call.captured).value_or(0)));
}

ReceiverReply Api::policy_plan(const Call& call) const {
  return reply_of(sources_.policies.plan(std::string(call.captured),
                                         parameter(call.query, "mode").value_or("")));
}

ReceiverReply Api::simulate_policy(const Call& call) const {
  const auto* wanted = call.body["days"].as_integer();
  if (wanted != nullptr && (*wanted < 1 || *wanted > days_most))
    return problem(422, "invalid", "days must be from 1 to 3650");
  return reply_of(sources_.policies.simulate(
      std::string(call.captured), wanted == nullptr ? days_usual : static_cast<int>(*wanted)));
}

ReceiverReply Api::arm_policy(const Call& call) const {
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  return reply_of(sources_.policies.arm(
      {std::string(call.captured), call.body["mode"].text(), call.body["hash"].text(),
       call.body["sentence"].text(), call.caller.name},
      note_of(sources_, call)));
}

ReceiverReply Api::disarm_policy(const Call& call) const {
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  return reply_of(sources_.policies.disarm(std::string(call.captured), note_of(sources_, call)));
}

}  // namespace vedette::server
