#include "app/policies_desk.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/policy_view.h"
#include "base/json.h"
#include "base/text.h"
#include "respond/policy_limits.h"
#include "respond/policy_match.h"
#include "server/members.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::JsonWriter;
using base::Result;
using respond::Policy;
using Answer = server::PolicyDesk::Answer;

constexpr std::size_t cases_shown_max = 20;
constexpr std::size_t accounts_shown_max = 20;
constexpr std::size_t groups_shown_max = 30;
constexpr std::size_t simulated_shown_max = 500;

void append_texts(JsonWriter& writer, std::string_view key, const std::vector<std::string>& texts,
                  std::size_t most = SIZE_MAX) {
  writer.key(key).begin_array();
  for (std::size_t i = 0; i < std::min(texts.size(), most); ++i) writer.string(texts[i]);
  writer.end_array();
}

std::string_view name_of(respond::Until until) {
  return until == respond::Until::closed ? "closed" : "acknowledged";
}

std::string_view name_of(respond::AskFirst ask) {
  switch (ask) {
    case respond::AskFirst::never:
      return "never";
    case respond::AskFirst::when_host_centred:
      return "host-centred";
    case respond::AskFirst::always:
      break;
  }
  return "always";
}

std::string_view name_of(model::CaseState state) {
  switch (state) {
    case model::CaseState::running:
      return "running";
    case model::CaseState::acting:
      return "acting";
    case model::CaseState::over:
      break;
  }
  return "over";
}

void append_match(JsonWriter& writer, const Policy& policy) {
  writer.key("matches").begin_array();
  for (const auto& [field, phrase] : policy.match.any)
    writer.begin_object()
        .member("in", respond::name_of(field))
        .member("words", phrase.text)
        .end_object();
  writer.end_array();
}

void append_armed(JsonWriter& writer, const Policy& policy, const model::ArmedPolicy* armed) {
  writer.key("armed");
  if (armed == nullptr) {
    writer.null();
    return;
  }
  writer.begin_object().member("mode", model::name_of(armed->mode)).member("by", armed->by);
  server::append_time(writer, "at", armed->armed);
  writer.key("is_changed").boolean(armed->hash != policy.hash).end_object();
}

void append_explanation(JsonWriter& writer, const PolicyFile& file, const model::ArmedPolicy* armed,
                        const PolicyExplanation& explained, bool is_known) {
  const auto& of = explained.of;
  writer.begin_object().member("name", file.policy.name).member("type", file.policy.type);
  append_armed(writer, file.policy, armed);
  writer.member("why", of.why).member("state", name_of(of.state)).member("ending", of.ending);
  writer.key("is_known").boolean(is_known);
  server::append_time(writer, "started", of.started);
  writer.key("steps").begin_array();
  for (const auto& step : explained.steps) {
    writer.begin_object().member("do", respond::name_of(step.kind));
    writer.key("after_s").number(step.after.whole_seconds());
    server::append_time(writer, "due", step.due);
    writer.key("is_done").boolean(step.is_done).end_object();
  }
  writer.end_array();
  append_texts(writer, "refusals", explained.refusals);
  server::append_time(writer, "lock", explained.lock.value_or(base::Timestamp{}));
  writer.member("mode", model::name_of(explained.mode));
  writer.member("asks_first", explained.asks_first).end_object();
}

const model::ArmedPolicy* armed_of(const std::vector<model::ArmedPolicy>& armed,
                                   const std::string& name) {
  const auto found = std::ranges::find(armed, name, &model::ArmedPolicy::name);
  return found == armed.end() ? nullptr : &*found;
}

const model::PolicyCase* case_of(const std::vector<model::PolicyCase>& cases,
                                 const std::string& name) {
  const auto found = std::ranges::find(cases, name, &model::PolicyCase::policy);
  return found == cases.end() ? nullptr : &*found;
}

