#include "server/api.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

using model::Role;
using net::ReceivedRequest;
using net::ReceiverReply;

constexpr std::string_view id_place = "{id}";
// Of Azure's resources: more than one part of the path is anybody's.
#define VEDETTE_INTEL_RESOURCE                                                                 \
  "/subscriptions/{subscription}/resourceGroups/{group}/providers/"                            \
  "Microsoft.OperationalInsights/workspaces/{workspace}/providers/Microsoft.SecurityInsights/" \
  "threatIntelligence/main"
constexpr std::string_view create_indicator_path = VEDETTE_INTEL_RESOURCE "/createIndicator";
constexpr std::string_view query_indicators_path = VEDETTE_INTEL_RESOURCE "/queryIndicators";
constexpr std::string_view indicators_path = VEDETTE_INTEL_RESOURCE "/indicators";
constexpr std::string_view indicator_path = VEDETTE_INTEL_RESOURCE "/indicators/{name}";
#undef VEDETTE_INTEL_RESOURCE
constexpr std::string_view own_session_path = "/api/v1/session";

// As Azure and Graph compare them: in any case.
bool matches_parts(std::string_view pattern, std::string_view path) {
  const auto wanted = base::split(pattern, '/'), parts = base::split(path, '/');
  return std::ranges::equal(wanted, parts, [](std::string_view want, std::string_view part) {
    return want.starts_with('{') ? !part.empty() : base::equals_ignoring_case(want, part);
  });
}

// What of `path` stands at {id}; nothing when it does not match.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t place = pattern.find(id_place);
  if (place == std::string_view::npos && pattern.contains('{'))
    return matches_parts(pattern, path) ? std::optional<std::string_view>("") : std::nullopt;
  if (place == std::string_view::npos)
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  const std::string_view before = pattern.substr(0, place);
  const std::string_view after = pattern.substr(place + id_place.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after))
    return std::nullopt;
  const std::string_view id =
      path.substr(before.size(), path.size() - before.size() - after.size());
  return id.contains('/') ? std::nullopt : std::optional(id);
}

// What a token must be for; routes that are in no row are for tokens without scopes. The table goes
// by beginnings of paths.
constexpr std::array<std::pair<std::string_view, model::Scope>, 17> scoped_paths{
    {{"/api/v1/incidents", model::Scope::incidents},
     {"/api/v1/alerts", model::Scope::incidents},
     {"/api/v1/logs/", model::Scope::logs},
     {"/api/v1/hunts/", model::Scope::logs},
     {"/api/v1/schema", model::Scope::logs},
     {"/api/v1/detections", model::Scope::detections},
     {"/api/v1/policies", model::Scope::responses},
     {"/api/v1/actions", model::Scope::responses},
     {"/api/v1/responses/", model::Scope::responses},
     {"/api/v1/channels", model::Scope::settings},
     {"/api/v1/connections", model::Scope::settings},
     {"/api/v1/backups", model::Scope::settings},
     {"/api/v1/retention", model::Scope::settings},
     {"/api/v1/people", model::Scope::people},
     {"/api/v1/users", model::Scope::people},
     {"/api/v1/tokens", model::Scope::people},
     {"/api/v1/audit", model::Scope::people}}};

bool is_in_scope(const access::Caller& caller, std::string_view path) {
  if (caller.scopes.empty() || path == own_session_path || path == "/api/openapi.json") return true;
  return std::ranges::any_of(scoped_paths, [&](const auto& row) {
    return path.starts_with(row.first) &&
           std::ranges::find(caller.scopes, row.second) != caller.scopes.end();
  });
}

bool is_reading(std::string_view method) {
  return method == "GET";
}

constexpr std::nullopt_t anybody = std::nullopt;

}  // namespace

