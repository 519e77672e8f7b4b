#include "normalise/cloud/audit_log_in_reader.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/ip.h"
#include "base/text.h"
#include "kql/native/json_text.h"

namespace vedette::normalise::cloud {
namespace {

using base::JsonKind;
using base::JsonRecord;
using model::SignIn;
using model::SignInResult;
namespace native = kql::native;

std::string_view scalar(const JsonRecord& record, std::size_t slot) {
  return record.slots[slot].kind == JsonKind::composite ? std::string_view()
                                                        : record.slots[slot].text;
}

// "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]:443"
std::optional<base::IpAddress> address_in(std::string_view text) {
  if (const auto address = base::parse_ip(text)) return address;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  text = text.substr(0, colon);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  return base::parse_ip(text);
}

// The value of one of ExtendedProperties: [{"Name":"UserAgent","Value":"..."}...].
std::string property_of(std::string_view properties, std::string_view name) {
  for (const auto property : native::elements_of(properties)) {
    const auto key = native::find_member(property, "Name");
    const auto value = native::find_member(property, "Value");
    if (key && value && key->starts_with('"') && value->starts_with('"') &&
        native::unescaped(*key) == name)
      return native::unescaped(*value);
  }
  return {};
}

}  // namespace

AuditLogInReader::AuditLogInReader(base::JsonPaths& paths, const SignInErrors& errors)
    : errors_(errors),
      workload_(paths.slot("Workload")),
      operation_(paths.slot("Operation")),
      result_(paths.slot("ResultStatus")),
      user_(paths.slot("UserId")),
      user_key_(paths.slot("UserKey")),
      address_(paths.slot("ActorIpAddress")),
      client_address_(paths.slot("ClientIP")),
      error_(paths.slot("ErrorNumber")),
      reason_(paths.slot("LogonError")),
      application_(paths.slot("ApplicationId")),
      tenant_(paths.slot("OrganizationId")),
      properties_(paths.slot("ExtendedProperties")),
      id_(paths.slot("Id")) {}

std::optional<SignIn> AuditLogInReader::read(const JsonRecord& record,
                                             const model::RowHead& head) {
  const auto text = [&](std::size_t slot) { return scalar(record, slot); };
  const bool is_success = text(operation_) == "UserLoggedIn";
  if (text(workload_) != "AzureActiveDirectory" ||
      (!is_success && text(operation_) != "UserLoginFailed"))
    return std::nullopt;
  SignIn read;
  const auto code = base::parse_unsigned(text(error_));
  read.error_code = code && *code <= UINT32_MAX ? static_cast<std::uint32_t>(*code) : 0;
  const bool has_failed = !is_success || text(result_) == "Failed";
  read.result = read.error_code != 0 ? errors_.result_of(read.error_code)
                : has_failed         ? SignInResult::other_failure
                                     : SignInResult::success;
  read.failure_reason = text(reason_);
  read.tenant_id = read.home_tenant_id = text(tenant_);
  read.user_id = text(user_key_);
  read.application_id = text(application_);
  read.request_id = text(id_);
  if (record.slots[properties_].kind == JsonKind::composite) {
    const std::string_view properties = record.slots[properties_].text;
    read.user_agent = keep(property_of(properties, "UserAgent"));
    const std::string request = property_of(properties, "RequestType");
    read.presents_credentials = !request.starts_with("OAuth2:") && !request.starts_with("Kmsi:");
  }
  model::AuthEvent& event = read.event;
  event.time = head.generated;
  event.id = head.item_id;
  auto address = address_in(text(address_));
  if (!address) address = address_in(text(client_address_));
  if (address) event.address = *address;
  event.user = keep(base::to_lower_ascii(text(user_)));
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
  return read;
}

}  // namespace vedette::normalise::cloud
