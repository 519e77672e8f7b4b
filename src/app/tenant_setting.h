// Owns: the settings of Microsoft's clouds: [cloud], and each [[tenant]] (or one [tenant]).
// Promises: plain data with defaults that work; what is wrong is noted with its remedy; a secret is
// only ever a reference (env:NAME, file:PATH). Must not know: what is done with them. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/time.h"
#include "cloud/client_assertion.h"
#include "cloud/endpoints.h"
#include "notify/channel_address.h"

namespace vedette::app {

class ProblemList;
struct SettingNode;

struct CloudSetting {
  cloud::Cloud cloud = cloud::Cloud::global;
  std::string authority, graph, arm, log_analytics, management_activity, monitor,
      threat_intelligence;  // empty: its own
  std::string ca_file;

  [[nodiscard]] cloud::Endpoints endpoints() const;
};

enum class TenantSignIn : std::uint8_t {
  secret,
  certificate,
  workload,
  managed,
  device,
  azure_cli
};

// What is collected; a bit each in TenantSetting::collects.
enum class CloudPart : std::uint8_t {
  sign_ins,
  audits,
  risk,
  identities,
  activity,
  sentinel,
  log_analytics
};
[[nodiscard]] std::string_view name_of(CloudPart part);
inline constexpr std::size_t cloud_parts = 7;

struct TenantSetting {
  std::string name;  // in sources, the log and metrics; it stays when anything else changes
  std::string id;    // GUID or domain
  std::string client_id;
  TenantSignIn sign_in = TenantSignIn::secret;
  std::string client_secret;  // a reference
  std::string certificate, key;
  cloud::AssertionAlgorithm algorithm = cloud::AssertionAlgorithm::ps256;
  std::string token_file;  // of a workload identity
  std::vector<CloudPart> collects{CloudPart::sign_ins, CloudPart::audits, CloudPart::risk,
                                  CloudPart::identities};
  base::Duration interval = base::Duration::minutes(2);
  base::Duration overlap = base::Duration::hours(1);
  int back_fill_days = 30;
  std::vector<std::string> activity{"Audit.AzureActiveDirectory", "Audit.Exchange",
                                    "Audit.SharePoint", "Audit.General"};
  std::string subscription, resource_group, workspace, workspace_id;
  std::vector<std::string> tables;  // "Syslog", "Syslog | where Facility == 'auth'"

  [[nodiscard]] bool has(CloudPart part) const;
  // It is one of this tenant's feeds ("graph:contoso:sign-ins:interactive").
  [[nodiscard]] bool owns(std::string_view source) const;
};

void read_cloud(const SettingNode& node, CloudSetting& cloud, ProblemList& problems);
void read_tenant(const SettingNode& node, std::vector<TenantSetting>& tenants,
                 const notify::EnvironmentLookup& environment, ProblemList& problems);
[[nodiscard]] std::string show_cloud(const CloudSetting& cloud);
[[nodiscard]] std::string show_tenant(const TenantSetting& tenant);
[[nodiscard]] std::vector<std::string> cloud_setting_names();

}  // namespace vedette::app