const Api::Route Api::all_routes[] = {
    {"GET", "/healthz", anybody, &Api::alive},
    {"GET", "/readyz", anybody, &Api::ready},
    {"GET", "/metrics", anybody, &Api::metrics},
    {"GET", "/api/openapi.json", Role::viewer, &Api::document},
    {"GET", "/api/v1/stream", Role::viewer, &Api::stream},
    {"GET", "/api/v1/setup", anybody, &Api::setup_state},
    {"POST", "/api/v1/setup", anybody, &Api::set_up},
    {"POST", "/api/v1/session", anybody, &Api::log_in},
    {"GET", "/api/v1/session", Role::viewer, &Api::who_am_i},
    {"DELETE", "/api/v1/session", Role::viewer, &Api::log_out},
    {"POST", "/api/v1/session/password", Role::viewer, &Api::change_own_password},
    {"GET", "/acknowledge/{id}", anybody, &Api::show_acknowledge},
    {"POST", "/acknowledge/{id}", anybody, &Api::acknowledge_by_link, true},
    {"POST", "/api/v1/session/second-factor", Role::viewer, &Api::begin_second_factor},
    {"POST", "/api/v1/session/second-factor/confirm", Role::viewer, &Api::confirm_second_factor},
    {"POST", "/api/v1/session/second-factor/remove", Role::viewer, &Api::remove_second_factor},
    {"POST", "/api/v1/session/recovery-codes", Role::viewer, &Api::renew_recovery_codes},
    {"GET", "/api/v1/incidents", Role::viewer, &Api::incidents},
    {"GET", "/api/v1/incidents/{id}", Role::viewer, &Api::incident},
    {"POST", "/api/v1/incidents/{id}/acknowledge", Role::analyst, &Api::acknowledge},
    {"POST", "/api/v1/incidents/{id}/assign", Role::analyst, &Api::assign},
    {"POST", "/api/v1/incidents/{id}/comment", Role::analyst, &Api::comment},
    {"POST", "/api/v1/incidents/{id}/task", Role::analyst, &Api::add_task},
    {"POST", "/api/v1/incidents/{id}/task-done", Role::analyst, &Api::finish_task},
    {"POST", "/api/v1/incidents/{id}/severity", Role::analyst, &Api::set_severity},
    {"POST", "/api/v1/incidents/{id}/close", Role::analyst, &Api::close},
    {"POST", "/api/v1/incidents/{id}/reopen", Role::analyst, &Api::reopen},
    {"GET", "/api/v1/incidents/{id}/policies", Role::viewer, &Api::policies_of_incident},
    {"GET", "/api/v1/policies", Role::viewer, &Api::policies},
    {"GET", "/api/v1/policies/{id}/plan", Role::viewer, &Api::policy_plan},
    {"POST", "/api/v1/policies/{id}/simulate", Role::analyst, &Api::simulate_policy},
    {"POST", "/api/v1/policies/{id}/arm", Role::admin, &Api::arm_policy},
    {"POST", "/api/v1/policies/{id}/disarm", Role::responder, &Api::disarm_policy},
    {"GET", "/api/v1/actions", Role::viewer, &Api::actions},
    {"GET", "/api/v1/actions/{id}", Role::viewer, &Api::action},
    {"POST", "/api/v1/actions", Role::responder, &Api::ask_action},
    {"POST", "/api/v1/actions/{id}/approve", Role::responder, &Api::approve_action},
    {"POST", "/api/v1/actions/{id}/refuse", Role::responder, &Api::refuse_action},
    {"POST", "/api/v1/actions/{id}/undo", Role::responder, &Api::undo_action},
    {"POST", "/api/v1/responses/stop", Role::responder, &Api::stop_actions},
    {"POST", "/api/v1/responses/resume", Role::admin, &Api::resume_actions},
    {"GET", "/api/v1/alerts", Role::viewer, &Api::alerts},
    {"POST", "/api/v1/logs/query", Role::viewer, &Api::query_logs},
    {"POST", "/api/v1/logs/export", Role::analyst, &Api::export_logs},
    {"GET", "/api/v1/schema", Role::analyst, &Api::hunt_schema},
    {"POST", "/api/v1/hunts/run", Role::analyst, &Api::run_hunt},
    {"GET", "/api/v1/hunts/run/{id}", Role::analyst, &Api::hunt_progress},
    {"DELETE", "/api/v1/hunts/run/{id}", Role::analyst, &Api::cancel_hunt},
    {"POST", "/api/v1/hunts/check", Role::analyst, &Api::check_hunt},
    {"GET", "/api/v1/hunts/history", Role::analyst, &Api::hunt_history},
    {"PATCH", "/api/v1/hunts/history/{id}", Role::analyst, &Api::mark_hunt},
    {"DELETE", "/api/v1/hunts/history/{id}", Role::analyst, &Api::forget_hunt},
    {"GET", "/api/v1/hunts/saved", Role::viewer, &Api::saved_hunts},
    {"PUT", "/api/v1/hunts/saved/{id}", Role::analyst, &Api::save_hunt},
    {"DELETE", "/api/v1/hunts/saved/{id}", Role::analyst, &Api::remove_hunt},
    {"GET", "/api/v1/detections", Role::viewer, &Api::detections},
    {"PUT", "/api/v1/detections", Role::admin, &Api::change_detections},
    {"GET", "/api/v1/detections/hosts", Role::viewer, &Api::host_detections},
    {"POST", "/api/v1/detections/preview", Role::analyst, &Api::preview_detections},
    {"DELETE", "/api/v1/detections/preview", Role::analyst, &Api::end_preview},
    {"GET", "/api/v1/channels", Role::viewer, &Api::channels},
    {"GET", "/api/v1/channels/{id}/preview", Role::analyst, &Api::preview_channel},
    {"GET", "/api/v1/channels/{id}/preview.html", Role::analyst, &Api::preview_page},
    {"POST", "/api/v1/channels/{id}/test", Role::admin, &Api::test_channel},
    {"GET", "/api/v1/connections", Role::admin, &Api::connections},
    {"PUT", "/api/v1/connections", Role::admin, &Api::change_connections},
    {"POST", "/api/v1/connections/test", Role::admin, &Api::test_connection},
    {"POST", "/api/v1/simulation", Role::admin, &Api::begin_simulation},
    {"DELETE", "/api/v1/simulation", Role::admin, &Api::end_simulation},
    {"GET", "/api/v1/backups", Role::admin, &Api::backups},
    {"POST", "/api/v1/backups", Role::admin, &Api::make_backup},
    {"DELETE", "/api/v1/backups/{id}", Role::admin, &Api::remove_backup},
    {"GET", "/api/v1/retention", Role::viewer, &Api::retention},
    {"PUT", "/api/v1/retention", Role::admin, &Api::change_retention},
    {"GET", "/api/v1/preferences", Role::viewer, &Api::preferences},
    {"PUT", "/api/v1/preferences", Role::viewer, &Api::keep_preferences},
    {"GET", "/api/v1/people", Role::viewer, &Api::people},
    {"GET", "/api/v1/users", Role::admin, &Api::users},
    {"POST", "/api/v1/users", Role::admin, &Api::add_user},
    {"PATCH", "/api/v1/users/{id}", Role::admin, &Api::change_user},
    {"DELETE", "/api/v1/users/{id}", Role::admin, &Api::remove_user},
    {"DELETE", "/api/v1/users/{id}/sessions", Role::admin, &Api::end_sessions},
    {"DELETE", "/api/v1/users/{id}/second-factor", Role::admin, &Api::reset_second_factor},
    {"GET", "/api/v1/tokens", Role::admin, &Api::tokens},
    {"POST", "/api/v1/tokens", Role::admin, &Api::add_token},
    {"DELETE", "/api/v1/tokens/{id}", Role::admin, &Api::revoke_token},
    {"GET", "/api/v1/audit", Role::admin, &Api::audit},
    {"GET", "/api/v1/audit/verify", Role::admin, &Api::verify_audit},
    {"POST", "/workspaces/{id}/threat-intelligence-stix-objects:upload", Role::analyst,
     &Api::upload_indicators},
    {"POST", "/workspaces/{id}/threatintelligenceindicators:upload", Role::analyst,
     &Api::upload_indicators},
    {"POST", "/{id}/threatintelligence:upload-indicators", Role::analyst, &Api::upload_indicators},
    {"POST", create_indicator_path, Role::analyst, &Api::create_indicator},
    {"POST", query_indicators_path, Role::analyst, &Api::query_indicators},
    {"GET", indicators_path, Role::analyst, &Api::list_indicators},
    {"GET", indicator_path, Role::analyst, &Api::show_indicator},
    {"DELETE", indicator_path, Role::analyst, &Api::withdraw_indicator},
    {"POST", "/{version}/security/tiIndicators/submitTiIndicators", Role::analyst,
     &Api::submit_graph_indicators},
    {"POST", "/{version}/security/tiIndicators/deleteTiIndicators", Role::analyst,
     &Api::delete_graph_indicators},
    {"POST", "/{id}/oauth2/v2.0/token", anybody, &Api::exchange_token, true},
};

