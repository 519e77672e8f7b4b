#include "simulate/tenant/sign_in_document.h"

#include <array>

#include "simulate/tenant/apps.h"

namespace vedette::simulate::tenant {
namespace {

constexpr auto properties = std::to_array<Property>({
    {"createdDateTime", PropertyType::time, true},
    {"id"},
    {"userId"},
    {"userPrincipalName"},
    {"userDisplayName"},
    {"appId"},
    {"appDisplayName"},
    {"resourceId"},
    {"resourceDisplayName"},
    {"ipAddress"},
    {"clientAppUsed"},
    {"conditionalAccessStatus"},
    {"correlationId"},
    {"riskState"},
    {"riskDetail"},
    {"riskLevelAggregated"},
    {"riskLevelDuringSignIn"},
    {"status/errorCode", PropertyType::number},
    {"location/city"},
    {"location/state"},
    {"location/countryOrRegion"},
    {"deviceDetail/browser"},
    {"deviceDetail/operatingSystem"},
    {"isInteractive", PropertyType::truth},
    // Beta only, the last ones.
    {"servicePrincipalId"},
    {"servicePrincipalName"},
    {"signInEventTypes", PropertyType::collection},
});
constexpr std::size_t beta_only = 3;

struct Policy {
  std::string_view name, grant, condition;
};
constexpr auto policies = std::to_array<Policy>({
    {"Require MFA for all users", "Mfa", "application"},
    {"Require MFA for administrators", "Mfa", "users"},
});

std::string browser_of(const SignIn& sign_in, const Person& person) {
  if (sign_in.device == Device::none || sign_in.campaign != no_campaign) return "Chrome 126.0.0";
  if (sign_in.device == Device::phone)
    return person.uses_iphone ? "Mobile Safari" : "Chrome Mobile";
  return person.uses_mac ? "Safari 17.5" : "Edge 126.0.0";
}

std::string_view user_agent_of(const SignIn& sign_in, const Person& person) {
  if (sign_in.client == Client::imap || sign_in.client == Client::smtp) return "BAV2ROPC";
  if (sign_in.device == Device::none)
    return "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/126.0.0.0 Safari/537.36";
  if (sign_in.device == Device::phone)
    return person.uses_iphone
               ? "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
                 "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
               : "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
                 "Chrome/126.0.0.0 Mobile Safari/537.36";
  return person.uses_mac
             ? "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
               "Gecko) Version/17.5 Safari/605.1.15"
             : "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
               "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0";
}

std::string_view protocol_of(Client client) {
  switch (client) {
    case Client::imap:
    case Client::smtp:
    case Client::active_sync:
      return "ropc";
    default:
      return "oAuth2";
  }
}

bool is_legacy(Client client) {
  return client == Client::imap || client == Client::smtp || client == Client::active_sync;
}

// Conditional access as a whole.
std::string_view access_status(const SignIn& sign_in) {
  if (sign_in.outcome == Outcome::blocked || sign_in.outcome == Outcome::mfa_denied ||
      sign_in.outcome == Outcome::mfa_interrupted)
    return "failure";
  return sign_in.outcome == Outcome::success && sign_in.mfa != Mfa::none ? "success" : "notApplied";
}

std::string_view policy_result(const SignIn& sign_in, std::size_t policy, bool administrator) {
  const bool asks = policy == 0 || (policy == 1 && administrator);
  if (!asks || sign_in.mfa == Mfa::none) return "notApplied";
  return access_status(sign_in) == "failure" ? "failure" : "success";
}

std::string_view method_name(Mfa mfa) {
  switch (mfa) {
    case Mfa::text_message:
      return "Text message";
    case Mfa::security_key:
      return "FIDO2 security key";
    case Mfa::notification:
      return "Mobile app notification";
    default:
      return "Previously satisfied";
  }
}

// As a token id looks: base64 of a GUID's sixteen bytes, url-safe, without padding.
std::string token_identifier(Identifier id) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (int bit = 0; bit < 126; bit += 6) {
    std::uint64_t six = 0;
    for (int i = 0; i < 6; ++i) {
      const std::uint64_t word = bit + i < 64 ? id.high : id.low;
      six = six << 1 | ((word >> (63 - (bit + i) % 64)) & 1);
    }
    text += letters[six];
  }
  return text;
}

}  // namespace

