#include "app/tenant_doctor.h"

#include <memory>

#include "base/text.h"
#include "net/curl_client.h"

namespace vedette::app {
namespace {

using collect::cloud::Finding;
using collect::cloud::ServiceClient;

// One tenant's services, each asked through a client of its own.
class TenantDoctor {
 public:
  TenantDoctor(const TenantSetting& tenant, const Configuration& configuration,
               const SignInWorld& world)
      : tenant_(tenant),
        cloud_(configuration.cloud),
        respond_(configuration.respond),
        world_(world) {}

  base::Result<std::vector<Finding>> run(const std::stop_token& stop) {
    tokens_ = VEDETTE_TRY(make_access_tokens(tenant_, cloud_, world_));
    const auto places = cloud_.endpoints();
    ServiceClient* graph = VEDETTE_TRY(client("Microsoft Graph", places.graph));
    collect::cloud::DoctorWorld world{*tokens_, world_.clock, *graph};
    world.tenant = tenant_.id;
    world.place = {tenant_.subscription, tenant_.resource_group, tenant_.workspace};
    world.workspace = tenant_.workspace_id;
    if (tenant_.has(CloudPart::activity) && !places.management_activity.address.empty())
      world.activity =
          VEDETTE_TRY(client("the Management Activity API", places.management_activity));
    if (tenant_.has(CloudPart::sentinel))
      world.sentinel = VEDETTE_TRY(client("Microsoft Sentinel", places.arm));
    if (tenant_.has(CloudPart::log_analytics)) {
      world.log_analytics = VEDETTE_TRY(client("Log Analytics", places.log_analytics));
      const std::string& first = tenant_.tables.front();
      world.table = base::trim(std::string_view(first).substr(0, first.find('|')));
    }
    if (respond_.tenant == tenant_.name && !respond_.client_id.empty()) {
      changing_ = VEDETTE_TRY(make_access_tokens(
          respond_.signing_in(tenant_), cloud_,
          {world_.clock, world_.random, world_.environment, world_.data_folder, {}}));
      world.changing = changing_.get();
    }
    return collect::cloud::examine_tenant(world, stop);
  }

 private:
  base::Result<ServiceClient*> client(const char* name, const cloud::Service& service) {
    net::CurlSettings curl;
    curl.ca_file = cloud_.ca_file;
    http_.push_back(VEDETTE_TRY(net::CurlClient::create(std::move(curl))));
    // Graph's reports have the smallest quota.
    clients_.push_back(std::make_unique<ServiceClient>(
        collect::cloud::ServiceSettings{name, service.address, service.scope, {}}, *http_.back(),
        *tokens_, world_.clock));
    return clients_.back().get();
  }

  const TenantSetting& tenant_;
  const CloudSetting& cloud_;
  const RespondSetting& respond_;
  const SignInWorld& world_;
  std::unique_ptr<ports::AccessTokens> tokens_, changing_;
  std::vector<std::unique_ptr<ports::HttpClient>> http_;
  std::vector<std::unique_ptr<ServiceClient>> clients_;
};

}  // namespace

base::Result<std::vector<Finding>> examine_tenant(const TenantSetting& tenant,
                                                  const Configuration& configuration,
                                                  const SignInWorld& world,
                                                  const std::stop_token& stop) {
  return TenantDoctor(tenant, configuration, world).run(stop);
}

void append_findings(base::JsonWriter& writer, const std::vector<Finding>& found) {
  writer.key("features").begin_array();
  for (const Finding& finding : found)
    writer.begin_object()
        .member("feature", finding.feature)
        .member("verdict", name_of(finding.verdict))
        .member("words", finding.words)
        .member("remedy", finding.remedy)
        .end_object();
  writer.end_array();
}

}  // namespace vedette::app
