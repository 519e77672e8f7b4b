// Owns: the routes of hunts on the web app's page.
#include <algorithm>

#include "base/http_text.h"
#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

constexpr std::size_t query_bytes_max = 100'000;
constexpr std::size_t tab_bytes_max = 64;

std::string name_of(const Call& call) {
  return base::percent_decode(call.captured, base::Plus::stays);
}

DeskNote note_of(const ApiSources& sources, const Call& call) {
  return
      [&sources, &call](std::string_view action, std::string_view object, std::string_view detail) {
        return sources.access.note(call.caller, action, object, detail);
      };
}

ReceiverReply reply_of(const base::Result<std::string>& answer) {
  return answer ? reply(200, *answer) : problem_of(answer.error());
}
ReceiverReply reply_of(const base::Result<void>& done) {
  return done ? nothing() : problem_of(done.error());
}

ReceiverReply absent() {
  return problem(404, "not_found", "there is nothing here");
}

base::Result<std::string> query_of(const Call& call) {
  std::string query = call.body["query"].text();
  if (query.empty() || query.size() > query_bytes_max)
    return base::failure(base::ErrorCode::invalid_argument,
                         "query must be KQL of at most 100,000 bytes");
  return query;
}

base::Result<HuntQuestion> question_of(const Call& call) {
  HuntQuestion question;
  question.person = call.caller.name;
  question.query = VEDETTE_TRY(query_of(call));
  question.tab = call.body["tab"].text().substr(0, tab_bytes_max);
  question.on = call.body["on"].text();
  question.gone = call.request.gone;
  for (const auto& [name, target] :
       {std::pair{"from", &question.from}, std::pair{"to", &question.to},
        std::pair{"now", &question.now}}) {
    const std::string text = call.body[name].text();
    if (text.empty()) continue;
    *target = base::parse_iso(text);
    if (!*target)
      return base::failure(base::ErrorCode::invalid_argument,
                           std::string(name) + " must be a time like 2026-06-01T08:15:30Z");
  }
  return question;
}

}  // namespace

ReceiverReply Api::hunt_schema(const Call&) const {
  return sources_.hunts == nullptr ? absent() : reply(200, sources_.hunts->schema());
}

ReceiverReply Api::run_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  const auto question = question_of(call);
  if (!question) return problem_of(question.error());
  HuntReply answer = sources_.hunts->run(*question, note_of(sources_, call));
  ReceiverReply made = reply(answer.is_done ? 200 : 422, std::move(answer.text));
  if (!answer.is_done) made.headers.front().second = "application/problem+json";
  return made;
}

ReceiverReply Api::hunt_progress(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  return reply_of(sources_.hunts->progress(call.caller.name, name_of(call)));
}

ReceiverReply Api::cancel_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  return reply_of(sources_.hunts->cancel(call.caller.name, name_of(call)));
}

ReceiverReply Api::check_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  const auto query = query_of(call);
  return query ? reply(200, sources_.hunts->check(*query)) : problem_of(query.error());
}

ReceiverReply Api::hunt_history(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  return reply_of(sources_.hunts->history(call.caller.name));
}

ReceiverReply Api::mark_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  return reply_of(
      sources_.hunts->mark(call.caller.name, static_cast<std::uint64_t>(*id), call.body));
}

ReceiverReply Api::forget_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  return reply_of(sources_.hunts->forget(call.caller.name, static_cast<std::uint64_t>(*id)));
}

ReceiverReply Api::saved_hunts(const Call&) const {
  return sources_.hunts == nullptr ? absent() : reply_of(sources_.hunts->saved());
}

ReceiverReply Api::save_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  return reply_of(
      sources_.hunts->save(call.caller.name, name_of(call), call.body, note_of(sources_, call)));
}

ReceiverReply Api::remove_hunt(const Call& call) const {
  if (sources_.hunts == nullptr) return absent();
  return reply_of(sources_.hunts->remove(name_of(call), note_of(sources_, call)));
}

}  // namespace vedette::server
