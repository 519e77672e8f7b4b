#include "simulate/tenant/tenant.h"

#include "base/http_text.h"
#include "base/text.h"
#include "simulate/tenant/accounts.h"
#include "simulate/tenant/activity_feed.h"
#include "simulate/tenant/attacks.h"
#include "simulate/tenant/authority.h"
#include "simulate/tenant/fault_injector.h"
#include "simulate/tenant/graph_call.h"
#include "simulate/tenant/graph_directory.h"
#include "simulate/tenant/graph_mail.h"
#include "simulate/tenant/graph_reports.h"
#include "simulate/tenant/log_analytics.h"
#include "simulate/tenant/quota.h"
#include "simulate/tenant/sentinel.h"
#include "simulate/tenant/threat_intelligence.h"
#include "simulate/tenant/timeline.h"
#include "simulate/tenant/tokens.h"
#include "simulate/tenant/vault.h"

namespace vedette::simulate::tenant {
namespace {

TenantOptions started(TenantOptions options, base::Timestamp now) {
  if (!options.start.is_set()) options.start = now;
  return options;
}

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}
std::string_view query_of(std::string_view target) {
  const auto at = target.find('?');
  return at == std::string_view::npos ? std::string_view{} : target.substr(at + 1);
}

}  // namespace

struct Tenant::State {
  State(const TenantOptions& given, const ports::Clock& clock_in, QueryEngine* engine)
      : options(started(given, clock_in.now())),
        clock(clock_in),
        timeline(options),
        accounts(options, timeline.directory()),
        tokens(options),
        authority(options, tokens),
        reports(options, timeline, accounts),
        directory(options, timeline.directory(), accounts),
        mail(timeline.directory(), accounts),
        feed(options, timeline, accounts, tokens),
        sentinel(options, timeline, tokens),
        threat_intelligence(options, tokens),
        vault(options, tokens),
        log_analytics(options, timeline, accounts, tokens, {engine, &threat_intelligence}),
        faults(options.faults) {}

  // The services' own idea of the time.
  [[nodiscard]] base::Timestamp service_now() const { return clock.now() + options.clock_offset; }
  TenantReply route(const TenantRequest& request, base::Timestamp now);
  TenantReply answer_graph(const TenantRequest& request, base::Timestamp now);
  std::optional<TenantReply> throttle_graph(const GraphCall& call);

  const TenantOptions options;
  const ports::Clock& clock;
  Timeline timeline;
  Accounts accounts;
  Tokens tokens;
  Authority authority;
  GraphReports reports;
  GraphDirectory directory;
  GraphMail mail;
  ActivityFeed feed;
  Sentinel sentinel;
  ThreatIntelligence threat_intelligence;
  Vault vault;
  LogAnalytics log_analytics;
  FaultInjector faults;
  std::uint64_t requests = 0;
  // As documented: reports by app and tenant, identity protection by tenant.
  Quota reports_quota{5, base::Duration::seconds(10)};
  Quota identity_quota{1, base::Duration::seconds(1)};
};

std::optional<TenantReply> Tenant::State::throttle_graph(const GraphCall& call) {
  if (!options.quotas || call.path.empty()) return std::nullopt;
  const bool of_reports = base::equals_ignoring_case(call.path.front(), "auditLogs");
  const bool of_identity = base::equals_ignoring_case(call.path.front(), "identityProtection");
  // Quotas are about passing time, which a clock that is off shows as well.
  if (of_reports && !reports_quota.take(call.now)) {
    TenantReply reply = call.error(429, "UnknownError", "Too Many Requests");
    const base::Duration wait = reports_quota.wait(call.now);
    reply.set("retry-after", std::to_string(wait.whole_seconds() + 1));
    return reply;
  }
  if (of_identity && !identity_quota.take(call.now))
    return call.error(429, "TooManyRequests", "Too many requests.");  // without Retry-After
  return std::nullopt;
}

