#include "normalise/cloud/sign_in_rows.h"

#include <fmt/format.h>

#include <utility>

#include "base/ip.h"
#include "normalise/authlog_rows.h"

namespace vedette::normalise::cloud {

using model::SignIn;
using model::SignInKind;
using model::SignInResult;

struct SignInRows::Columns {
  model::TableBatch rows{std::string(authentication_table)};
  std::size_t event_type = rows.column("EventType");
  std::size_t event_subtype = rows.column("EventSubType");
  std::size_t event_count = rows.column("EventCount");
  std::size_t result = rows.column("EventResult");
  std::size_t result_details = rows.column("EventResultDetails");
  std::size_t original_details = rows.column("EventOriginalResultDetails");
  std::size_t severity = rows.column("EventSeverity");
  std::size_t original_type = rows.column("EventOriginalType");
  std::size_t original_uid = rows.column("EventOriginalUid");
  std::size_t vendor = rows.column("EventVendor");
  std::size_t product = rows.column("EventProduct");
  std::size_t schema_version = rows.column("EventSchemaVersion");
  std::size_t start_time = rows.column("EventStartTime");
  std::size_t end_time = rows.column("EventEndTime");
  std::size_t protocol = rows.column("LogonProtocol");
  std::size_t method = rows.column("LogonMethod");
  std::size_t user = rows.column("TargetUsername");
  std::size_t user_name_type = rows.column("TargetUsernameType");
  std::size_t user_id = rows.column("TargetUserId");
  std::size_t user_id_type = rows.column("TargetUserIdType");
  std::size_t user_type = rows.column("TargetUserType");
  std::size_t original_user_type = rows.column("TargetOriginalUserType");
  std::size_t user_scope = rows.column("TargetUserScopeId");
  std::size_t session = rows.column("TargetSessionId");
  std::size_t target_application = rows.column("TargetAppName");
  std::size_t target_application_id = rows.column("TargetAppId");
  std::size_t target_application_type = rows.column("TargetAppType");
  std::size_t application = rows.column("ActingAppName");
  std::size_t application_id = rows.column("ActingAppId");
  std::size_t user_agent = rows.column("HttpUserAgent");
  std::size_t address = rows.column("SrcIpAddr");
  std::size_t device_id = rows.column("SrcDvcId");
  std::size_t device_id_type = rows.column("SrcDvcIdType");
  std::size_t device_name = rows.column("SrcHostname");
  std::size_t device_system = rows.column("SrcDvcOs");
  std::size_t risk = rows.column("SrcOriginalRiskLevel");
  std::size_t country = rows.column("SrcGeoCountry");
  std::size_t region = rows.column("SrcGeoRegion");
  std::size_t city = rows.column("SrcGeoCity");
  std::size_t latitude = rows.column("SrcGeoLatitude");
  std::size_t longitude = rows.column("SrcGeoLongitude");
  std::size_t provider = rows.column("SrcIsp");

