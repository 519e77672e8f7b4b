// Owns: the simulated Azure Key Vault: secrets by name, with their versions. Source: Key Vault's
// REST reference, Get Secret and Set Secret, 7.4. Promises: the newest version without one; errors
// have the service's words. Memory is bounded. Must not know: who asks. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/tenant/message.h"
#include "simulate/tenant/tokens.h"

namespace vedette::simulate::tenant {

class Vault {
 public:
  Vault(const TenantOptions& options, const Tokens& tokens);

  [[nodiscard]] static bool owns(std::string_view path) { return path.starts_with("/secrets/"); }
  [[nodiscard]] TenantReply answer(const TenantRequest& request, std::string_view path,
                                   base::Timestamp now);

 private:
  [[nodiscard]] TenantReply shown(const TenantRequest& request, const std::string& name,
                                  std::size_t version) const;

  const TenantOptions& options_;
  const Tokens& tokens_;
  std::map<std::string, std::vector<std::string>, std::less<>> secrets_;  // versions by name
};

}  // namespace vedette::simulate::tenant
