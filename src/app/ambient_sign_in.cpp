#include "app/ambient_sign_in.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "app/program_runner.h"
#include "base/http_text.h"
#include "base/loopback.h"
#include "cloud/ambient_sign_in.h"
#include "cloud/app_sign_in.h"
#include "cloud/azure_cli.h"
#include "cloud/managed_identity.h"
#include "cloud/oauth_tokens.h"
#include "net/curl_client.h"

namespace vedette::app {
namespace {

using base::Result;
using cloud::AmbientWay;

// Where nobody answers on a machine that is not in Azure.
constexpr int metadata_timeout_ms = 2'000;
// Of the Azure command line, which every tenant knows.
constexpr const char* command_line_app = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

class ImpatientClient : public ports::HttpClient {
 public:
  explicit ImpatientClient(std::unique_ptr<ports::HttpClient> client)
      : client_(std::move(client)) {}
  [[nodiscard]] Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    ports::HttpRequest hurried = request;
    hurried.timeout_ms = std::min(request.timeout_ms, metadata_timeout_ms);
    return client_->send(hurried);
  }

 private:
  std::unique_ptr<ports::HttpClient> client_;
};

// The ways, one after another; each has a client of its own.
class Ways {
 public:
  Ways(const CloudSetting& cloud, const SignInWorld& world) : cloud_(cloud), world_(world) {
    app_.authority = cloud.endpoints().authority;
    // A token's request goes there with a secret in it.
    std::string host = variable("AZURE_AUTHORITY_HOST");
    while (host.ends_with('/')) host.pop_back();
    if (cloud.authority.empty() && host.starts_with("https://") && !base::origin_of(host).empty())
      app_.authority = host;
    app_.tenant = variable("AZURE_TENANT_ID");
    app_.client_id = variable("AZURE_CLIENT_ID");
  }

  Result<std::vector<AmbientWay>> all() {
    std::vector<AmbientWay> ways;
    ways.push_back(VEDETTE_TRY(environment()));
    ways.push_back(VEDETTE_TRY(workload()));
    ways.push_back(VEDETTE_TRY(managed()));
    ways.push_back({"Azure CLI",
                    std::make_unique<cloud::AzureCli>(app_.tenant, plain_runner(), world_.clock)});
    if (world_.tell) ways.push_back(VEDETTE_TRY(device()));
    return ways;
  }

 private:
  [[nodiscard]] std::string variable(std::string_view name) const {
    return world_.environment(std::string(name)).value_or("");
  }
  [[nodiscard]] Result<std::unique_ptr<ports::HttpClient>> client() const {
    net::CurlSettings settings;
    settings.ca_file = cloud_.ca_file;
    return net::CurlClient::create(std::move(settings));
  }
  [[nodiscard]] bool has_app() const { return !app_.tenant.empty() && !app_.client_id.empty(); }
  Result<AmbientWay> app_with(std::string name, cloud::ProofReader proof) const {
    return AmbientWay{std::move(name),
                      std::make_unique<cloud::AppSignIn>(app_, std::move(proof),
                                                         VEDETTE_TRY(client()), world_.clock),
                      {},
                      true};
  }

  Result<AmbientWay> environment() {
    const std::string certificate = variable("AZURE_CLIENT_CERTIFICATE_PATH");
    if (has_app() && !variable("AZURE_CLIENT_SECRET").empty())
      return app_with("environment", cloud::proof_by_secret([environment = world_.environment] {
                        return notify::resolve_secret("env:AZURE_CLIENT_SECRET", environment);
                      }));
    if (has_app() && !certificate.empty())
      return app_with("environment", cloud::proof_by_certificate(app_, certificate, certificate,
                                                                 cloud::AssertionAlgorithm::ps256,
                                                                 world_.clock, world_.random));
    return AmbientWay{"environment", nullptr,
                      "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or "
                      "AZURE_CLIENT_CERTIFICATE_PATH) are not all set"};
  }

  Result<AmbientWay> workload() {
    const std::string file = variable("AZURE_FEDERATED_TOKEN_FILE");
    if (has_app() && !file.empty())
      return app_with("workload identity", cloud::proof_by_federated_token(file));
    return AmbientWay{"workload identity", nullptr,
                      "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not all "
                      "set"};
  }

  // App Service and its kin say where to ask; anywhere else the machine's own link is tried.
  Result<AmbientWay> managed() {
    cloud::ManagedIdentitySettings settings;
    settings.client_id = app_.client_id;
    settings.endpoint = variable("IDENTITY_ENDPOINT");
    settings.header = base::Secret(variable("IDENTITY_HEADER"));
    const bool is_meant = !settings.endpoint.empty();
    std::unique_ptr<ports::HttpClient> http = VEDETTE_TRY(client());
    if (!is_meant) http = std::make_unique<ImpatientClient>(std::move(http));
    return AmbientWay{"managed identity",
                      std::make_unique<cloud::ManagedIdentity>(std::move(settings), std::move(http),
                                                               world_.clock),
                      {},
                      is_meant};
  }

  Result<AmbientWay> device() {
    const cloud::AppIdentity person{
        app_.authority, app_.tenant.empty() ? "organizations" : app_.tenant, command_line_app};
    return AmbientWay{
        "device code",
        std::make_unique<cloud::DeviceSignIn>(
            person, keep_refresh_in((world_.data_folder / "sign-in-ambient").string()), world_.tell,
            VEDETTE_TRY(client()), world_.clock)};
  }

  const CloudSetting& cloud_;
  const SignInWorld& world_;
  cloud::AppIdentity app_;
};

}  // namespace

Result<std::unique_ptr<ports::AccessTokens>> make_ambient_tokens(const CloudSetting& cloud,
                                                                 const SignInWorld& world) {
  auto ways = VEDETTE_TRY(Ways(cloud, world).all());
  return std::make_unique<cloud::OAuthTokens>(
      std::make_unique<cloud::AmbientSignIn>(std::move(ways)), world.clock);
}

}  // namespace vedette::app
