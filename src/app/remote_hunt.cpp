#include "app/remote_hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "app/ambient_sign_in.h"
#include "app/json_rows.h"
#include "base/encode.h"
#include "collect/cloud/remote_query.h"
#include "kql/moment.h"
#include "net/curl_client.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;
using collect::cloud::RemoteTable;
using collect::cloud::Trouble;

// What the service itself lets one person ask for; a hunt is one request.
constexpr collect::cloud::Quota workspace_quota{200, base::Duration::seconds(30)};

// --- the question --------------------------------------------------------------------------------

Result<std::string> timespan_of(const RemoteHunt& hunt, RemoteKind kind) {
  if (!hunt.from_ticks && !hunt.to_ticks) return std::string();
  if (kind == RemoteKind::adx)
    return base::failure(ErrorCode::invalid_argument,
                         "Azure Data Explorer knows no --from, --to and --last: write `| where "
                         "TimeGenerated > ago(1d)`");
  const auto moment = [](std::int64_t ticks) { return base::format_iso({ticks}); };
  return fmt::format("{}/{}", moment(hunt.from_ticks.value_or(base::unix_epoch_ticks)),
                     moment(hunt.to_ticks.value_or(kql::datetime_ticks_max)));
}

base::Error error_of(const RemoteSetting& remote, Trouble trouble) {
  if (trouble.kind == collect::cloud::TroubleKind::stopped)
    return {ErrorCode::cancelled, "stopped"};
  if (trouble.kind == collect::cloud::TroubleKind::forbidden && trouble.remedy.empty())
    trouble.remedy = remote.kind == RemoteKind::adx
                         ? "give who signs in the role Viewer on the database"
                         : "give who signs in the role Log Analytics Reader on the workspace";
  if (trouble.kind == collect::cloud::TroubleKind::throttled && trouble.wait)
    trouble.remedy = fmt::format("try again in {}", base::format_duration(*trouble.wait));
  return {trouble.passes() ? ErrorCode::unavailable : ErrorCode::refused,
          fmt::format("{}: {}", base::encode_terminal(remote.shown(), 200), trouble.text())};
}

}  // namespace

Result<std::unique_ptr<ports::AccessTokens>> tokens_for(const RemoteSetting& remote,
                                                        const Configuration& configuration,
                                                        const SignInWorld& world) {
  if (remote.tenant.empty()) return make_ambient_tokens(configuration.cloud, world);
  const auto tenant = std::ranges::find(configuration.tenants, remote.tenant, &TenantSetting::name);
  if (tenant == configuration.tenants.end())
    return base::failure(ErrorCode::not_found, "there is no [[tenant]] " + remote.tenant);
  return make_access_tokens(*tenant, configuration.cloud, world);
}

collect::cloud::ServiceSettings service_of(const RemoteSetting& remote,
                                           const Configuration& configuration) {
  const auto places = configuration.cloud.endpoints();
  if (remote.kind == RemoteKind::adx)
    return {"Azure Data Explorer", remote.cluster, remote.cluster + "/.default", {}};
  return {"Log Analytics", places.log_analytics.address, places.log_analytics.scope,
          workspace_quota};
}

Result<void> run_remotely(const RemoteHunt& hunt, const RemoteSetting& remote,
                          const Configuration& configuration, const SignInWorld& world,
                          kql::result::Sink& sink) {
  const bool is_adx = remote.kind == RemoteKind::adx;
  const collect::cloud::RemoteQuestion question{
      hunt.text, VEDETTE_TRY(timespan_of(hunt, remote.kind)), hunt.timeout_ms};
  const auto tokens = VEDETTE_TRY(tokens_for(remote, configuration, world));
  net::CurlSettings curl;
  curl.ca_file = configuration.cloud.ca_file;
  const auto http = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
  collect::cloud::ServiceClient client(service_of(remote, configuration), *http, *tokens,
                                       world.clock);
  auto answer =
      is_adx ? collect::cloud::ask_data_explorer(client, remote.database, question, hunt.stop)
             : collect::cloud::ask_workspace(client, remote.id, question, hunt.stop);
  if (!answer) return std::unexpected(error_of(remote, std::move(answer.error())));
  for (const RemoteTable& table : answer->tables) {
    const bool is_last = &table == &answer->tables.back();
    kql::result::Ending ending;
    if (is_last) ending.partial = answer->partial;
    give_json_rows(table, JsonDynamic::text, ending, sink);
  }
  return {};
}

}  // namespace vedette::app
