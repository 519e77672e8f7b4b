#include "simulate/tenant/authority.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "simulate/tenant/people.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::string_view assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view device_grant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::int64_t device_code_expires_s = 900;
constexpr std::int64_t device_code_interval_s = 5;
// Clocks may differ by so much, as at Entra.
constexpr std::int64_t clock_tolerance_s = 300;

std::string_view path_of(std::string_view target) {
  return target.substr(0, target.find('?'));
}
std::string_view query_of(std::string_view target) {
  const auto at = target.find('?');
  return at == std::string_view::npos ? std::string_view{} : target.substr(at + 1);
}

std::int64_t integer_or(const base::Json& value, std::int64_t otherwise) {
  const auto* number = value.as_integer();
  return number != nullptr ? *number : otherwise;
}
std::optional<Signer> signer_of(const std::string& pem) {
  if (pem.empty()) return std::nullopt;
  auto signer = read_signer(pem);
  if (!signer) return std::nullopt;
  return *std::move(signer);
}

}  // namespace

Authority::Authority(const TenantOptions& options, Tokens& tokens)
    : options_(options),
      tokens_(tokens),
      certificate_(signer_of(options.certificate_pem)),
      federated_(signer_of(options.federated_key_pem)) {}

bool Authority::owns(std::string_view path) {
  return path.find("/oauth2/") != std::string_view::npos ||
         path.find("/.well-known/openid-configuration") != std::string_view::npos ||
         path.find("/discovery/") != std::string_view::npos ||
         path.starts_with("/metadata/identity/") || path.starts_with("/msi/token");
}

bool Authority::is_own_tenant(std::string_view name) const {
  return base::equals_ignoring_case(name, options_.tenant_id) ||
         base::equals_ignoring_case(name, options_.domain) || name == "common" ||
         name == "organizations";
}

TenantReply Authority::answer(const TenantRequest& request, base::Timestamp now) {
  const std::string_view path = path_of(request.target);
  if (path.starts_with("/metadata/identity/") || path.starts_with("/msi/token"))
    return answer_identity(request, now);
  const std::string_view tenant = path.substr(1, path.find('/', 1) - 1);
  if (path.find("/.well-known/") != std::string_view::npos ||
      path.find("/discovery/") != std::string_view::npos)
    return answer_discovery(request, tenant);
  if (!is_own_tenant(tenant))
    return refuse({"invalid_request", 90002,
                   "Tenant '" + std::string(tenant) +
                       "' not found. Check to make sure you have the correct tenant ID and are "
                       "signing into the correct cloud."},
                  now);
  if (request.method != "POST")
    return refuse({"invalid_request", 900561, "The endpoint only accepts POST requests."}, now);
  if (path.ends_with("/devicecode")) return answer_device_code(request, now);
  if (path.ends_with("/token"))
    return answer_token(request, path.find("/v2.0/") == std::string_view::npos, now);
  return refuse({"invalid_request", 900144, "The request path is unknown."}, now);
}

TenantReply Authority::refuse(const Refusal& refusal, base::Timestamp now) const {
  const std::string trace = format_guid({static_cast<std::uint64_t>(now.ticks), options_.seed});
  const std::string stamp = base::format_seconds(now);
  base::JsonWriter out;
  out.begin_object().member("error", refusal.error);
  out.member("error_description",
             fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}",
                         refusal.number, refusal.text, trace, trace, stamp));
  out.key("error_codes").begin_array().number(std::int64_t{refusal.number}).end_array();
  out.member("timestamp", stamp).member("trace_id", trace).member("correlation_id", trace);
  out.end_object();
  return json_reply(refusal.status, out.take());
}

