// Owns: one's own second factor, and an administrator's reset of somebody's.
#include "base/text.h"
#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::JsonWriter;
using base::Result;
using base::Secret;
using net::ReceiverReply;

// Only a person at a browser has one.
std::optional<ReceiverReply> refuse_program(const Call& call) {
  if (!call.caller.session.empty()) return std::nullopt;
  return problem(409, "refused", "a token has no second factor; log in");
}

Secret secret_of(const Call& call, std::string_view name) {
  return Secret(call.body[name].text());
}

ReceiverReply shown_once(const Result<std::vector<Secret>>& codes) {
  if (!codes) return problem_of(codes.error());
  JsonWriter writer;
  writer.begin_object().key("recovery_codes").begin_array();
  for (const auto& code : *codes) writer.string(code.reveal());
  writer.end_array().end_object();
  return reply(200, writer.take() + "\n");
}

}  // namespace

ReceiverReply Api::begin_second_factor(const Call& call) const {
  if (auto refused = refuse_program(call)) return *std::move(refused);
  const auto begun = sources_.access.begin_second_factor(call.caller, secret_of(call, "password"));
  if (!begun) return problem_of(begun.error());
  JsonWriter writer;
  writer.begin_object().member("key", begun->key.reveal());
  writer.member("address", begun->address.reveal()).end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::confirm_second_factor(const Call& call) const {
  if (auto refused = refuse_program(call)) return *std::move(refused);
  return shown_once(sources_.access.confirm_second_factor(call.caller, secret_of(call, "code")));
}

ReceiverReply Api::renew_recovery_codes(const Call& call) const {
  if (auto refused = refuse_program(call)) return *std::move(refused);
  return shown_once(sources_.access.renew_recovery_codes(call.caller, secret_of(call, "password"),
                                                         secret_of(call, "code")));
}

ReceiverReply Api::remove_second_factor(const Call& call) const {
  if (auto refused = refuse_program(call)) return *std::move(refused);
  const auto done = sources_.access.remove_second_factor(call.caller, secret_of(call, "password"),
                                                         secret_of(call, "code"));
  return done ? nothing() : problem_of(done.error());
}

ReceiverReply Api::reset_second_factor(const Call& call) const {
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  const auto done = sources_.access.reset_second_factor(call.caller, *id);
  return done ? nothing() : problem_of(done.error());
}

}  // namespace vedette::server