void append_outlook(JsonWriter& writer, const AccountOutlook& outlook) {
  writer.begin_object().member("object_id", outlook.account.object_id);
  writer.member("principal_name", outlook.account.principal_name);
  writer.member("name", model::name_of(outlook.account)).key("identity");
  if (outlook.identity == nullptr) {
    writer.null();
  } else {
    const auto& known = *outlook.identity;
    writer.begin_object().member("id", known.id).member("display_name", known.display_name);
    writer.member("user_type", known.user_type).key("enabled").boolean(known.is_enabled);
    writer.key("administrator").boolean(known.is_administrator);
    writer.key("protected").boolean(known.is_protected);
    append_texts(writer, "roles", known.roles);
    append_texts(writer, "eligible_roles", known.eligible_roles);
    append_texts(writer, "groups", known.groups, groups_shown_max);
    writer.key("group_count").number(std::uint64_t{known.groups.size()}).end_object();
  }
  writer.key("verdict");
  if (!outlook.verdict)
    writer.null();
  else
    writer.begin_object()
        .member("decision", respond::name_of(outlook.verdict->decision))
        .member("reason", respond::name_of(outlook.verdict->reason))
        .member("words", outlook.verdict->words)
        .end_object();
  writer.end_object();
}

void append_simulated(JsonWriter& writer, const SimulatedPolicy& done) {
  writer.key("rows").begin_array();
  for (std::size_t i = 0; i < std::min(done.cases.size(), simulated_shown_max); ++i) {
    const auto& one = done.cases[done.cases.size() - 1 - i];  // the newest first
    writer.begin_object().key("incident").number(one.incident).member("title", one.title);
    writer.member("why", one.why).member("affected", one.affected).member("end", name_of(one.end));
    server::append_time(writer, "started", one.started);
    server::append_time(writer, "lock", one.lock);
    writer.key("touched_after_s").number(one.touched_after.whole_seconds()).end_object();
  }
  writer.end_array();
}

}  // namespace

Result<PolicyFile> PoliciesDesk::find(const std::string& name) const {
  for (auto& file : VEDETTE_TRY(load_policies(ground_.configuration.policies_folder)))
    if (file.policy.name == name) return std::move(file);
  return base::failure(ErrorCode::not_found, "there is no policy of that name");
}

// What stands between a policy and an account, whatever the policy.
Result<void> PoliciesDesk::append_guard(JsonWriter& writer) const {
  const auto& configuration = ground_.configuration;
  const auto& guard = configuration.respond.guard;
  const auto now = ground_.clock.now();
  const auto wire = VEDETTE_TRY(ground_.actions.trip_wire());
  const auto hour = VEDETTE_TRY(ground_.actions.accounts_since(now - base::Duration::hours(1), ""));
  const auto day = VEDETTE_TRY(ground_.actions.accounts_since(now - base::Duration::hours(24), ""));
  writer.key("guard").begin_object();
  writer.key("can_act").boolean(configuration.respond.find_tenant(configuration.tenants) !=
                                nullptr);
  writer.key("stopped").boolean(ground_.kill_switch() != respond::SwitchPosition::off);
  writer.key("tripped").boolean(wire.tripped.is_set()).member("tripped_why", wire.why);
  writer.member("reset_by", wire.reset_by).member("mode", model::name_of(guard.mode));
  writer.key("two_persons").boolean(guard.two_persons);
  writer.key("hour").number(hour).key("hour_most").number(guard.accounts_an_hour);
  writer.key("day").number(day).key("day_most").number(guard.accounts_a_day);
  writer.key("break_glass").number(std::uint64_t{guard.break_glass.size()});
  writer.key("service_accounts").number(std::uint64_t{guard.service_accounts.size()});
  writer.key("approver_accounts").number(std::uint64_t{guard.approver_accounts.size()});
  writer.end_object();
  return {};
}

