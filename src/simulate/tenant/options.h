// Owns: what can be chosen about a simulated Microsoft 365 tenant.
// Promises: `check` names the option that is off and says what would be right; the same options
// give the same tenant on every machine. Must not know: sockets, the command line. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "simulate/tenant/fault.h"

namespace vedette::simulate::tenant {

// What the tenant pays for decides what its APIs answer.
enum class Licence : std::uint8_t {
  free,  // no sign-ins over Graph, seven days of audits, no risk
  p1,    // sign-ins and audits for 30 days, risk values are "hidden"
  p2,    // everything
};

struct TenantOptions {
  std::uint64_t seed = 1;
  std::uint32_t people = 150;
  std::uint32_t days = 30;  // of history before `start`
  base::Timestamp start;    // when the tenant is first asked: its clock's time
  Licence licence = Licence::p2;
  bool hybrid = false;  // accounts come from a directory on premises, whose sync overrules us
  bool quotas = true;
  // The attacks of `vedette demo` too, around `start`: within the hour before and the one after it.
  bool story = false;
  // Every kind of attack once in so many hours.
  std::uint32_t attack_cycle_hours = 7 * 24;
  std::uint32_t duplicate_permille = 10;  // records that a listing gives twice
  std::uint32_t disorder_permille = 10;   // neighbours that a page gives in the wrong order

  std::string tenant_id = "6f0c1d52-8a3b-4e77-9c41-d2b5e8a90f31";
  std::string domain = "northwind.example";
  std::string client_id = "3d2a7c10-5b64-4f8e-a9d3-7e10c4b82f56";
  std::string client_secret = "simulated-secret";
  // PEM text: the certificate (or public key) whose owner may sign client assertions, and the
  // public key of the outside issuer whose tokens stand for the app (workload identity).
  std::string certificate_pem;
  std::string federated_key_pem;
  std::string federated_issuer = "https://issuer.example";
  std::string federated_subject = "system:serviceaccount:vedette:vedette";
  // Application permissions that nobody consented to: "AuditLog.Read.All".
  std::vector<std::string> withheld_permissions;
  // The app holds a directory role that reaches administrators (else disabling them is a 403).
  bool app_may_touch_administrators = false;
  // Roles that the app lacks in Azure: no incidents, no workspace.
  bool arm_access = true;
  bool workspace_access = true;
  // Of its key vault: names and values; and whether the app may read them.
  std::vector<std::pair<std::string, std::string>> vault_secrets;
  bool vault_access = true;
  // How far the service's clock is ahead of ours.
  base::Duration clock_offset;
  std::uint32_t token_lifetime_s = 3599;
  // A person enters the device code after so long.
  std::uint32_t device_code_approved_after_s = 10;
  std::vector<FaultOrder> faults;
};

// Every application permission of this tenant's app.
[[nodiscard]] const std::vector<std::string_view>& known_permissions();
// free, p1, p2.
[[nodiscard]] base::Result<Licence> parse_licence(std::string_view text);
[[nodiscard]] base::Result<void> check(const TenantOptions& options);

// Names of the Azure resources that this tenant has.
inline constexpr std::string_view subscription_id = "4c1f8a6e-29d7-4b53-8e0a-91f6d7c3b2a4";
inline constexpr std::string_view resource_group = "security";
inline constexpr std::string_view workspace_name = "northwind-sentinel";
inline constexpr std::string_view workspace_id = "b7d5e2f9-3c84-4a16-9f0b-6e8d1c7a5240";

}  // namespace vedette::simulate::tenant
