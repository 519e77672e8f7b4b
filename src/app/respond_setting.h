// Owns: the settings of responses: [respond]. Promises: plain data with defaults that lock nobody:
// without a tenant nothing is done, and without `mode` everything is only proposed; accounts are
// named by object id, since names can be changed and imitated; what is wrong is noted with its
// remedy. Must not know: what is done with them. Any thread.
#pragma once

#include <string>
#include <vector>

#include "app/tenant_setting.h"
#include "respond/guard.h"

namespace vedette::app {

struct RespondSetting {
  std::string tenant;  // the name of a [[tenant]]; empty: no account is ever touched
  // An app registration of its own for changes; empty: the tenant's.
  std::string client_id, client_secret, certificate, key;
  // The helper that blocks addresses on this machine (app/block_program.h); empty: none is.
  std::vector<std::string> block_command;
  respond::GuardSettings guard;

  // How to sign in to change accounts, and our applications in `guard`; null without a tenant.
  [[nodiscard]] const TenantSetting* find_tenant(const std::vector<TenantSetting>& tenants) const;
  [[nodiscard]] TenantSetting signing_in(const TenantSetting& tenant) const;
  [[nodiscard]] respond::GuardSettings guard_of(const TenantSetting& tenant) const;
};

void read_respond(const SettingNode& node, RespondSetting& respond, ProblemList& problems);
// What only makes sense beside the tenants, which may stand behind it in the file.
void check_respond(const RespondSetting& respond, const std::vector<TenantSetting>& tenants,
                   const notify::EnvironmentLookup& environment, ProblemList& problems);
[[nodiscard]] std::string show_respond(const RespondSetting& respond);
[[nodiscard]] std::vector<std::string> respond_setting_names();

}  // namespace vedette::app
