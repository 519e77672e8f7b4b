// Owns: where Microsoft's clouds are: the addresses of their services and the scopes that tokens
// for them have. Promises: an address that a cloud does not offer is empty; a scope stays that of
// the cloud when an address is set anew (a proxy, a test). Must not know: what is asked there.
// A value; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace vedette::cloud {

enum class Cloud : std::uint8_t { global, us_government, us_defense, china };

struct Service {
  std::string address;  // "https://graph.microsoft.com", no slash at the end; empty: not offered
  std::string scope;    // "https://graph.microsoft.com/.default"
};

// Where the key vaults are, and what tokens for them are for.
struct VaultPlace {
  std::string domain = "vault.azure.net";
  std::string scope = "https://vault.azure.net/.default";
};

struct Endpoints {
  std::string authority;  // "https://login.microsoftonline.com"
  Service graph, arm, log_analytics, management_activity, monitor;
  Service threat_intelligence;  // where indicators are uploaded
  VaultPlace vault;
  std::string
      mail_scope;  // of a token for SMTP (XOAUTH2): "https://outlook.office365.com/.default"
};

[[nodiscard]] Endpoints endpoints_of(Cloud cloud);

}  // namespace vedette::cloud