std::optional<Authority::Refusal> Authority::check_client(const QueryOptions& form,
                                                          const std::string& token_url,
                                                          base::Timestamp now) const {
  const std::string_view client = find_option(form, "client_id");
  if (!base::equals_ignoring_case(client, options_.client_id))
    return Refusal{"unauthorized_client", 700016,
                   "Application with identifier '" + std::string(client) +
                       "' was not found in the directory '" + options_.domain + "'."};
  const std::string_view secret = find_option(form, "client_secret");
  const std::string_view assertion = find_option(form, "client_assertion");
  if (!assertion.empty()) {
    if (find_option(form, "client_assertion_type") != assertion_type)
      return Refusal{"invalid_request", 90014,
                     "The required field 'client_assertion_type' is missing."};
    return check_assertion(assertion, token_url, now);
  }
  if (secret.empty())
    return Refusal{"invalid_client", 7000216,
                   "'client_assertion', 'client_secret' or 'request' is required for the "
                   "'client_credentials' grant type.",
                   401};
  if (secret != options_.client_secret)
    return Refusal{
        "invalid_client", 7000215,
        "Invalid client secret provided. Ensure the secret being sent in the request is "
        "the client secret value, not the client secret ID, for a secret added to app '" +
            options_.client_id + "'.",
        401};
  return std::nullopt;
}

std::optional<Authority::Refusal> Authority::check_assertion(std::string_view assertion,
                                                             const std::string& token_url,
                                                             base::Timestamp now) const {
  const auto token = split_web_token(assertion);
  const auto header = base::parse_json(token ? token->header : std::string());
  const auto claims = base::parse_json(token ? token->payload : std::string());
  if (!token || !header || !claims)
    return Refusal{"invalid_request", 50027, "JWT token is invalid or malformed."};
  const std::string algorithm = (*header)["alg"].text();
  const std::string issuer = (*claims)["iss"].text();
  const bool is_own = base::equals_ignoring_case(issuer, options_.client_id);
  const auto& signer = is_own ? certificate_ : federated_;
  if (!is_own && (issuer != options_.federated_issuer ||
                  (*claims)["sub"].text() != options_.federated_subject))
    return Refusal{"invalid_request", 700213,
                   "No matching federated identity record found for presented assertion subject '" +
                       (*claims)["sub"].text() + "'.",
                   401};
  if (!signer || !is_signed_by(*signer, algorithm, token->signing_input, token->signature))
    return Refusal{"invalid_client", 700027,
                   "The certificate with identifier used to sign the client assertion is not "
                   "registered on application, or the signature is wrong.",
                   401};
  const std::string thumbprint = (*header)["x5t#S256"].text();
  const std::string old_thumbprint = (*header)["x5t"].text();
  const bool named = (!thumbprint.empty() && thumbprint == signer->sha256_thumbprint) ||
                     (!old_thumbprint.empty() && old_thumbprint == signer->sha1_thumbprint);
  if (is_own && !signer->sha256_thumbprint.empty() && !named)
    return Refusal{"invalid_client", 700027,
                   "Client assertion contains no 'x5t' or 'x5t#S256' of a registered certificate.",
                   401};
  const std::int64_t seconds = now.unix_seconds();
  if (seconds > integer_or((*claims)["exp"], 0) + clock_tolerance_s ||
      seconds < integer_or((*claims)["nbf"], 0) - clock_tolerance_s)
    return Refusal{"invalid_client", 700024,
                   "Client assertion is not within its valid time range. Current time: " +
                       base::format_iso(now) + ".",
                   401};
  const std::string audience = (*claims)["aud"].text();
  const bool for_us =
      is_own ? audience == token_url || audience.ends_with("/" + options_.tenant_id + "/v2.0")
             : audience == "api://AzureADTokenExchange";
  if (!for_us)
    return Refusal{"invalid_client", 700023,
                   "Client assertion audience claim does not match: '" + audience +
                       "'; expected '" + token_url + "'.",
                   401};
  return std::nullopt;
}

