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

struct Refusal {
  int status;
  std::string_view code, title;
};

// What a log-in that failed says; never whether it was the name or the password.
Refusal refusal_of(access::LogIn::Outcome outcome) {
  switch (outcome) {
    case access::LogIn::Outcome::too_early:
      return {429, "too_early", "too many attempts: wait before the next one"};
    case access::LogIn::Outcome::code_needed:
      return {401, "code_needed", "a code of your second factor is needed, too"};
    case access::LogIn::Outcome::wrong_code:
      return {401, "wrong_code", "this is not the code of now; each is good once"};
    default:
      return {401, "wrong", "the user name or the password is wrong"};
  }
}

ReceiverReply refused_log_in(const access::LogIn& tried) {
  const auto [status, code, title] = refusal_of(tried.outcome);
  const std::int64_t wait_s = seconds_of(tried.wait);
  base::JsonWriter writer;
  writer.begin_object().member("code", code).member("title", title);
  writer.key("status").number(std::int64_t{status});
  writer.key("wait_s").number(wait_s).end_object();
  ReceiverReply made = reply(status, writer.take() + "\n");
  made.headers.front().second = "application/problem+json";
  if (wait_s > 0) made.headers.emplace_back("Retry-After", std::to_string(wait_s));
  return made;
}

}  // namespace

ReceiverReply Api::shown(const access::Caller& caller) const {
  const auto factor = sources_.access.second_factor_of(caller.user);
  if (!factor) return problem_of(factor.error());
  base::JsonWriter writer;
  writer.begin_object().member("name", caller.name).member("role", model::name_of(caller.role));
  writer.key("is_session").boolean(!caller.session.empty());
  writer.key("second_factor").boolean(factor->is_on);
  writer.key("recovery_codes").number(static_cast<std::int64_t>(factor->recovery_codes));
  writer.key("must_enrol").boolean(caller.must_enrol);
  writer.key("simulated").boolean(sources_.connections.is_simulated());
  writer.member("version", sources_.version).end_object();
  return reply(200, writer.take() + "\n");
}

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
  const auto tried = sources_.access.log_in(
      {call.body["name"].text().substr(0, 4 * access::name_bytes_max),
       Secret(call.body["password"].text()), Secret(cookie_of(call.request, Cookie::device)),
       call.request.peer, Secret(call.body["code"].text())});
  if (!tried) return problem_of(tried.error());
  if (tried->outcome != access::LogIn::Outcome::in) return refused_log_in(*tried);
  const auto caller = sources_.access.caller_of_session(tried->session.reveal(), true);
  if (!caller || !*caller) return problem(503, "unavailable", "try again");
  ReceiverReply made = shown(**caller);
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
  return shown(call.caller);
}

ReceiverReply Api::change_own_password(const Call& call) const {
  if (call.caller.session.empty())
    return problem(409, "refused", "a token has no password; log in");
  const auto done = sources_.access.change_own_password(
      call.caller, Secret(call.body["current"].text()), Secret(call.body["next"].text()));
  return done ? nothing() : problem_of(done.error());
}

}  // namespace vedette::server
