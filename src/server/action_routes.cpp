// Owns: actions upon accounts: reading them, and what people decide about them.
#include "base/text.h"
#include "respond/action_desk.h"
#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::Result;
using net::ReceiverReply;
using ports::ActionRecord;

constexpr std::uint64_t page_max = 1'000;
constexpr std::uint64_t page_usual = 100;

ReceiverReply answer_with(const Result<ActionRecord>& record) {
  if (!record) return problem_of(record.error());
  base::JsonWriter writer;
  ports::append_json(writer, *record);
  return reply(200, writer.take() + "\n");
}

// A decision is a person's own: a program that holds a token is none, and the data folder's token
// has no name.
std::optional<ReceiverReply> refuse_programs(const Call& call) {
  if (!call.caller.session.empty()) return std::nullopt;
  return problem(409, "person_needed",
                 "a person decides this, logged in to the web app or with `vedette actions`");
}

std::int64_t id_of(const Call& call) {
  const auto number = base::parse_unsigned(call.captured);
  return number && *number <= INT64_MAX ? static_cast<std::int64_t>(*number) : 0;
}

respond::Decider decider_of(const Call& call, const ApiSources& sources) {
  return {call.caller.name, sources.clock.now()};
}

ReceiverReply off() {
  return problem(503, "off", "this service has no responses");
}

}  // namespace

ReceiverReply Api::actions(const Call& call) const {
  if (!sources_.responses) return off();
  std::uint64_t limit = page_usual, incident = 0;
  for (auto [name, into, most] : {std::tuple{"limit", &limit, page_max},
                                  std::tuple{"incident", &incident, std::uint64_t{INT64_MAX}}}) {
    const auto text = parameter(call.query, name);
    if (!text) continue;
    const auto value = base::parse_unsigned(*text);
    if (!value || *value == 0 || *value > most)
      return problem(422, "invalid", std::string(name) + " is out of its range");
    *into = *value;
  }
  const auto found = sources_.responses->store.list(incident, limit);
  if (!found) return problem_of(found.error());
  const auto wire = sources_.responses->store.trip_wire();
  if (!wire) return problem_of(wire.error());
  base::JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& record : *found) ports::append_json(writer, record);
  writer.end_array();
  writer.key("more").boolean(found->size() == limit);
  writer.key("stopped").boolean(sources_.responses->is_stopped());
  writer.key("tripped").boolean(wire->tripped.is_set()).member("why", wire->why).end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::action(const Call& call) const {
  if (!sources_.responses) return off();
  const auto found = sources_.responses->store.find(id_of(call));
  if (!found) return problem_of(found.error());
  if (!*found) return problem(404, "not_found", "there is no such action");
  return answer_with(**found);
}

ReceiverReply Api::ask_action(const Call& call) const {
  if (!sources_.responses) return off();
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  const auto kind = model::action_kind_named(call.body["kind"].text());
  if (!kind) return problem(422, "invalid", "there is no such kind of action");
  const auto* incident = call.body["incident"].as_integer();
  respond::ActionDesk desk(sources_.responses->store, sources_.responses->guard);
  return answer_with(
      desk.ask(decider_of(call, sources_),
               incident == nullptr || *incident < 0 ? 0 : static_cast<std::uint64_t>(*incident),
               *kind, {call.body["object_id"].text(), call.body["principal_name"].text(), ""},
               call.body["reason"].text()));
}

ReceiverReply Api::approve_action(const Call& call) const {
  if (!sources_.responses) return off();
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  return answer_with(respond::ActionDesk(sources_.responses->store, sources_.responses->guard)
                         .approve(decider_of(call, sources_), id_of(call)));
}

ReceiverReply Api::refuse_action(const Call& call) const {
  if (!sources_.responses) return off();
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  return answer_with(respond::ActionDesk(sources_.responses->store, sources_.responses->guard)
                         .refuse(decider_of(call, sources_), id_of(call)));
}

ReceiverReply Api::undo_action(const Call& call) const {
  if (!sources_.responses) return off();
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  return answer_with(respond::ActionDesk(sources_.responses->store, sources_.responses->guard)
                         .undo(decider_of(call, sources_), id_of(call)));
}

// Whoever may act on accounts, programs too: stopping harms nobody.
ReceiverReply Api::stop_actions(const Call& call) const {
  if (!sources_.responses) return off();
  const std::string words = "stopped by " + call.caller.name + ": " + call.body["why"].text();
  if (const auto stopped = sources_.responses->set_stopped(true, words); !stopped)
    return problem_of(stopped.error());
  const auto noted = sources_.access.note(call.caller, "action.stop", "kill switch", words);
  return noted ? nothing() : problem_of(noted.error());
}

ReceiverReply Api::resume_actions(const Call& call) const {
  if (!sources_.responses) return off();
  if (auto refused = refuse_programs(call)) return *std::move(refused);
  if (sources_.responses->is_stopped()) {
    if (const auto released = sources_.responses->set_stopped(false, ""); !released)
      return problem_of(released.error());
    const auto noted = sources_.access.note(call.caller, "action.resume", "kill switch", "");
    if (!noted) return problem_of(noted.error());
  }
  const auto reset = respond::ActionDesk(sources_.responses->store, sources_.responses->guard)
                         .reset_trip_wire(decider_of(call, sources_));
  if (!reset) return problem_of(reset.error());
  base::JsonWriter writer;
  writer.begin_object().member("said", *reset).end_object();
  return reply(200, writer.take() + "\n");
}

}  // namespace vedette::server
