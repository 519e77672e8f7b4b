#include "app/vault_secrets.h"

#include <memory>
#include <mutex>
#include <utility>

#include "app/ambient_sign_in.h"
#include "app/command_clock.h"
#include "cloud/key_vault.h"
#include "net/curl_client.h"
#include "net/system_random.h"

namespace vedette::app {
namespace {

using base::Result;

// Shared by all copies of the lookup, so that a secret is asked for once.
class VaultSecrets {
 public:
  VaultSecrets(CloudSetting cloud, notify::EnvironmentLookup environment)
      : cloud_(std::move(cloud)), environment_(std::move(environment)) {}

  Result<base::Secret> read(std::string_view reference) {
    return VEDETTE_TRY(vault())->read(reference);
  }

 private:
  Result<cloud::KeyVault*> vault() {
    const std::lock_guard lock(mutex_);
    if (vault_) return vault_.get();
    clock_ = VEDETTE_TRY(command_clock());
    net::CurlSettings curl;
    curl.ca_file = cloud_.ca_file;
    auto http = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
    auto tokens =
        VEDETTE_TRY(make_ambient_tokens(cloud_, {*clock_, random_, environment_, {}, {}}));
    vault_ = std::make_unique<cloud::KeyVault>(cloud_.endpoints().vault, std::move(http),
                                               std::move(tokens), *clock_);
    return vault_.get();
  }

  const CloudSetting cloud_;
  const notify::EnvironmentLookup environment_;
  net::SystemRandom random_;
  std::mutex mutex_;
  std::unique_ptr<ports::Clock> clock_;     // guarded by mutex_
  std::unique_ptr<cloud::KeyVault> vault_;  // guarded by mutex_; stays once it is there
};

}  // namespace

notify::EnvironmentLookup with_vaults(const CloudSetting& cloud,
                                      const notify::EnvironmentLookup& environment) {
  if (environment.reads_vaults()) return environment;
  const auto vaults = std::make_shared<VaultSecrets>(cloud, environment);
  return {[environment](const std::string& name) { return environment(name); },
          [vaults](std::string_view reference) { return vaults->read(reference); }};
}

}  // namespace vedette::app
