#include "simulate/tenant/tokens.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "simulate/tenant/people.h"
#include "simulate/tenant/signature.h"

namespace vedette::simulate::tenant {
namespace {

constexpr auto audiences = std::to_array<std::pair<std::string_view, Service>>({
    {"https://graph.microsoft.com", Service::graph},
    {"https://graph.microsoft.us", Service::graph},
    {"https://dod-graph.microsoft.us", Service::graph},
    {"https://microsoftgraph.chinacloudapi.cn", Service::graph},
    {"00000003-0000-0000-c000-000000000000", Service::graph},
    {"https://management.azure.com", Service::arm},
    {"https://management.core.windows.net", Service::arm},
    {"https://management.usgovcloudapi.net", Service::arm},
    {"https://management.core.usgovcloudapi.net", Service::arm},
    {"https://management.chinacloudapi.cn", Service::arm},
    {"https://api.loganalytics.io", Service::log_analytics},
    {"https://api.loganalytics.azure.com", Service::log_analytics},
    {"https://api.loganalytics.us", Service::log_analytics},
    {"https://api.loganalytics.azure.cn", Service::log_analytics},
    {"https://manage.office.com", Service::management_activity},
    {"https://manage-gcc.office.com", Service::management_activity},
    {"https://manage.office365.us", Service::management_activity},
    {"https://manage.protection.apps.mil", Service::management_activity},
    {"https://manage.office.cn", Service::management_activity},
    {"https://monitor.azure.com", Service::monitor},
    {"https://monitor.azure.us", Service::monitor},
    {"https://monitor.azure.cn", Service::monitor},
    {"https://vault.azure.net", Service::vault},
    {"https://vault.usgovcloudapi.net", Service::vault},
    {"https://vault.azure.cn", Service::vault},
    {"https://outlook.office365.com", Service::outlook},
    {"https://outlook.office365.us", Service::outlook},
    {"https://partner.outlook.cn", Service::outlook},
});

Service service_of_permission(std::string_view name) {
  if (name == "ActivityFeed.Read") return Service::management_activity;
  return name == "SMTP.SendAsApp" ? Service::outlook : Service::graph;
}

}  // namespace

std::optional<Service> service_of(std::string_view scope_or_resource) {
  constexpr std::string_view suffix = "/.default";
  if (scope_or_resource.ends_with(suffix)) scope_or_resource.remove_suffix(suffix.size());
  while (scope_or_resource.ends_with('/')) scope_or_resource.remove_suffix(1);
  for (const auto& [audience, service] : audiences)
    if (base::equals_ignoring_case(audience, scope_or_resource)) return service;
  return std::nullopt;
}

Tokens::Tokens(const TenantOptions& options)
    : options_(options),
      key_(keyed_hash("vedette simulated authority", std::to_string(options.seed))) {}

std::vector<std::string> Tokens::roles_for(Service service) const {
  std::vector<std::string> roles;
  for (const std::string_view name : known_permissions()) {
    if (service_of_permission(name) != service) continue;
    if (std::ranges::find(options_.withheld_permissions, name) ==
        options_.withheld_permissions.end())
      roles.emplace_back(name);
  }
  return roles;
}

std::string Tokens::issue(Service service, std::string_view audience, base::Timestamp now,
                          bool delegated) const {
  base::JsonWriter out;
  out.begin_object().member("aud", audience);
  out.member("iss", "https://sts.windows.net/" + options_.tenant_id + "/");
  const std::int64_t from = now.unix_seconds();
  out.key("iat").number(from).key("nbf").number(from - 300);
  out.key("exp").number(from + options_.token_lifetime_s);
  out.member("appid", options_.client_id).member("app_displayname", "vedette");
  out.member("tid", options_.tenant_id).member("idtyp", delegated ? "user" : "app");
  constexpr std::uint64_t own_workload = 6;
  out.member("oid", format_guid(made_of(options_, Thing::workload, own_workload)));
  out.member("ver", "1.0").key("generation").number(generation_);
  const auto roles = roles_for(service);
  if (delegated) {
    std::string scopes;
    for (const std::string& role : roles) scopes += (scopes.empty() ? "" : " ") + role;
    out.member("scp", scopes);
  } else {
    out.key("roles").begin_array();
    for (const std::string& role : roles) out.string(role);
    out.end_array();
  }
  out.end_object();
  const std::string input =
      encode_base64url(R"({"typ":"JWT","alg":"HS256"})") + "." + encode_base64url(out.text());
  return input + "." + encode_base64url(keyed_hash(key_, input));
}

std::optional<WebToken> split_web_token(std::string_view token) {
  const auto parts = base::split(token, '.');
  if (parts.size() != 3) return std::nullopt;
  auto header = decode_base64url(parts[0]), payload = decode_base64url(parts[1]),
       signature = decode_base64url(parts[2]);
  if (!header || !payload || !signature) return std::nullopt;
  return WebToken{*std::move(header), *std::move(payload),
                  std::string(token.substr(0, parts[0].size() + 1 + parts[1].size())),
                  *std::move(signature)};
}

TokenFault Tokens::verify(std::string_view authorization, Service service, base::Timestamp now,
                          TokenClaims& claims) const {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.empty()) return TokenFault::missing;
  if (!base::equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return TokenFault::malformed;
  const auto token = split_web_token(base::trim(authorization.substr(scheme.size())));
  if (!token || keyed_hash(key_, token->signing_input) != token->signature)
    return TokenFault::malformed;
  const auto payload = base::parse_json(token->payload);
  if (!payload) return TokenFault::malformed;
  const std::string* audience = (*payload)["aud"].as_string();
  const std::int64_t* expires = (*payload)["exp"].as_integer();
  const std::int64_t* generation = (*payload)["generation"].as_integer();
  const std::string* tenant = (*payload)["tid"].as_string();
  if (audience == nullptr || expires == nullptr || generation == nullptr || tenant == nullptr ||
      *tenant != options_.tenant_id)
    return TokenFault::malformed;
  if (now.unix_seconds() >= *expires || *generation != generation_) return TokenFault::expired;
  if (service_of(*audience) != service) return TokenFault::wrong_audience;
  claims.service = service;
  claims.roles = roles_for(service);
  claims.expires = base::Timestamp::from_unix_seconds(*expires);
  const std::string* type = (*payload)["idtyp"].as_string();
  claims.delegated = type != nullptr && *type == "user";
  return TokenFault::none;
}

}  // namespace vedette::simulate::tenant
