// Owns: channels and their tests, how long things are kept, what people keep of the web app.
#include "base/http_text.h"
#include "base/text.h"
#include "server/api.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using net::ReceiverReply;

ReceiverReply reply_of(const base::Result<std::string>& answer) {
  return answer ? reply(200, *answer) : problem_of(answer.error());
}

DeskNote note_of(const ApiSources& sources, const Call& call) {
  return
      [&sources, &call](std::string_view action, std::string_view object, std::string_view detail) {
        return sources.access.note(call.caller, action, object, detail);
      };
}

std::string name_of(const Call& call) {
  return base::percent_decode(call.captured, base::Plus::stays);
}

ChannelDesk::Wish wish_of(const Call& call) {
  return {name_of(call), parameter(call.query, "change").value_or("opened"),
          base::parse_unsigned(parameter(call.query, "incident").value_or("0")).value_or(0)};
}

ReceiverReply for_persons() {
  return problem(409, "person_needed", "this is for people who are logged in to the web app");
}

}  // namespace

ReceiverReply Api::channels(const Call&) const {
  return reply_of(sources_.channels.show());
}

ReceiverReply Api::preview_channel(const Call& call) const {
  return reply_of(sources_.channels.preview(wish_of(call)));
}

// Shown in a frame of our own page: no script runs in it, nothing is fetched, and it is of no
// origin, whatever a template says.
ReceiverReply Api::preview_page(const Call& call) const {
  const auto page = sources_.channels.preview_page(wish_of(call));
  if (!page) return problem_of(page.error());
  ReceiverReply made = reply(200, *page);
  for (auto& [name, value] : made.headers) {
    if (name == "Content-Type") value = "text/html; charset=utf-8";
    if (name == "Content-Security-Policy")
      value =
          "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; "
          "frame-ancestors 'self'";
  }
  return made;
}

ReceiverReply Api::test_channel(const Call& call) const {
  return reply_of(sources_.channels.test(name_of(call), note_of(sources_, call)));
}

ReceiverReply Api::retention(const Call&) const {
  return reply_of(sources_.retention.show());
}

ReceiverReply Api::change_retention(const Call& call) const {
  return reply_of(sources_.retention.change(call.body, note_of(sources_, call)));
}

ReceiverReply Api::backups(const Call&) const {
  return reply_of(sources_.backups.show());
}

ReceiverReply Api::make_backup(const Call& call) const {
  return reply_of(sources_.backups.begin(note_of(sources_, call)));
}

ReceiverReply Api::remove_backup(const Call& call) const {
  return reply_of(sources_.backups.remove(name_of(call), note_of(sources_, call)));
}

ReceiverReply Api::preferences(const Call& call) const {
  if (call.caller.session.empty()) return for_persons();
  return reply_of(sources_.preferences.of(call.caller.name));
}

ReceiverReply Api::keep_preferences(const Call& call) const {
  if (call.caller.session.empty()) return for_persons();
  if (call.request.body.empty()) return problem(400, "malformed", "the body must be a JSON object");
  return reply_of(sources_.preferences.keep(call.caller.name, call.request.body));
}

}  // namespace vedette::server
