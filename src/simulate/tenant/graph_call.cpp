#include "simulate/tenant/graph_call.h"

#include <algorithm>

#include "base/http_text.h"
#include "base/text.h"

namespace vedette::simulate::tenant {

bool GraphCall::is(std::initializer_list<std::string_view> parts) const {
  return parts.size() == path.size() &&
         std::ranges::equal(parts, path, [](std::string_view wanted, const std::string& given) {
           return wanted == "*" || base::equals_ignoring_case(wanted, given);
         });
}

TenantReply GraphCall::error(int status, std::string_view code, std::string_view message) const {
  return graph_error(status, code, message, now, request_id);
}

std::optional<TenantReply> GraphCall::require(
    std::initializer_list<std::string_view> permissions) const {
  for (const std::string_view permission : permissions)
    if (std::ranges::find(claims.roles, permission) == claims.roles.end()) {
      if (base::equals_ignoring_case(path.front(), "auditLogs"))
        return error(403, "Authentication_MSGraphPermissionMissing",
                     "Calling principal does not have required MSGraph permissions " +
                         std::string(permission));
      return error(403, "Authorization_RequestDenied",
                   "Insufficient privileges to complete the operation.");
    }
  return std::nullopt;
}

base::Result<std::size_t> GraphCall::rows_max(std::size_t usual, std::size_t most) const {
  const std::string_view text = find_option(query, "$top");
  if (text.empty()) return usual;
  const auto number = base::parse_unsigned(text);
  if (!number || *number == 0)
    return base::failure(base::ErrorCode::invalid_argument,
                         "Invalid page size specified: '" + std::string(text) +
                             "'. Must be between 1 and " + std::to_string(most) + " inclusive.");
  return std::min<std::size_t>(*number, most);
}

std::string GraphCall::next_link(std::string_view skip_token) const {
  const std::string_view target = request.target;
  std::string link = request.origin + std::string(target.substr(0, target.find('?'))) + "?";
  for (const auto& [name, value] : query) {
    if (base::equals_ignoring_case(name, "$skiptoken")) continue;
    std::string encoded = base::percent_encode(value);
    // As the service writes it: a space is a plus.
    for (auto at = encoded.find("%20"); at != std::string::npos; at = encoded.find("%20", at))
      encoded.replace(at, 3, "+");
    link += base::percent_encode(name) + "=" + encoded + "&";
  }
  return link + "%24skiptoken=" + std::string(skip_token);
}

void begin_list(base::JsonWriter& out, const GraphCall& call, std::string_view context) {
  const bool beta = call.version == GraphVersion::beta;
  out.begin_object().member("@odata.context", std::string("https://graph.microsoft.com/") +
                                                  (beta ? "beta" : "v1.0") + "/$metadata#" +
                                                  std::string(context));
  out.key("value").begin_array();
}

void end_list(base::JsonWriter& out, const GraphCall& call,
              const std::optional<std::string>& skip_token) {
  out.end_array();
  if (skip_token) out.member("@odata.nextLink", call.next_link(*skip_token));
  out.end_object();
}

}  // namespace vedette::simulate::tenant