std::string_view event_type_name(SignInKind kind) {
  switch (kind) {
    case SignInKind::interactive:
      return "interactiveUser";
    case SignInKind::non_interactive:
      return "nonInteractiveUser";
    case SignInKind::service_principal:
      return "servicePrincipal";
    case SignInKind::managed_identity:
      return "managedIdentity";
  }
  return "";
}

std::string operating_system_of(const Person& person, Device device) {
  if (device == Device::phone) return person.uses_iphone ? "Ios 17.5" : "Android 14";
  return person.uses_mac ? "MacOs" : "Windows10";
}

Vocabulary sign_in_vocabulary(GraphVersion version) {
  const std::span<const Property> all(properties);
  return {"microsoft.graph.signIn",
          version == GraphVersion::beta ? all : all.first(all.size() - beta_only)};
}

SignIn SignInDocuments::known_at(const SignIn& sign_in, base::Timestamp as_of) {
  SignIn known = sign_in;
  if (!sign_in.changes || as_of >= final_from(sign_in)) return known;
  known.risk = RiskKind::none;
  const bool asked = sign_in.mfa == Mfa::notification || sign_in.mfa == Mfa::text_message;
  if (asked && sign_in.outcome == Outcome::success) known.outcome = Outcome::mfa_interrupted;
  return known;
}

// One document while it is written.
class SignInDocuments::Text {
 public:
  Text(const SignInDocuments& documents, base::JsonWriter& out, const SignIn& sign_in,
       GraphVersion version, const Selection& selection)
      : options_(documents.options_),
        directory_(documents.directory_),
        out_(out),
        sign_in_(sign_in),
        members_(out, selection),
        beta_(version == GraphVersion::beta),
        by_person_(sign_in.kind == SignInKind::interactive ||
                   sign_in.kind == SignInKind::non_interactive) {}

  void write() {
    out_.begin_object();
    write_who();
    write_how();
    write_risk();
    write_resource();
    if (beta_) write_beta();
    write_status();
    write_device();
    write_location();
    write_policies();
    out_.end_object();
  }

 private:
  [[nodiscard]] const Person& person() const { return directory_.person(sign_in_.actor); }
  [[nodiscard]] const Workload& workload() const { return directory_.workloads()[sign_in_.actor]; }
  [[nodiscard]] const App& app() const { return apps()[sign_in_.app]; }
  [[nodiscard]] const Resource& resource() const {
    return resources()[by_person_ ? app().resource : workload().resource];
  }
  [[nodiscard]] std::uint64_t chance(std::uint64_t salt) const {
    return base::hash_words(sign_in_.key, salt);
  }
  [[nodiscard]] Identifier other_id(std::uint64_t salt) const {
    return {chance(salt), chance(salt + 1)};
  }
  void guid(std::string_view name, Identifier id) {
    if (members_.begins(name)) out_.plain_string(format_guid(id));
  }

  void write_who() {
    members_.plain("id", format_guid(sign_in_.id()));
    members_.plain("createdDateTime", base::format_iso(sign_in_.time));
    if (by_person_) {
      members_.text("userDisplayName", person().display_name);
      members_.text("userPrincipalName", person().user_principal_name);
      guid("userId", person().id);
      members_.plain("appId", app().id);
      members_.plain("appDisplayName", app().name);
    } else {
      members_.null("userDisplayName");
      members_.null("userPrincipalName");
      members_.plain("userId", "");
      guid("appId", workload().app_id);
      members_.text("appDisplayName", workload().name);
    }
    members_.plain("ipAddress", base::format_ip(sign_in_.address));
  }

  void write_how() {
    members_.plain("clientAppUsed", by_person_ ? client_app_name(sign_in_.client) : "");
    guid("correlationId", other_id(0xC0));
    members_.plain("conditionalAccessStatus", access_status(sign_in_));
    members_.truth("isInteractive", sign_in_.kind == SignInKind::interactive);
  }

