// Owns: coming in and going: set-up, log-in, log-out, one's own password.
#include "access/access_limits.h"
#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::Secret;
using net::ReceiverReply;

std::int64_t seconds_of(base::Duration wait) {
  return (wait.whole_milliseconds() + 999) / 1000;
}

// What a log-in that failed says; never which of the two was wrong.
ReceiverReply refused_log_in(const access::LogIn& tried) {
  const bool is_early = tried.outcome == access::LogIn::Outcome::too_early;
  const std::int64_t wait_s = seconds_of(tried.wait);
  base::JsonWriter writer;
  writer.begin_object().member("code", is_early ? "too_early" : "wrong");
  writer.member("title", is_early ? "too many attempts: wait before the next one"
                                  : "the user name or the password is wrong");
  writer.key("status").number(std::int64_t{is_early ? 429 : 401});
  writer.key("wait_s").number(wait_s).end_object();
  ReceiverReply made = reply(is_early ? 429 : 401, writer.take() + "\n");
  made.headers.front().second = "application/problem+json";
  if (wait_s > 0) made.headers.emplace_back("Retry-After", std::to_string(wait_s));
  return made;
}

std::string shown(const access::Caller& caller, std::string_view version) {
  base::JsonWriter writer;
  writer.begin_object().member("name", caller.name).member("role", model::name_of(caller.role));
  writer.key("is_session").boolean(!caller.session.empty());
  writer.member("version", version).end_object();
  return writer.take() + "\n";
}

}  // namespace

ReceiverReply Api::setup_state(const Call&) const {
  const auto needed = sources_.access.needs_set_up();
  if (!needed) return problem_of(needed.error());
  base::JsonWriter writer;
  writer.begin_object().key("needed").boolean(*needed).end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::set_up(const Call& call) const {
  const auto done = sources_.access.set_up(call.body["key"].text(), call.body["name"].text(),
                                           Secret(call.body["password"].text()));
  if (!done) return problem_of(done.error());
  return log_in(call);
}

ReceiverReply Api::log_in(const Call& call) const {
  const auto tried =
      sources_.access.log_in({call.body["name"].text().substr(0, 4 * access::name_bytes_max),
                              Secret(call.body["password"].text()),
                              Secret(cookie_of(call.request, Cookie::device)), call.request.peer});
  if (!tried) return problem_of(tried.error());
  if (tried->outcome != access::LogIn::Outcome::in) return refused_log_in(*tried);
  const auto caller = sources_.access.caller_of_session(tried->session.reveal(), true);
  if (!caller || !*caller) return problem(503, "unavailable", "try again");
  ReceiverReply made = reply(200, shown(**caller, sources_.version));
  made.headers.emplace_back("Set-Cookie",
                            set_cookie(call.request, Cookie::session, tried->session.reveal()));
  if (!tried->device.empty())
    made.headers.emplace_back("Set-Cookie",
                              set_cookie(call.request, Cookie::device, tried->device.reveal()));
  return made;
}

ReceiverReply Api::log_out(const Call& call) const {
  if (call.caller.session.empty())
    return problem(409, "refused", "a token has no session; revoke it instead");
  if (const auto done = sources_.access.log_out(call.caller); !done)
    return problem_of(done.error());
  ReceiverReply made = nothing();
  made.headers.emplace_back("Set-Cookie", set_cookie(call.request, Cookie::session, ""));
  return made;
}

ReceiverReply Api::who_am_i(const Call& call) const {
  return reply(200, shown(call.caller, sources_.version));
}

ReceiverReply Api::change_own_password(const Call& call) const {
  if (call.caller.session.empty())
    return problem(409, "refused", "a token has no password; log in");
  const auto done = sources_.access.change_own_password(
      call.caller, Secret(call.body["current"].text()), Secret(call.body["next"].text()));
  return done ? nothing() : problem_of(done.error());
}

}  // namespace vedette::server