Result<void> PoliciesDesk::append_policy(JsonWriter& writer, const PolicyFile& file,
                                         const model::ArmedPolicy* armed,
                                         const std::vector<model::PolicyCase>& cases) const {
  const Policy& policy = file.policy;
  writer.begin_object().member("name", policy.name).member("type", policy.type);
  writer.member("description", policy.description).member("file", file.shown);
  writer.member("hash", policy.hash).member("mode", model::name_of(policy.mode));
  writer.member("until", name_of(policy.until)).member("ask_first", name_of(policy.ask_first));
  writer.key("least_notice_s").number(policy.least_notice.whole_seconds());
  writer.key("accounts_max").number(std::int64_t{policy.accounts_max});
  writer.key("all_days").boolean(policy.calendar.counts_all());
  append_texts(writer, "channels", policy.channels);
  append_match(writer, policy);
  append_armed(writer, policy, armed);
  writer.key("steps").begin_array();
  for (const auto& step : policy.steps) {
    writer.begin_object().member("do", respond::name_of(step.kind));
    writer.key("after_s").number(step.after.whole_seconds()).end_object();
  }
  writer.end_array().key("cases").begin_array();
  std::size_t count = 0;
  for (const auto& one : cases) {
    if (one.policy != policy.name || one.state == model::CaseState::over) continue;
    if (++count > cases_shown_max) continue;
    const auto incident = VEDETTE_TRY(ground_.incidents.find(one.incident));
    if (!incident) continue;
    const auto explained = explain_case({file, armed, &one, *incident, ground_.clock.now()});
    if (!explained) continue;
    writer.begin_object().key("incident").number(incident->number);
    writer.member("title", incident->title).member("affected", respond::affected_of(*incident));
    writer.member("state", name_of(one.state)).member("mode", model::name_of(explained->mode));
    server::append_time(writer, "lock", explained->lock.value_or(base::Timestamp{}));
    append_texts(writer, "refusals", explained->refusals);
    writer.end_object();
  }
  writer.end_array().key("case_count").number(std::uint64_t{count}).end_object();
  return {};
}

Answer PoliciesDesk::show() {
  const auto files = VEDETTE_TRY(load_policies(ground_.configuration.policies_folder));
  const auto armed = VEDETTE_TRY(ground_.policies.armed());
  const auto cases = VEDETTE_TRY(ground_.policies.cases(0));
  JsonWriter writer;
  writer.begin_object();
  VEDETTE_TRY_VOID(append_guard(writer));
  writer.key("rows").begin_array();
  for (const auto& file : files)
    VEDETTE_TRY_VOID(append_policy(writer, file, armed_of(armed, file.policy.name), cases));
  // Armed once, and their files are gone.
  writer.end_array().key("gone").begin_array();
  for (const auto& one : armed)
    if (std::ranges::none_of(files, [&](const auto& file) { return file.policy.name == one.name; }))
      writer.string(one.name);
  writer.end_array().end_object();
  return writer.take() + "\n";
}

Result<void> PoliciesDesk::append_accounts(JsonWriter& writer, const model::Incident& incident,
                                           respond::Until until) const {
  const auto now = ground_.clock.now();
  const auto directory = ground_.directory();
  const auto wire = VEDETTE_TRY(ground_.actions.trip_wire());
  const auto& configuration = ground_.configuration;
  const auto* tenant = configuration.respond.find_tenant(configuration.tenants);
  const auto guard =
      tenant == nullptr ? configuration.respond.guard : configuration.respond.guard_of(*tenant);
  const OutlookGround ground{
      directory,
      guard,
      ground_.kill_switch(),
      wire.tripped.is_set(),
      now,
      VEDETTE_TRY(ground_.actions.accounts_since(now - base::Duration::hours(1), "")),
      VEDETTE_TRY(ground_.actions.accounts_since(now - base::Duration::hours(24), ""))};
  const auto accounts = respond::accounts_of(incident);
  writer.key("accounts").begin_array();
  for (std::size_t i = 0; i < std::min(accounts.size(), accounts_shown_max); ++i)
    append_outlook(writer, outlook_of(accounts[i], incident, until, ground));
  writer.end_array().key("account_count").number(std::uint64_t{accounts.size()});
  return {};
}

Answer PoliciesDesk::of_incident(std::uint64_t number) {
  const auto incident = VEDETTE_TRY(ground_.incidents.find(number));
  if (!incident) return base::failure(ErrorCode::not_found, "there is no such incident");
  const auto files = VEDETTE_TRY(load_policies(ground_.configuration.policies_folder));
  const auto armed = VEDETTE_TRY(ground_.policies.armed());
  const auto cases = VEDETTE_TRY(ground_.policies.cases(number));
  JsonWriter writer;
  writer.begin_object();
  VEDETTE_TRY_VOID(append_guard(writer));
  writer.key("policies").begin_array();
  auto until = respond::Until::acknowledged;
  for (const auto& file : files) {
    const auto* known = case_of(cases, file.policy.name);
    const auto* one = armed_of(armed, file.policy.name);
    const auto explained = explain_case({file, one, known, *incident, ground_.clock.now()});
    if (!explained) continue;
    until = file.policy.until;
    append_explanation(writer, file, one, *explained, known != nullptr);
  }
  writer.end_array();
  VEDETTE_TRY_VOID(append_accounts(writer, *incident, until));
  writer.end_object();
  return writer.take() + "\n";
}

