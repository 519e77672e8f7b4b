#include "cloud/managed_identity.h"

#include "base/http_text.h"
#include "cloud/token_answer.h"

namespace vedette::cloud {
namespace {

constexpr base::Duration moving_wait = base::Duration::seconds(70);  // 410: it is being updated
constexpr base::Duration absent_wait = base::Duration::seconds(2);   // 404: not yet there

// The older word for a scope.
std::string resource_of(std::string_view scope) {
  constexpr std::string_view all = "/.default";
  if (scope.ends_with(all)) scope.remove_suffix(all.size());
  return std::string(scope);
}

}  // namespace

TokenOutcome ManagedIdentity::ask(std::string_view scope, const std::stop_token& stop) {
  const bool is_metadata = settings_.endpoint.empty();
  std::string url = is_metadata
                        ? std::string(metadata_service) + "/oauth2/token?api-version=2018-02-01"
                        : settings_.endpoint + "?api-version=2019-08-01";
  url += "&resource=" + base::percent_encode(resource_of(scope));
  if (!settings_.client_id.empty())
    url += "&client_id=" + base::percent_encode(settings_.client_id);
  ports::HttpRequest request;
  request.method = "GET";
  request.url = base::Secret(std::move(url));
  request.headers = {{"Accept", "application/json"}};
  if (is_metadata)
    request.headers.emplace_back("Metadata", "true");
  else
    request.headers.emplace_back("X-IDENTITY-HEADER", settings_.header.reveal());
  request.stop = stop;
  const auto response = client_->send(request);
  if (!response) {
    auto failure = no_answer(response.error());
    failure.error.message +=
        "; a managed identity is there only on a machine in Azure that was given one";
    return std::unexpected(std::move(failure));
  }
  auto outcome = read_token_answer(*response, clock_.now());
  if (!outcome && (response->status == 404 || response->status == 410)) {
    outcome.error().error.code = base::ErrorCode::unavailable;
    outcome.error().wait = response->status == 410 ? moving_wait : absent_wait;
  }
  return outcome;
}

}  // namespace vedette::cloud
