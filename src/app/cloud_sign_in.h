// Owns: from a tenant's settings to the tokens that its services take. Promises: nothing is asked
// for before the first token is wanted; the refresh token of a person's sign-in lies in a private
// file of the data folder. Must not know: what tokens are for. Any thread.
#pragma once

#include <filesystem>
#include <memory>

#include "app/tenant_setting.h"
#include "cloud/device_sign_in.h"
#include "ports/access_tokens.h"
#include "ports/clock.h"
#include "ports/random.h"

namespace vedette::app {

struct SignInWorld {
  ports::Clock& clock;  // it and the random source outlive the tokens
  ports::Random& random;
  notify::EnvironmentLookup environment;
  std::filesystem::path data_folder;
  cloud::TellPerson tell;  // empty: nobody is there to sign in
};

// The refresh token of a person's sign-in in a file for its owner alone.
[[nodiscard]] cloud::RefreshKeeper keep_refresh_in(const std::string& path);

[[nodiscard]] base::Result<std::unique_ptr<ports::AccessTokens>> make_access_tokens(
    const TenantSetting& tenant, const CloudSetting& cloud, const SignInWorld& world);

}  // namespace vedette::app