  void write_risk() {
    const bool hidden = options_.licence != Licence::p2;
    const std::string_view level = hidden ? "hidden" : risk_level_name(sign_in_.risk);
    const bool at_risk = !hidden && sign_in_.risk != RiskKind::none;
    members_.plain("riskDetail", hidden ? "hidden" : "none");
    members_.plain("riskLevelAggregated", level);
    members_.plain("riskLevelDuringSignIn", level);
    members_.plain("riskState", at_risk ? "atRisk" : "none");
    for (const std::string_view name : {"riskEventTypes", "riskEventTypes_v2"}) {
      // The older list knows fewer kinds.
      const bool known = name.ends_with("_v2") ||
                         (sign_in_.risk != RiskKind::token && sign_in_.risk != RiskKind::spray);
      if (!members_.begins(name)) continue;
      out_.begin_array();
      if (at_risk && known) out_.plain_string(risk_event_name(sign_in_.risk));
      out_.end_array();
    }
  }

  void write_resource() {
    members_.plain("resourceDisplayName", resource().name);
    members_.plain("resourceId", resource().id);
  }

  void write_beta() {
    guid("originalRequestId", sign_in_.id());
    members_.plain("userAgent", by_person_ ? user_agent_of(sign_in_, person()) : "");
    members_.plain("authenticationProtocol", by_person_ ? protocol_of(sign_in_.client) : "none");
    members_.plain("incomingTokenType",
                   sign_in_.kind == SignInKind::non_interactive ? "primaryRefreshToken" : "none");
    members_.plain("resourceTenantId", options_.tenant_id);
    members_.plain("homeTenantId", options_.tenant_id);
    members_.plain("homeTenantName", "");
    members_.truth("isTenantRestricted", false);
    members_.plain("tokenIssuerName", "");
    members_.plain("tokenIssuerType", "AzureAD");
    members_.number("processingTimeInMilliseconds",
                    60 + static_cast<std::int64_t>(chance(0x70) % 900));
    guid("resourceServicePrincipalId",
         made_of(options_, Thing::resource_principal, resource().name.size()));
    if (members_.begins("signInEventTypes"))
      out_.begin_array().plain_string(event_type_name(sign_in_.kind)).end_array();
    members_.plain("clientCredentialType", by_person_                    ? "none"
                                           : workload().uses_certificate ? "certificate"
                                                                         : "clientSecret");
    if (by_person_) {
      members_.plain("servicePrincipalId", "");
      members_.plain("servicePrincipalName", "");
      members_.plain("servicePrincipalCredentialKeyId", "");
    } else {
      guid("servicePrincipalId", workload().id);
      members_.text("servicePrincipalName", workload().name);
      guid("servicePrincipalCredentialKeyId", workload().key_id);
    }
    members_.plain("servicePrincipalCredentialThumbprint", "");
    members_.plain("federatedCredentialId", "");
    members_.text("signInIdentifier", by_person_ ? person().user_principal_name : "");
    members_.null("signInIdentifierType");
    if (by_person_)
      members_.plain("userType", person().kind == AccountKind::guest ? "guest" : "member");
    members_.truth("flaggedForReview", false);
    members_.number("autonomousSystemNumber", networks()[sign_in_.network].autonomous_system);
    members_.plain("crossTenantAccessType",
                   by_person_ && person().kind == AccountKind::guest ? "b2bCollaboration" : "none");
    members_.plain("uniqueTokenIdentifier", token_identifier(sign_in_.id()));
    guid("sessionId", {sign_in_.session, base::hash_words(sign_in_.session, 1)});
    members_.null("mfaDetail");
    members_.null("ipAddressFromResourceProvider");
    members_.empty_array("authenticationMethodsUsed");
    members_.empty_array("authenticationContextClassReferences");
    members_.empty_array("sessionLifetimePolicies");
    write_managed_identity();
    write_authentication();
  }

  void write_managed_identity() {
    if (sign_in_.kind != SignInKind::managed_identity || !members_.begins("managedServiceIdentity"))
      return;
    out_.begin_object().key("msiType").plain_string("systemAssigned");
    out_.member("associatedResourceId", "/subscriptions/" + std::string(subscription_id) +
                                            "/resourceGroups/" + std::string(resource_group) +
                                            "/providers/Microsoft.Compute/virtualMachines/" +
                                            workload().name);
    out_.key("federatedTokenId").plain_string("").key("federatedTokenIssuer").plain_string("");
    out_.end_object();
  }

