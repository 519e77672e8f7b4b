// Owns: a sign-in to a cloud identity (Entra): the log-in event that every log-in detector works
// on, and beside it what only such sources know: who exactly, with what, from where as the service
// says, how it was proved, and what came of it. Promises: plain data. The views live as long as the
// batch they were read from; what must live longer copies them. A field that the service did not
// fill is empty; `version` grows when a field's meaning changes. Must not know: how it was parsed.
// Passed between threads only with its batch.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/auth_event.h"

namespace vedette::model {

enum class SignInKind : std::uint8_t {
  interactive,
  non_interactive,
  service_principal,
  managed_identity,
};

// What came of it. Only `credential_failure` is a failed log-in for those who count guessing.
enum class SignInResult : std::uint8_t {
  success,
  credential_failure,
  interrupted,
  mfa_denied,
  blocked,
  other_failure,
};

struct SignIn {
  static constexpr std::uint32_t version = 1;

  AuthEvent event;  // its id is made of the sign-in's own id: the same in every version of it
  SignInKind kind = SignInKind::interactive;
  SignInResult result = SignInResult::success;
  // A secret was given, so that a success says something after failures: interactive, or by a
  // protocol that sends passwords.
  bool presents_credentials = true;
  std::uint32_t error_code = 0;
  std::string_view failure_reason;

  std::string_view tenant_id;  // of the resource
  std::string_view home_tenant_id;
  std::string_view user_id;  // object id; of the service principal where there is no user
  std::string_view display_name;
  std::string_view user_type;  // member, guest
  std::string_view application_id, application;
  std::string_view resource_id, resource;
  std::string_view client_application;  // "Browser", "IMAP4" ...
  std::string_view protocol;            // none, oAuth2, ropc, deviceCode ...

  std::string_view user_agent;
  std::string_view device_id, device_name, operating_system, browser, trust_type;
  bool is_compliant = false, is_managed = false;

  // As the service says it; `has_coordinates` is false where it does not.
  std::string_view country_code, region, city;
  bool has_coordinates = false;
  double latitude = 0;   // degrees north
  double longitude = 0;  // degrees east
  std::uint32_t autonomous_system = 0;

  std::string_view authentication_requirement;  // singleFactorAuthentication, multi...
  // Of the last step that the service tells of, canonical JSON of all steps behind it.
  std::string_view authentication_details;
  std::string_view conditional_access;  // success, failure, notApplied
  std::string_view risk_level, risk_level_aggregated, risk_state, risk_detail;
  std::string_view risk_event_types;  // canonical JSON
  std::string_view session_id, token_id, incoming_token_type, correlation_id, request_id;
};

}  // namespace vedette::model
