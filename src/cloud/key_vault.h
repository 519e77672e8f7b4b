// Owns: secrets that lie in an Azure Key Vault, by reference: "vault:NAME/SECRET",
// "vault:NAME/SECRET/VERSION", or "vault:" and the secret's own address. Source: Key Vault's REST
// reference, Get Secret, 7.4. Promises: a token goes only to a vault's own host (or to this
// machine, for trials); a secret is held a few minutes, so that one that was changed there is known
// soon, and the one before is used while the vault cannot be reached; no error holds a secret. Must
// not know: what secrets are for. Any thread; one request at a time.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "cloud/endpoints.h"
#include "ports/access_tokens.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace vedette::cloud {

inline constexpr std::string_view vault_prefix = "vault:";

// The address of a secret, with the version of the API; an error says how references look.
[[nodiscard]] base::Result<std::string> vault_address(std::string_view reference,
                                                      const VaultPlace& place);

class KeyVault {
 public:
  // The clock outlives it.
  KeyVault(VaultPlace place, std::unique_ptr<ports::HttpClient> http,
           std::unique_ptr<ports::AccessTokens> tokens, const ports::Clock& clock)
      : place_(std::move(place)),
        http_(std::move(http)),
        tokens_(std::move(tokens)),
        clock_(clock) {}

  // unavailable: worth another try; else what is wrong and what to do about it.
  [[nodiscard]] base::Result<base::Secret> read(std::string_view reference);

 private:
  struct Held {
    base::Secret secret;
    base::Duration read_at;  // on the monotonic clock
  };

  [[nodiscard]] base::Result<base::Secret> fetch(const std::string& url, std::string_view shown);

  const VaultPlace place_;
  const std::unique_ptr<ports::HttpClient> http_;
  const std::unique_ptr<ports::AccessTokens> tokens_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Held> held_;  // guarded by mutex_; by address
};

}  // namespace vedette::cloud
