#include "normalise/cloud/sign_in_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hash.h"
#include "base/text.h"

namespace vedette::normalise::cloud {
namespace {

using base::JsonKind;
using base::JsonRecord;
using model::SignIn;
using model::SignInKind;
using model::SignInResult;

// Clients of protocols that send a password with each log-in. Source: the values of clientAppUsed
// in the reference of the resource type signIn.
constexpr std::array legacy_clients{"Authenticated SMTP",
                                    "SMTP",
                                    "IMAP4",
                                    "IMAP",
                                    "POP3",
                                    "POP",
                                    "MAPI Over HTTP",
                                    "Exchange ActiveSync",
                                    "Exchange Web Services",
                                    "Exchange Online PowerShell",
                                    "AutoDiscover",
                                    "Offline Address Book",
                                    "Outlook Anywhere (RPC over HTTP)",
                                    "Outlook Service",
                                    "Reporting Web Services",
                                    "Universal Outlook",
                                    "Other clients"};

// An object where a text should be is none: its text would not live long enough.
std::string_view scalar(const JsonRecord& record, std::size_t slot) {
  return record.slots[slot].kind == JsonKind::composite ? std::string_view()
                                                        : record.slots[slot].text;
}

std::uint32_t number_of(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  return number && *number <= UINT32_MAX ? static_cast<std::uint32_t>(*number) : 0;
}

bool read_degrees(std::string_view text, double most, double& degrees) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), degrees);
  return error == std::errc() && end == text.data() + text.size() && degrees >= -most &&
         degrees <= most;
}

SignInKind kind_of(std::string_view types) {
  if (types.find("\"servicePrincipal\"") != std::string_view::npos)
    return SignInKind::service_principal;
  if (types.find("\"managedIdentity\"") != std::string_view::npos)
    return SignInKind::managed_identity;
  if (types.find("\"nonInteractiveUser\"") != std::string_view::npos)
    return SignInKind::non_interactive;
  return SignInKind::interactive;
}

}  // namespace

SignInReader::Slots::Slots(base::JsonPaths& paths)
    : kinds(paths.slot("signInEventTypes")),
      error_code(paths.slot("status.errorCode")),
      failure_reason(paths.slot("status.failureReason")),
      resource_tenant(paths.slot("resourceTenantId")),
      home_tenant(paths.slot("homeTenantId")),
      user_id(paths.slot("userId")),
      upn(paths.slot("userPrincipalName")),
      identifier(paths.slot("signInIdentifier")),
      display_name(paths.slot("userDisplayName")),
      user_type(paths.slot("userType")),
      app_id(paths.slot("appId")),
      app(paths.slot("appDisplayName")),
      resource_id(paths.slot("resourceId")),
      resource(paths.slot("resourceDisplayName")),
      client_app(paths.slot("clientAppUsed")),
      protocol(paths.slot("authenticationProtocol")),
      principal_id(paths.slot("servicePrincipalId")),
      principal_name(paths.slot("servicePrincipalName")),
      address(paths.slot("ipAddress")),
      user_agent(paths.slot("userAgent")),
      device_id(paths.slot("deviceDetail.deviceId")),
      device_name(paths.slot("deviceDetail.displayName")),
      system(paths.slot("deviceDetail.operatingSystem")),
      browser(paths.slot("deviceDetail.browser")),
      trust(paths.slot("deviceDetail.trustType")),
      compliant(paths.slot("deviceDetail.isCompliant")),
      managed(paths.slot("deviceDetail.isManaged")),
      country(paths.slot("location.countryOrRegion")),
      state(paths.slot("location.state")),
      city(paths.slot("location.city")),
      latitude(paths.slot("location.geoCoordinates.latitude")),
      longitude(paths.slot("location.geoCoordinates.longitude")),
      asn(paths.slot("autonomousSystemNumber")),
      requirement(paths.slot("authenticationRequirement")),
      details(paths.slot("authenticationDetails")),
      access(paths.slot("conditionalAccessStatus")),
      risk(paths.slot("riskLevelDuringSignIn")),
      risk_aggregated(paths.slot("riskLevelAggregated")),
      risk_state(paths.slot("riskState")),
      risk_detail(paths.slot("riskDetail")),
      risk_types(paths.slot("riskEventTypes_v2")),
      session(paths.slot("sessionId")),
      token(paths.slot("uniqueTokenIdentifier")),
      token_type(paths.slot("incomingTokenType")),
      correlation(paths.slot("correlationId")),
      id(paths.slot("id")) {}

