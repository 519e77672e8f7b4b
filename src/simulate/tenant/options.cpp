#include "simulate/tenant/options.h"

#include <algorithm>

#include "base/limits.h"
#include "simulate/tenant/signature.h"

namespace vedette::simulate::tenant {

using base::ErrorCode;
using base::failure;
namespace limits = base::limits;

const std::vector<std::string_view>& known_permissions() {
  static const std::vector<std::string_view> permissions = {
      "AuditLog.Read.All",
      "Directory.Read.All",
      "IdentityRiskEvent.Read.All",
      "IdentityRiskyUser.ReadWrite.All",
      "User.Read.All",
      "User.EnableDisableAccount.All",
      "User.RevokeSessions.All",
      "Group.Read.All",
      "RoleManagement.Read.Directory",
      "Policy.Read.All",
      "Organization.Read.All",
      "MailboxSettings.Read",
      "UserAuthenticationMethod.ReadWrite.All",
      "Mail.Send",
      "Mail.Read",
      "SMTP.SendAsApp",
      "ActivityFeed.Read"};
  return permissions;
}

base::Result<Licence> parse_licence(std::string_view text) {
  if (text == "free") return Licence::free;
  if (text == "p1") return Licence::p1;
  if (text == "p2") return Licence::p2;
  return failure(ErrorCode::invalid_argument, "--licence takes free, p1 or p2");
}

base::Result<void> check(const TenantOptions& options) {
  if (options.people < 20 || options.people > limits::simulated_people_max)
    return failure(ErrorCode::invalid_argument,
                   "--people takes 20 to " + std::to_string(limits::simulated_people_max));
  if (options.days > limits::simulated_days_max)
    return failure(ErrorCode::invalid_argument,
                   "--days takes 0 to " + std::to_string(limits::simulated_days_max));
  if (options.attack_cycle_hours < 12 || options.attack_cycle_hours > 24 * 365)
    return failure(ErrorCode::invalid_argument, "--attack-cycle takes 12 to 8760 hours");
  if (options.duplicate_permille > 500 || options.disorder_permille > 500)
    return failure(ErrorCode::invalid_argument,
                   "at most 500 of 1,000 records may be doubled or out of order");
  for (const std::string* pem : {&options.certificate_pem, &options.federated_key_pem})
    if (!pem->empty()) VEDETTE_TRY(read_signer(*pem));
  for (const auto& name : options.withheld_permissions)
    if (std::ranges::find(known_permissions(), name) == known_permissions().end())
      return failure(ErrorCode::invalid_argument,
                     "--without takes a permission such as AuditLog.Read.All, not '" + name + "'");
  return {};
}

}  // namespace vedette::simulate::tenant
