#include "app/cloud_sign_in.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "app/private_file.h"
#include "app/program_runner.h"
#include "cloud/app_sign_in.h"
#include "cloud/azure_cli.h"
#include "cloud/managed_identity.h"
#include "cloud/oauth_tokens.h"
#include "net/curl_client.h"

namespace vedette::app {
namespace {

using base::Result;
using Source = std::unique_ptr<cloud::TokenSource>;

cloud::ManagedIdentitySettings managed_settings(const TenantSetting& tenant,
                                                const SignInWorld& world) {
  cloud::ManagedIdentitySettings settings;
  settings.client_id = tenant.client_id;
  settings.endpoint = world.environment("IDENTITY_ENDPOINT").value_or("");
  settings.header = base::Secret(world.environment("IDENTITY_HEADER").value_or(""));
  return settings;
}

Source make_source(const TenantSetting& tenant, const CloudSetting& setting,
                   const SignInWorld& world, std::unique_ptr<ports::HttpClient> client) {
  const cloud::AppIdentity app{setting.endpoints().authority, tenant.id, tenant.client_id};
  const auto app_with = [&](cloud::ProofReader proof) -> Source {
    return std::make_unique<cloud::AppSignIn>(app, std::move(proof), std::move(client),
                                              world.clock);
  };
  switch (tenant.sign_in) {
    case TenantSignIn::certificate:
      return app_with(cloud::proof_by_certificate(app, tenant.certificate, tenant.key,
                                                  tenant.algorithm, world.clock, world.random));
    case TenantSignIn::workload:
      return app_with(cloud::proof_by_federated_token(tenant.token_file));
    case TenantSignIn::managed:
      return std::make_unique<cloud::ManagedIdentity>(managed_settings(tenant, world),
                                                      std::move(client), world.clock);
    case TenantSignIn::device:
      return std::make_unique<cloud::DeviceSignIn>(
          app, keep_refresh_in((world.data_folder / ("sign-in-" + tenant.name)).string()),
          world.tell, std::move(client), world.clock);
    case TenantSignIn::azure_cli:
      return std::make_unique<cloud::AzureCli>(tenant.id, plain_runner(), world.clock);
    case TenantSignIn::secret:
      break;
  }
  return app_with(
      cloud::proof_by_secret([reference = tenant.client_secret, environment = world.environment] {
        return notify::resolve_secret(reference, environment);
      }));
}

}  // namespace

cloud::RefreshKeeper keep_refresh_in(const std::string& path) {
  return {[path]() -> Result<base::Secret> {
            struct stat status{};
            if (::stat(path.c_str(), &status) != 0)
              return base::system_failure("cannot read " + path, errno);
            if ((status.st_mode & 077) != 0)
              return base::failure(base::ErrorCode::permission_denied,
                                   path + " may be read by others: delete it and sign in again");
            return notify::resolve_secret("file:" + path, {});
          },
          [path](const base::Secret& token) { return write_private_file(path, token.reveal()); }};
}

Result<std::unique_ptr<ports::AccessTokens>> make_access_tokens(const TenantSetting& tenant,
                                                                const CloudSetting& cloud,
                                                                const SignInWorld& world) {
  net::CurlSettings settings;
  settings.ca_file = cloud.ca_file;
  auto client = VEDETTE_TRY(net::CurlClient::create(std::move(settings)));
  return std::make_unique<cloud::OAuthTokens>(make_source(tenant, cloud, world, std::move(client)),
                                              world.clock);
}

}  // namespace vedette::app
