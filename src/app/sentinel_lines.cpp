#include "app/sentinel_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/curl_client.h"

namespace vedette::app {
namespace {

// Few questions, each about one incident.
constexpr collect::cloud::Quota line_quota{6, base::Duration::seconds(2)};

}  // namespace

base::Result<SentinelLine*> SentinelLines::line_to(const std::string& source) {
  if (const auto known = lines_.find(source); known != lines_.end()) return &known->second;
  const auto& tenants = configuration_.tenants;
  const auto tenant =
      std::ranges::find_if(tenants, [&](const TenantSetting& each) { return each.owns(source); });
  if (tenant == tenants.end())
    return base::failure(base::ErrorCode::not_found,
                         fmt::format("no [[tenant]] of the settings is that of {}", source));
  SentinelLine line;
  line.place = {tenant->subscription, tenant->resource_group, tenant->workspace};
  line.tokens = VEDETTE_TRY(make_access_tokens(*tenant, configuration_.cloud, sign_in_));
  net::CurlSettings curl;
  curl.ca_file = configuration_.cloud.ca_file;
  line.http = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
  const auto arm = configuration_.cloud.endpoints().arm;
  line.client = std::make_unique<collect::cloud::ServiceClient>(
      collect::cloud::ServiceSettings{"Microsoft Sentinel", arm.address, arm.scope, line_quota},
      *line.http, *line.tokens, sign_in_.clock);
  return &lines_.emplace(source, std::move(line)).first->second;
}

}  // namespace vedette::app