TenantReply Authority::answer_token(const TenantRequest& request, bool old_endpoint,
                                    base::Timestamp now) {
  const QueryOptions form = parse_query(request.body);
  const std::string_view grant = find_option(form, "grant_type");
  if (grant == device_grant || grant == "device_code") return poll_device_code(form, now);
  if (grant != "client_credentials")
    return refuse({"unsupported_grant_type", 70003,
                   "The app requested an unsupported grant type '" + std::string(grant) + "'."},
                  now);
  const std::string token_url = request.origin + std::string(path_of(request.target));
  if (const auto refusal = check_client(form, token_url, now)) return refuse(*refusal, now);
  const std::string_view wanted = find_option(form, old_endpoint ? "resource" : "scope");
  const auto service = service_of(wanted);
  if (!service || (!old_endpoint && !wanted.ends_with("/.default")))
    return refuse({"invalid_scope", old_endpoint ? 500011 : 70011,
                   "The provided value for the input parameter 'scope' is not valid. The scope " +
                       std::string(wanted) + " is not valid."},
                  now);
  std::string audience(wanted);
  if (!old_endpoint) audience.resize(audience.size() - std::string_view("/.default").size());
  const std::string token = tokens_.issue(*service, audience, now, false);
  base::JsonWriter out;
  out.begin_object().member("token_type", "Bearer");
  const std::int64_t lifetime_s = options_.token_lifetime_s;
  if (old_endpoint) {
    out.member("expires_in", std::to_string(lifetime_s));
    out.member("ext_expires_in", std::to_string(lifetime_s));
    out.member("expires_on", std::to_string(now.unix_seconds() + lifetime_s));
    out.member("not_before", std::to_string(now.unix_seconds() - 300)).member("resource", wanted);
  } else {
    out.key("expires_in").number(lifetime_s).key("ext_expires_in").number(lifetime_s);
  }
  out.member("access_token", token).end_object();
  return json_reply(200, out.take());
}

TenantReply Authority::answer_device_code(const TenantRequest& request, base::Timestamp now) {
  const QueryOptions form = parse_query(request.body);
  if (!base::equals_ignoring_case(find_option(form, "client_id"), options_.client_id))
    return refuse({"unauthorized_client", 700016, "Application was not found in the directory."},
                  now);
  if (device_codes_.size() >= base::limits::simulated_device_codes_max)
    device_codes_.erase(device_codes_.begin());
  const Identifier id = made_of(options_.seed, 0xDEC0DE, ++codes_made_);
  const std::string code = format_guid(id);
  const std::string shown = fmt::format("{:04X}-{:04X}", id.high >> 48, id.low >> 48);
  device_codes_[code] = {std::string(find_option(form, "scope")), now, {}};
  const std::string page = request.origin + "/devicelogin";
  base::JsonWriter out;
  out.begin_object().member("user_code", shown).member("device_code", code);
  out.member("verification_uri", page).key("expires_in").number(device_code_expires_s);
  out.key("interval").number(device_code_interval_s);
  out.member("message", "To sign in, use a web browser to open the page " + page +
                            " and enter the code " + shown + " to authenticate.");
  out.end_object();
  return json_reply(200, out.take());
}