SignInReader::SignInReader(base::JsonPaths& paths, const SignInErrors& errors)
    : errors_(errors), slots_(paths) {}

std::string_view SignInReader::keep(std::string_view text) {
  return text.empty() || text == "[]" ? std::string_view() : kept_.emplace_back(text);
}

SignIn SignInReader::read(const JsonRecord& record, const model::RowHead& head) {
  const auto text = [&](std::size_t slot) { return scalar(record, slot); };
  SignIn read;
  read.kind = kind_of(record.slots[slots_.kinds].text);
  read.error_code = number_of(text(slots_.error_code));
  // A record without a status says nothing of what came of it.
  read.result = record.slots[slots_.error_code].has_value() ? errors_.result_of(read.error_code)
                                                            : SignInResult::other_failure;
  read.failure_reason = text(slots_.failure_reason);
  read.tenant_id = text(slots_.resource_tenant);
  read.home_tenant_id = text(slots_.home_tenant);
  read.user_id = text(slots_.user_id);
  read.display_name = text(slots_.display_name);
  if (read.user_id.empty()) read.user_id = text(slots_.principal_id);
  if (read.display_name.empty()) read.display_name = text(slots_.principal_name);
  read.user_type = text(slots_.user_type);
  read.application_id = text(slots_.app_id);
  read.application = text(slots_.app);
  read.resource_id = text(slots_.resource_id);
  read.resource = text(slots_.resource);
  read.client_application = text(slots_.client_app);
  read.protocol = text(slots_.protocol);
  read.user_agent = text(slots_.user_agent);
  read.device_id = text(slots_.device_id);
  read.device_name = text(slots_.device_name);
  read.operating_system = text(slots_.system);
  read.browser = text(slots_.browser);
  read.trust_type = text(slots_.trust);
  read.is_compliant = text(slots_.compliant) == "true";
  read.is_managed = text(slots_.managed) == "true";
  read.country_code = text(slots_.country);
  read.region = text(slots_.state);
  read.city = text(slots_.city);
  read.has_coordinates = read_degrees(text(slots_.latitude), 90, read.latitude) &&
                         read_degrees(text(slots_.longitude), 180, read.longitude);
  read.autonomous_system = number_of(text(slots_.asn));
  read.authentication_requirement = text(slots_.requirement);
  read.authentication_details = keep(record.slots[slots_.details].text);
  read.conditional_access = text(slots_.access);
  read.risk_level = text(slots_.risk);
  read.risk_level_aggregated = text(slots_.risk_aggregated);
  read.risk_state = text(slots_.risk_state);
  read.risk_detail = text(slots_.risk_detail);
  read.risk_event_types = keep(record.slots[slots_.risk_types].text);
  read.session_id = text(slots_.session);
  read.token_id = text(slots_.token);
  read.incoming_token_type = text(slots_.token_type);
  read.correlation_id = text(slots_.correlation);
  read.request_id = text(slots_.id);
  read.presents_credentials =
      read.kind == SignInKind::interactive || base::equals_ignoring_case(read.protocol, "ropc") ||
      std::ranges::find(legacy_clients, read.client_application) != legacy_clients.end();
  read_event(record, head, read);
  return read;
}

void SignInReader::read_event(const JsonRecord& record, const model::RowHead& head, SignIn& read) {
  model::AuthEvent& event = read.event;
  event.time = head.generated;
  event.id = head.item_id;
  if (const auto address = base::parse_ip(scalar(record, slots_.address))) event.address = *address;
  std::string_view user = scalar(record, slots_.upn);
  if (user.empty()) user = scalar(record, slots_.identifier);
  if (user.empty()) user = read.display_name;
  const bool has_capitals = std::ranges::any_of(user, [](char c) { return c >= 'A' && c <= 'Z'; });
  event.user = has_capitals ? keep(base::to_lower_ascii(user)) : user;
  event.user_hash = base::hash_bytes(event.user);
  event.host_hash = base::hash_bytes(read.tenant_id);
  event.service = "Entra ID";
  event.record = record.bytes;
  event.result = read.result == SignInResult::success ? model::AuthResult::success
                                                      : model::AuthResult::failure;
  event.method = read.result == SignInResult::credential_failure ? model::AuthMethod::password
                                                                 : model::AuthMethod::other;
  constexpr std::uint32_t no_such_user = 50034;
  event.user_exists = read.error_code != no_such_user;
}

}  // namespace vedette::normalise::cloud