  void write_authentication() {
    const bool multi = sign_in_.mfa != Mfa::none;
    members_.plain("authenticationRequirement",
                   multi ? "multiFactorAuthentication" : "singleFactorAuthentication");
    if (members_.begins("authenticationRequirementPolicies")) {
      out_.begin_array();
      if (multi)
        out_.begin_object()
            .member("requirementProvider", "multiConditionalAccess")
            .member("detail", "Conditional Access")
            .end_object();
      out_.end_array();
    }
    if (members_.begins("authenticationProcessingDetails")) {
      out_.begin_array();
      detail("Legacy TLS (TLS 1.0, 1.1, 3DES)", "False");
      detail("Oauth Scope Info",
             R"(["Mail.ReadWrite","Files.ReadWrite.All","openid","profile","User.Read","email"])");
      detail("Is CAE Token", sign_in_.app == app_teams ? "True" : "False");
      out_.end_array();
    }
    if (members_.begins("networkLocationDetails")) {
      const bool office = networks()[sign_in_.network].kind == NetworkKind::office;
      out_.begin_array();
      if (office)
        out_.begin_object()
            .member("networkType", "namedNetwork")
            .key("networkNames")
            .begin_array()
            .string("Offices")
            .end_array()
            .end_object();
      out_.end_array();
    }
    if (members_.begins("authenticationDetails")) {
      out_.begin_array();
      if (by_person_) write_steps();
      out_.end_array();
    }
  }
  void detail(std::string_view name, std::string_view value) {
    out_.begin_object().member("key", name).member("value", value).end_object();
  }

  void write_steps() {
    const Outcome outcome = sign_in_.outcome;
    const bool password_right = outcome != Outcome::wrong_password && outcome != Outcome::locked &&
                                outcome != Outcome::disabled && outcome != Outcome::unknown_user;
    const bool fresh = sign_in_.kind == SignInKind::interactive && sign_in_.mfa != Mfa::by_claim;
    step(0, fresh ? "Password" : "Previously satisfied",
         fresh ? (options_.hybrid ? "Password Hash Sync" : "Password in the cloud") : "",
         password_right,
         password_right
             ? (fresh ? "Correct password"
                      : "First factor requirement satisfied by claim in the token")
             : "Invalid username or password or Invalid on-premise username or password.",
         "Primary authentication");
    if (sign_in_.mfa == Mfa::none || !password_right) return;
    const bool passed = outcome == Outcome::success;
    std::string_view result = "MFA requirement satisfied by claim in the token";
    if (sign_in_.mfa != Mfa::by_claim) {
      result = passed ? "MFA successfully completed"
               : outcome == Outcome::mfa_interrupted
                   ? "Authentication in progress"
                   : "MFA denied; user declined the authentication";
    }
    step(9, method_name(sign_in_.mfa), "", passed, result, "Secondary authentication");
  }
  void step(int seconds, std::string_view method, std::string_view how, bool succeeded,
            std::string_view result, std::string_view requirement) {
    out_.begin_object();
    out_.key("authenticationStepDateTime")
        .plain_string(base::format_iso(sign_in_.time + base::Duration::seconds(seconds)));
    out_.key("authenticationMethod").plain_string(method);
    out_.key("authenticationMethodDetail");
    how.empty() ? out_.null() : out_.plain_string(how);
    out_.key("succeeded").boolean(succeeded);
    out_.key("authenticationStepResultDetail").plain_string(result);
    out_.key("authenticationStepRequirement").plain_string(requirement);
    out_.end_object();
  }

  void write_status() {
    if (!members_.begins("status")) return;
    const OutcomeText& text = text_of(sign_in_.outcome);
    out_.begin_object().key("errorCode").number(std::int64_t{text.error_code});
    out_.member("failureReason", text.failure_reason).key("additionalDetails");
    const bool passed = sign_in_.outcome == Outcome::success && sign_in_.mfa != Mfa::none;
    const std::string_view details =
        passed ? (sign_in_.mfa == Mfa::by_claim ? "MFA requirement satisfied by claim in the token"
                                                : "MFA completed in Azure AD")
               : text.additional_details;
    details.empty() ? out_.null() : out_.string(details);
    out_.end_object();
  }