TenantReply Tenant::State::answer_graph(const TenantRequest& request, base::Timestamp now) {
  const std::string_view path = path_of(request.target);
  TokenClaims claims;
  const std::string request_id = format_guid(made_of(options.seed, 0x7265, requests));
  const std::string* authorization = request.header("authorization");
  switch (
      tokens.verify(authorization != nullptr ? *authorization : "", Service::graph, now, claims)) {
    case TokenFault::none:
      break;
    case TokenFault::missing:
      return graph_error(401, "InvalidAuthenticationToken", "Access token is empty.", now,
                         request_id);
    case TokenFault::expired:
      return graph_error(401, "InvalidAuthenticationToken",
                         "Lifetime validation failed, the token is expired.", now, request_id);
    case TokenFault::wrong_audience:
      return graph_error(401, "InvalidAuthenticationToken",
                         "Access token validation failure. Invalid audience.", now, request_id);
    case TokenFault::malformed:
      return graph_error(401, "InvalidAuthenticationToken",
                         "CompactToken parsing failed with error code: 80049217", now, request_id);
  }
  GraphCall call{request,          claims, now,
                 GraphVersion::v1, {},     parse_query(query_of(request.target)),
                 request_id};
  if (path.starts_with("/beta/")) call.version = GraphVersion::beta;
  for (const std::string_view part : base::split(path.substr(path.find('/', 1) + 1), '/'))
    if (!part.empty()) call.path.push_back(base::percent_decode(part, base::Plus::stays));
  if (call.path.empty()) return call.error(404, "ResourceNotFound", "Resource not found.");
  if (auto refused = throttle_graph(call)) return *std::move(refused);
  if (auto reply = reports.answer(call)) return *std::move(reply);
  if (auto reply = mail.answer(call)) return *std::move(reply);
  if (auto reply = directory.answer(call)) return *std::move(reply);
  return call.error(400, "BadRequest",
                    "Resource not found for the segment '" + call.path.front() + "'.");
}

TenantReply Tenant::State::route(const TenantRequest& request, base::Timestamp now) {
  const std::string_view path = path_of(request.target);
  if (Authority::owns(path)) return authority.answer(request, now);
  if (path.starts_with("/v1.0/") || path.starts_with("/beta/")) return answer_graph(request, now);
  if (ActivityFeed::owns(path)) return feed.answer(request, now);
  if (ThreatIntelligence::owns(path)) return threat_intelligence.answer(request, path, now);
  if (Vault::owns(path)) return vault.answer(request, path, now);
  if (Sentinel::owns(path)) return sentinel.answer(request, now);
  if (LogAnalytics::owns(path)) return log_analytics.answer(request, now);
  return service_error(404, "NotFound", "No simulated service has this path.");
}

Tenant::Tenant(const TenantOptions& options, const ports::Clock& clock, QueryEngine* engine)
    : state_(std::make_unique<State>(options, clock, engine)) {}
Tenant::~Tenant() = default;

TenantReply Tenant::answer(const TenantRequest& request) {
  State& state = *state_;
  ++state.requests;
  const base::Timestamp now = state.service_now();
  std::optional<TenantReply> broken = state.faults.instead(request, now);
  const bool is_answered = !broken;
  TenantReply reply = broken ? *std::move(broken) : state.route(request, now);
  reply.set("date", http_date(now));
  reply.set("request-id", format_guid(made_of(state.options.seed, 0x7265, state.requests)));
  if (is_answered && state.faults.apply(request, reply, now)) state.tokens.expire_all();
  return reply;
}

std::string Tenant::truth(base::Timestamp from, base::Timestamp to) const {
  const Attacks& attacks = state_->timeline.attacks();
  std::string text;
  std::int64_t number = attacks.cycle_of(from);
  if (cycle_start(from) < from) ++number;
  for (; number <= attacks.cycle_of(to - base::Duration{1}); ++number) {
    const auto cycle = attacks.cycle(number);
    for (const Campaign& campaign : *cycle)
      text += format_truth(campaign, state_->timeline.directory());
  }
  return text;
}

base::Timestamp Tenant::cycle_start(base::Timestamp time) const {
  const std::int64_t cycle_s = 3'600LL * state_->options.attack_cycle_hours;
  return base::Timestamp::from_unix_seconds(time.unix_seconds() / cycle_s * cycle_s);
}

void Tenant::add_fault(FaultOrder order) {
  state_->faults.add(std::move(order));
}
std::size_t Tenant::faults_waiting() const {
  return state_->faults.waiting();
}
const TenantOptions& Tenant::options() const {
  return state_->options;
}
std::uint64_t Tenant::requests() const {
  return state_->requests;
}

}  // namespace vedette::simulate::tenant