  // Of a record that was read, or ours.
  void text(std::size_t column, std::string_view value) {
    if (!value.empty()) rows.set_text(column, value, model::TextForm::valid);
  }
  // Of somebody's file.
  void foreign_text(std::size_t column, std::string_view value) {
    if (!value.empty()) rows.set_text(column, value);
  }
};

namespace {

std::string_view name_of(SignInKind kind) {
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
  return "interactiveUser";
}

bool is_person(const SignIn& sign_in) {
  return sign_in.kind == SignInKind::interactive || sign_in.kind == SignInKind::non_interactive;
}

}  // namespace

SignInRows::SignInRows(const SignInErrors& errors)
    : errors_(errors), columns_(std::make_unique<Columns>()) {}
SignInRows::~SignInRows() = default;

void SignInRows::add(const SignIn& sign_in, std::uint64_t content_hash, base::Timestamp received,
                     const model::Location& place) {
  Columns& c = *columns_;
  c.rows.add_row({sign_in.event.time, received, sign_in.event.id, content_hash});
  c.text(c.event_type, "Logon");
  c.text(c.event_subtype, sign_in.kind == SignInKind::interactive ? "Interactive"
                          : is_person(sign_in)                    ? ""
                                                                  : "Service");
  c.rows.set(c.event_count, std::int64_t{1});
  c.text(c.original_type, name_of(sign_in.kind));
  c.text(c.original_uid, sign_in.request_id);
  c.text(c.vendor, "Microsoft");
  c.text(c.product, "Entra ID");
  c.text(c.schema_version, "0.1.3");
  c.rows.set(c.start_time, sign_in.event.time);
  c.rows.set(c.end_time, sign_in.event.time);
  add_result(sign_in);
  add_people(sign_in);
  add_source(sign_in, place);
}

void SignInRows::add_result(const SignIn& sign_in) {
  Columns& c = *columns_;
  const bool success = sign_in.result == SignInResult::success;
  c.text(c.result, success ? "Success" : "Failure");
  c.text(c.severity, success ? "Informational" : "Low");
  if (!success) {
    c.text(c.result_details, errors_.details_of(sign_in.error_code));
    c.text(c.original_details,
           sign_in.failure_reason.empty()
               ? std::to_string(sign_in.error_code)
               : fmt::format("{}: {}", sign_in.error_code, sign_in.failure_reason));
  }
  if (sign_in.protocol != "none") c.text(c.protocol, sign_in.protocol);
  const bool multi = sign_in.authentication_requirement == "multiFactorAuthentication";
  if (sign_in.kind == SignInKind::managed_identity)
    c.text(c.method, "Managed Identity");
  else if (sign_in.kind == SignInKind::service_principal)
    c.text(c.method, "Service Principal");
  else if (multi)
    c.text(c.method, "Multi factor authentication");
  else if (sign_in.presents_credentials)
    c.text(c.method, "Username & Password");
}

void SignInRows::add_people(const SignIn& sign_in) {
  Columns& c = *columns_;
  c.text(c.user, sign_in.event.user);
  const bool is_upn = sign_in.event.user.view().find('@') != std::string_view::npos;
  if (!sign_in.event.user.empty()) c.text(c.user_name_type, is_upn ? "UPN" : "Simple");
  c.text(c.user_id, sign_in.user_id);
  if (!sign_in.user_id.empty()) c.text(c.user_id_type, "AADID");
  c.text(c.user_type,
         is_person(sign_in) ? sign_in.user_type == "guest" ? "Guest" : "Regular" : "Application");
  c.text(c.original_user_type, sign_in.user_type);
  c.text(c.user_scope, sign_in.tenant_id);
  c.text(c.session, sign_in.session_id);
  c.text(c.target_application, sign_in.resource);
  c.text(c.target_application_id, sign_in.resource_id);
  if (!sign_in.resource.empty()) c.text(c.target_application_type, "Resource");
  c.text(c.application, sign_in.application);
  c.text(c.application_id, sign_in.application_id);
}

void SignInRows::add_source(const SignIn& sign_in, const model::Location& place) {
  Columns& c = *columns_;
  c.text(c.user_agent, sign_in.user_agent);
  if (sign_in.event.has_address()) c.text(c.address, base::format_ip(sign_in.event.address));
  c.text(c.device_id, sign_in.device_id);
  if (!sign_in.device_id.empty()) c.text(c.device_id_type, "AzureADDeviceId");
  c.text(c.device_name, sign_in.device_name);
  c.text(c.device_system, sign_in.operating_system);
  c.text(c.risk, sign_in.risk_level);
  // One source for the whole place: two of them may not agree.
  const bool is_told = !sign_in.country_code.empty();
  c.foreign_text(c.country, is_told ? sign_in.country_code : std::string_view(place.country));
  c.foreign_text(c.region, is_told ? sign_in.region : std::string_view(place.region));
  c.foreign_text(c.city, is_told ? sign_in.city : std::string_view(place.city));
  if (is_told ? sign_in.has_coordinates : place.has_coordinates) {
    c.rows.set(c.latitude, is_told ? sign_in.latitude : place.latitude);
    c.rows.set(c.longitude, is_told ? sign_in.longitude : place.longitude);
  }
  c.foreign_text(c.provider, place.organisation);
}

void SignInRows::take(std::vector<model::TableBatch>& taken) {
  if (columns_->rows.row_count() == 0) return;
  taken.push_back(std::move(columns_->rows));
  *columns_ = {};
}

void SignInRows::reuse(std::span<model::TableBatch> used) {
  for (model::TableBatch& batch : used) columns_->rows.reuse(batch);
}

}  // namespace vedette::normalise::cloud