Answer PoliciesDesk::simulate(const std::string& name, int days) {
  const auto file = VEDETTE_TRY(find(name));
  const auto now = ground_.clock.now();
  const auto found = VEDETTE_TRY(
      incidents_since(ground_.incidents, now - base::Duration::hours(24 * std::int64_t{days})));
  const auto done = app::simulate(file.policy, found, now);
  JsonWriter writer;
  writer.begin_object().key("days").number(std::int64_t{days});
  writer.key("incidents").number(std::uint64_t{found.size()});
  writer.key("matched").number(std::uint64_t{done.cases.size()});
  writer.key("attended").number(std::int64_t{done.attended});
  writer.key("unclear").number(std::int64_t{done.unclear});
  writer.key("running").number(std::int64_t{done.running});
  writer.key("locks").number(std::int64_t{done.locks});
  append_simulated(writer, done);
  writer.end_object();
  return writer.take() + "\n";
}

// Open incidents whose clocks would begin.
Result<std::size_t> PoliciesDesk::matching_now(const Policy& policy) const {
  std::size_t count = 0;
  for (const auto& incident : VEDETTE_TRY(incidents_since(ground_.incidents, base::Timestamp{})))
    if (incident.status != model::IncidentStatus::closed &&
        respond::why_matched(policy.match, incident))
      ++count;
  return count;
}

Answer PoliciesDesk::plan(const std::string& name, const std::string& mode_name) {
  const auto file = VEDETTE_TRY(find(name));
  const auto mode = model::action_mode_named(mode_name);
  if (!mode) return base::failure(ErrorCode::invalid_argument, "mode is dry-run, propose or auto");
  JsonWriter writer;
  writer.begin_object().member("name", name).member("mode", model::name_of(*mode));
  writer.member("hash", file.policy.hash);
  writer.member("sentence", arming_sentence(file.policy, *mode));
  writer.key("open_incidents").number(std::uint64_t{VEDETTE_TRY(matching_now(file.policy))});
  writer.key("calls").begin_array();
  if (*mode != model::ActionMode::dry_run)
    for (const auto& call :
         calls_of(file.policy, ground_.configuration.cloud.endpoints().graph.address)) {
      writer.begin_object().key("after_s").number(call.after.whole_seconds());
      writer.member("method", call.method).member("url", call.url).member("body", call.body);
      writer.member("permission", call.permission).end_object();
    }
  writer.end_array().end_object();
  return writer.take() + "\n";
}

Answer PoliciesDesk::arm(const Arming& arming, const Note& note) {
  const auto file = VEDETTE_TRY(find(arming.name));
  const auto mode = model::action_mode_named(arming.mode);
  if (!mode) return base::failure(ErrorCode::invalid_argument, "mode is dry-run, propose or auto");
  if (arming.hash != file.policy.hash)
    return base::failure(ErrorCode::refused,
                         "its file was changed since it was shown: look at it again");
  const std::string sentence = arming_sentence(file.policy, *mode);
  if (base::trim(arming.sentence) != sentence)
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("type \"{}\" to allow it: nothing was armed", sentence));
  VEDETTE_TRY_VOID(note("policy.arm", "policy " + arming.name,
                        fmt::format("{}, SHA-256 {}", model::name_of(*mode), file.policy.hash)));
  VEDETTE_TRY_VOID(ground_.policies.arm(
      {arming.name, file.policy.hash, *mode, ground_.clock.now(), arming.person}));
  return show();
}

Answer PoliciesDesk::disarm(const std::string& name, const Note& note) {
  const auto armed = VEDETTE_TRY(ground_.policies.armed());
  if (armed_of(armed, name) == nullptr)
    return base::failure(ErrorCode::not_found, "that policy is not armed");
  VEDETTE_TRY_VOID(note("policy.disarm", "policy " + name, ""));
  VEDETTE_TRY(ground_.policies.disarm(name));
  return show();
}

}  // namespace vedette::app
