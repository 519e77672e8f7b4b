// Owns: users, API tokens, the audit log: what an administrator sees and changes.
#include "access/access_limits.h"
#include "access/audit_chain.h"
#include "base/text.h"
#include "server/api.h"
#include "server/members.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using base::JsonWriter;
using base::Result;
using net::ReceiverReply;

ReceiverReply created(std::int64_t id) {
  JsonWriter writer;
  writer.begin_object().key("id").number(id).end_object();
  return reply(201, writer.take() + "\n");
}

ReceiverReply done_or_problem(const Result<void>& done) {
  return done ? nothing() : problem_of(done.error());
}

void append_user(JsonWriter& writer, const model::User& user, bool has_second_factor) {
  writer.begin_object().key("id").number(user.id);
  writer.member("name", user.name).member("role", model::name_of(user.role));
  writer.key("disabled").boolean(user.disabled);
  writer.key("second_factor").boolean(has_second_factor);
  append_time(writer, "created", user.created);
  append_time(writer, "last_log_in", user.last_log_in);
  writer.end_object();
}

}  // namespace

// Who an incident can be given to.
ReceiverReply Api::people(const Call&) const {
  const auto users = sources_.access.users();
  if (!users) return problem_of(users.error());
  JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& user : *users)
    if (!user.disabled)
      writer.begin_object()
          .member("name", user.name)
          .member("role", model::name_of(user.role))
          .end_object();
  writer.end_array().end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::users(const Call&) const {
  const auto users = sources_.access.users();
  if (!users) return problem_of(users.error());
  JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& user : *users) {
    const auto factor = sources_.access.second_factor_of(user.id);
    if (!factor) return problem_of(factor.error());
    append_user(writer, user, factor->is_on);
  }
  writer.end_array().end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::add_user(const Call& call) const {
  const auto role = model::role_named(call.body["role"].text());
  if (!role) return problem(422, "invalid", "role must be viewer, analyst, responder or admin");
  const auto id = sources_.access.add_user(call.caller, call.body["name"].text(), *role,
                                           base::Secret(call.body["password"].text()));
  return id ? created(*id) : problem_of(id.error());
}

ReceiverReply Api::change_user(const Call& call) const {
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  access::UserChange change;
  if (!call.body["role"].is_null()) {
    change.role = model::role_named(call.body["role"].text());
    if (!change.role)
      return problem(422, "invalid", "role must be viewer, analyst, responder or admin");
  }
  if (const bool* disabled = call.body["disabled"].as_bool()) change.disabled = *disabled;
  if (const auto* password = call.body["password"].as_string())
    change.password = base::Secret(*password);
  return done_or_problem(sources_.access.change_user(call.caller, *id, change));
}

ReceiverReply Api::remove_user(const Call& call) const {
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  return done_or_problem(sources_.access.remove_user(call.caller, *id));
}

ReceiverReply Api::end_sessions(const Call& call) const {
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  return done_or_problem(sources_.access.end_sessions(call.caller, *id));
}

ReceiverReply Api::tokens(const Call&) const {
  const auto tokens = sources_.access.tokens();
  const auto users = sources_.access.users();
  if (!tokens || !users) return problem_of(tokens ? users.error() : tokens.error());
  JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& token : *tokens) {
    writer.begin_object().key("id").number(token.id);
    writer.member("name", token.name).member("role", model::name_of(token.role));
    writer.key("scopes").begin_array();
    for (const auto scope : token.scopes) writer.string(model::name_of(scope));
    writer.end_array();
    std::string maker;
    for (const auto& user : *users)
      if (user.id == token.user) maker = user.name;
    writer.member("made_by", maker);
    append_time(writer, "created", token.created);
    append_time(writer, "expires", token.expires);
    append_time(writer, "last_used", token.last_used);
    writer.key("revoked").boolean(token.revoked);
    writer.key("expired").boolean(token.expires <= sources_.clock.now()).end_object();
  }
  writer.end_array().end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::add_token(const Call& call) const {
  const auto role = model::role_named(call.body["role"].text());
  if (!role) return problem(422, "invalid", "role must be viewer, analyst, responder or admin");
  const auto* days = call.body["days"].as_integer();
  const bool is_day_count = days != nullptr && *days >= 1 && *days <= access::token_days_max;
  std::string words;
  if (const auto* list = call.body["scopes"].as_array())
    for (const auto& each : *list) words += each.text() + " ";
  const auto scopes = model::scopes_of(words);
  if (!scopes)
    return problem(422, "invalid",
                   "scopes are incidents, logs, detections, responses, settings and people");
  const auto made = sources_.access.add_token(call.caller, call.body["name"].text(), *role,
                                              is_day_count ? static_cast<int>(*days) : 0, *scopes);
  if (!made) return problem_of(made.error());
  JsonWriter writer;
  writer.begin_object().member("token", made->reveal()).end_object();
  return reply(201, writer.take() + "\n");
}

ReceiverReply Api::revoke_token(const Call& call) const {
  const auto id = id_of(call.captured);
  if (!id) return problem_of(id.error());
  return done_or_problem(sources_.access.revoke_token(call.caller, *id));
}

ReceiverReply Api::audit(const Call& call) const {
  const auto before = base::parse_unsigned(parameter(call.query, "before").value_or("0"));
  const auto entries = sources_.access_store.audit_before(before.value_or(0), 100);
  if (!entries) return problem_of(entries.error());
  JsonWriter writer;
  writer.begin_object().key("rows").begin_array();
  for (const auto& entry : *entries) {
    writer.begin_object().key("number").number(entry.number);
    append_time(writer, "at", entry.at);
    writer.member("actor", entry.actor).member("action", entry.action);
    writer.member("object", entry.object).member("detail", entry.detail);
    writer.member("hash", entry.hash).end_object();
  }
  writer.end_array().key("more").boolean(entries->size() == 100).end_object();
  return reply(200, writer.take() + "\n");
}

ReceiverReply Api::verify_audit(const Call& call) const {
  const auto report =
      access::verify_audit(sources_.access_store, parameter(call.query, "noted").value_or(""));
  if (!report) return problem_of(report.error());
  JsonWriter writer;
  writer.begin_object().key("is_whole").boolean(report->broken == 0);
  writer.key("entries").number(report->entries);
  writer.member("head", report->head);
  writer.key("broken").number(report->broken);
  writer.member("what", report->what).end_object();
  return reply(200, writer.take() + "\n");
}

}  // namespace vedette::server