TenantReply Authority::poll_device_code(const QueryOptions& form, base::Timestamp now) {
  std::string_view code = find_option(form, "device_code");
  if (code.empty()) code = find_option(form, "code");
  const auto found = device_codes_.find(code);
  if (found == device_codes_.end())
    return refuse({"bad_verification_code", 70019, "The device code is not known."}, now);
  DeviceCode& pending = found->second;
  const base::Duration age = now - pending.made;
  if (age > base::Duration::seconds(device_code_expires_s)) {
    device_codes_.erase(found);
    return refuse({"expired_token", 70020, "The provided value for the device code has expired."},
                  now);
  }
  const bool hasty = pending.last_asked.is_set() &&
                     now - pending.last_asked < base::Duration::seconds(device_code_interval_s - 1);
  pending.last_asked = now;
  if (hasty) return refuse({"slow_down", 50199, "The client polls too often."}, now);
  if (age < base::Duration::seconds(options_.device_code_approved_after_s))
    return refuse({"authorization_pending", 70016,
                   "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
                  now);
  // The first scope that names a service; openid, profile and the like name none.
  Service service = Service::graph;
  std::string audience = "https://graph.microsoft.com";
  for (const std::string_view scope : base::split(pending.scope, ' ')) {
    const auto slash = scope.rfind('/');
    if (const auto named = service_of(scope.substr(0, slash))) {
      service = *named;
      audience = scope.substr(0, slash);
    }
  }
  base::JsonWriter out;
  out.begin_object().member("token_type", "Bearer").member("scope", pending.scope);
  out.key("expires_in").number(std::int64_t{options_.token_lifetime_s});
  out.key("ext_expires_in").number(std::int64_t{options_.token_lifetime_s});
  out.member("access_token", tokens_.issue(service, audience, now, true)).end_object();
  device_codes_.erase(found);
  return json_reply(200, out.take());
}

TenantReply Authority::answer_identity(const TenantRequest& request, base::Timestamp now) const {
  const auto wrong = [](std::string_view text) {
    base::JsonWriter out;
    out.begin_object().member("error", "invalid_request").member("error_description", text);
    out.end_object();
    return json_reply(400, out.take());
  };
  const bool app_service = request.target.starts_with("/msi/");
  const std::string* metadata = request.header("metadata");
  if (!app_service && (metadata == nullptr || !base::equals_ignoring_case(*metadata, "true")))
    return wrong("Required metadata header not specified");
  if (app_service && request.header("x-identity-header") == nullptr)
    return wrong("Required X-IDENTITY-HEADER not specified");
  const QueryOptions query = parse_query(query_of(request.target));
  if (find_option(query, "api-version") != (app_service ? "2019-08-01" : "2018-02-01"))
    return wrong("Required query variable 'api-version' is missing or unknown");
  const std::string_view resource = find_option(query, "resource");
  const auto service = service_of(resource);
  if (!service) return wrong("Required audience parameter not specified");
  base::JsonWriter out;
  const std::int64_t from = now.unix_seconds();
  out.begin_object().member("access_token", tokens_.issue(*service, resource, now, false));
  out.member("client_id", options_.client_id).member("refresh_token", "");
  out.member("expires_in", std::to_string(options_.token_lifetime_s));
  out.member("expires_on", std::to_string(from + options_.token_lifetime_s));
  out.member("not_before", std::to_string(from - 300)).member("resource", resource);
  out.member("token_type", "Bearer").end_object();
  return json_reply(200, out.take());
}

TenantReply Authority::answer_discovery(const TenantRequest& request,
                                        std::string_view tenant) const {
  const std::string base_url = request.origin + "/" + std::string(tenant);
  base::JsonWriter out;
  if (request.target.find("/discovery/") != std::string::npos) {
    // Our tokens carry a keyed hash, which nobody else can check.
    out.begin_object().key("keys").begin_array().end_array().end_object();
    return json_reply(200, out.take());
  }
  out.begin_object().member("token_endpoint", base_url + "/oauth2/v2.0/token");
  out.member("device_authorization_endpoint", base_url + "/oauth2/v2.0/devicecode");
  out.member("authorization_endpoint", base_url + "/oauth2/v2.0/authorize");
  out.member("jwks_uri", base_url + "/discovery/v2.0/keys");
  out.member("issuer", request.origin + "/" + options_.tenant_id + "/v2.0");
  out.key("token_endpoint_auth_methods_supported").begin_array();
  for (const std::string_view method : {"client_secret_post", "private_key_jwt"})
    out.string(method);
  out.end_array().key("response_types_supported").begin_array().string("code").end_array();
  out.key("subject_types_supported").begin_array().string("pairwise").end_array();
  out.key("id_token_signing_alg_values_supported").begin_array().string("RS256").end_array();
  out.end_object();
  return json_reply(200, out.take());
}

}  // namespace vedette::simulate::tenant