  void write_device() {
    if (!members_.begins("deviceDetail")) return;
    const bool own = by_person_ && sign_in_.device != Device::none && !sign_in_.stolen;
    const bool laptop = sign_in_.device == Device::laptop;
    const bool managed = own && laptop && person().laptop_managed;
    out_.begin_object()
        .key("deviceId")
        .plain_string(managed ? format_guid(made_of(options_, Thing::laptop, sign_in_.actor)) : "");
    out_.member("displayName", managed ? "NW-" + std::to_string(10'000 + sign_in_.actor) : "");
    out_.key("operatingSystem")
        .plain_string(own          ? operating_system_of(person(), sign_in_.device)
                      : by_person_ ? "Windows10"
                                   : "");
    out_.key("browser").plain_string(
        by_person_ && !is_legacy(sign_in_.client) ? browser_of(sign_in_, person()) : "");
    out_.key("isCompliant").boolean(managed).key("isManaged").boolean(managed);
    out_.key("trustType")
        .plain_string(!managed          ? ""
                      : options_.hybrid ? "Hybrid Azure AD joined"
                                        : "Azure AD joined");
    out_.end_object();
  }

  void write_location() {
    if (!members_.begins("location")) return;
    const City& city = cities()[networks()[sign_in_.network].city];
    out_.begin_object().member("city", city.name).member("state", city.state);
    out_.member("countryOrRegion", city.country).key("geoCoordinates").begin_object();
    out_.key("altitude")
        .null()
        .key("latitude")
        .real(city.latitude)
        .key("longitude")
        .real(city.longitude);
    out_.end_object().end_object();
  }

  void write_policies() {
    if (!members_.begins("appliedConditionalAccessPolicies")) return;
    out_.begin_array();
    const bool administrator = by_person_ && directory_.is_administrator(sign_in_.actor);
    for (std::size_t i = 0; by_person_ && i < policies.size(); ++i) {
      const Policy& policy = policies[i];
      const std::string_view result = policy_result(sign_in_, i, administrator);
      const bool applied = result == "success" || result == "failure";
      out_.begin_object().key("id").plain_string(format_guid(made_of(options_, Thing::policy, i)));
      out_.key("displayName").plain_string(policy.name).key("enforcedGrantControls").begin_array();
      if (applied) out_.plain_string(policy.grant);
      out_.end_array().key("enforcedSessionControls").begin_array().end_array();
      out_.key("result").plain_string(result);
      if (beta_) {
        out_.key("conditionsSatisfied").plain_string(applied ? policy.condition : "application");
        out_.key("conditionsNotSatisfied").plain_string(applied ? "none" : "users");
        out_.key("includeRulesSatisfied").begin_array();
        if (applied)
          out_.begin_object()
              .member("conditionalAccessCondition", "application")
              .member("ruleSatisfied", "allApps")
              .end_object();
        out_.end_array().key("excludeRulesSatisfied").begin_array().end_array();
      }
      out_.end_object();
    }
    out_.end_array();
  }

  const TenantOptions& options_;
  const Directory& directory_;
  base::JsonWriter& out_;
  const SignIn& sign_in_;
  Members members_;
  const bool beta_, by_person_;
};

void SignInDocuments::write(base::JsonWriter& out, const SignIn& sign_in, base::Timestamp as_of,
                            GraphVersion version, const Selection& selection) const {
  const SignIn known = known_at(sign_in, as_of);
  Text(*this, out, known, version, selection).write();
}

FilterValue SignInDocuments::read(const SignIn& sign_in, base::Timestamp as_of,
                                  std::string_view property) const {
  const auto text = [](std::string_view value) { return FilterValue{std::string(value)}; };
  const bool by_person =
      sign_in.kind == SignInKind::interactive || sign_in.kind == SignInKind::non_interactive;
  if (property == "createdDateTime") return sign_in.time;
  if (property == "signInEventTypes") return text(event_type_name(sign_in.kind));
  if (property == "isInteractive") return sign_in.kind == SignInKind::interactive;
  // The rest is seldom asked for: what the document says.
  base::JsonWriter out;
  write(out, sign_in, as_of, GraphVersion::beta, Selection(property.substr(0, property.find('/'))));
  const auto document = base::parse_json(out.text());
  if (!document) return std::monostate{};
  const auto slash = property.find('/');
  const base::Json& first = (*document)[property.substr(0, slash)];
  const base::Json& value =
      slash == std::string_view::npos ? first : first[property.substr(slash + 1)];
  if (const auto* string = value.as_string()) return *string;
  if (const auto* number = value.as_integer()) return *number;
  return by_person ? FilterValue{std::monostate{}} : text("");
}

}  // namespace vedette::simulate::tenant