std::span<const Api::Route> Api::routes() {
  return all_routes;
}

ReceiverReply Api::answer(const ReceivedRequest& request) const {
  ReceiverReply made = find_answer(request);
  if (is_only_over_tls(request))
    made.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return made;
}

ReceiverReply Api::find_answer(const ReceivedRequest& request) const {
  if (!gate_.is_our_host(request))
    return problem(421, "other_host", "the Host of this request is not one of this server's names");
  const std::string_view target = request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  Call call{request, target.substr(0, mark), target.substr(std::min(mark + 1, target.size()))};
  std::string allowed;
  for (const Route& route : routes()) {
    const auto captured = match(route.path, call.path);
    if (!captured) continue;
    if (route.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
      continue;
    }
    call.captured = *captured;
    if (auto refused = refuse(route, call)) return *std::move(refused);
    return (this->*route.action)(call);
  }
  if (!allowed.empty()) {
    ReceiverReply refused = problem(405, "method", "only " + allowed);
    refused.headers.emplace_back("Allow", allowed);
    return refused;
  }
  return page(call);
}

// The web app, for everything that is no route; its own pages are made in the browser.
ReceiverReply Api::page(const Call& call) const {
  const bool is_api = call.path == "/api" || call.path.starts_with("/api/");
  if (is_api || !is_reading(call.request.method))
    return problem(404, "not_found", "there is nothing here");
  return sources_.web.answer(call.request, call.path);
}

// The data folder's owner can do everything that its files allow anyway.
base::Result<std::optional<access::Caller>> Api::find_caller(const Call& call) const {
  if (gate_.has_token(call.request)) return access::Caller{"local", Role::admin, 0, {}};
  if (const auto token = bearer_of(call.request); !token.empty())
    return sources_.access.caller_of_token(token);
  const std::string session = cookie_of(call.request, Cookie::session);
  if (session.empty()) return std::nullopt;
  // What a page asks by itself is no use by a person.
  const bool is_automatic =
      call.request.header("x-vedette-idle") != nullptr || call.path == "/api/v1/stream";
  return sources_.access.caller_of_session(session, !is_automatic);
}

// Whether the caller may, and the body; both go into `call`.
std::optional<ReceiverReply> Api::refuse(const Route& route, Call& call) const {
  if (route.least) {
    auto caller = find_caller(call);
    if (!caller) return problem_of(caller.error());
    if (!*caller) {
      ReceiverReply refused = problem(401, "log_in_needed", "log in, or send a token");
      refused.headers.emplace_back("WWW-Authenticate", "Bearer");
      return refused;
    }
    call.caller = **std::move(caller);
    if (call.caller.role < *route.least)
      return problem(403, "role_needed",
                     "this needs the role " + std::string(model::name_of(*route.least)));
    if (!is_in_scope(call.caller, call.path))
      return problem(403, "scope_needed", "this token is not for that (its scopes)");
    if (call.caller.must_enrol && !call.path.starts_with(own_session_path))
      return problem(403, "second_factor_needed",
                     "your role needs a second factor: set one up first");
  }
  if (is_reading(route.method) || route.is_form) return std::nullopt;
  const bool is_browser = !route.least || !call.caller.session.empty();
  if (is_browser && !is_from_our_pages(call.request))
    return problem(403, "other_site",
                   "a browser's change must come from Vedette's own pages (X-Vedette: 1)");
  if (call.request.body.empty()) return std::nullopt;
  auto body = base::parse_json(call.request.body);
  if (!body || body->as_object() == nullptr)
    return problem(400, "malformed", "the body must be a JSON object");
  call.body = *std::move(body);
  return std::nullopt;
}

}  // namespace vedette::server
