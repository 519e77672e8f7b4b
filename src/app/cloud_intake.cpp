#include "app/cloud_intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "app/ambient_sign_in.h"
#include "app/remote_hunt.h"
#include "app/thread_load.h"
#include "base/text.h"
#include "cloud/fixed_key.h"
#include "cloud/referenced_key.h"
#include "collect/cloud/azure_listings.h"
#include "collect/cloud/graph_listings.h"
#include "collect/cloud/identities_feed.h"
#include "collect/cloud/indicator_feed.h"
#include "collect/cloud/misp_attributes.h"
#include "collect/cloud/pulled_query.h"
#include "collect/cloud/taxii_feed.h"
#include "collect/cloud/window_feed.h"
#include "intel/indicator_reader.h"
#include "intel/stored_versions.h"
#include "net/curl_client.h"
#include "net/web_address.h"
#include "notify/signature.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;
using collect::cloud::Quota;
using collect::cloud::ServiceSettings;

// Documented, or well under what is.
constexpr Quota reports_quota{5, Duration::seconds(10)};
constexpr Quota protection_quota{1, Duration::seconds(1)};
constexpr Quota directory_quota{10, Duration::seconds(1)};
constexpr Quota activity_quota{10, Duration::seconds(1)};
constexpr Quota azure_quota{6, Duration::seconds(2)};
constexpr Quota misp_quota{5, Duration::seconds(1)};
constexpr Quota query_quota{5, Duration::seconds(1)};
// Rows are found by when they arrived, so that little of it comes late.
constexpr Duration query_overlap = Duration::minutes(10);

// Who writes an address knows where it is; what a name means others decide.
bool is_written_address(const std::string& url) {
  const auto address = net::parse_web_address(url);
  return address && (address->is_loopback() || base::parse_ip(address->host).has_value());
}

collect::cloud::TableQuery parse_table(const TenantSetting& setting, std::string_view text) {
  const auto bar = text.find('|');
  collect::cloud::TableQuery query;
  query.workspace = setting.workspace_id;
  query.table = base::trim(text.substr(0, bar));
  query.into = query.table;
  if (bar != std::string_view::npos) query.query = text.substr(bar);
  return query;
}

}  // namespace

struct CloudIntake::Tenant {
  TenantSetting setting;
  std::unique_ptr<ports::AccessTokens> tokens;
};

struct CloudIntake::Lane {
  std::unique_ptr<ports::AccessTokens> own_key;  // of a service that no tenant is signed in to
  std::unique_ptr<ports::HttpClient> http;
  std::unique_ptr<collect::cloud::ServiceClient> client;
  // Of feeds that are not the service's.
  struct Host {
    std::unique_ptr<ports::HttpClient> http;
    std::unique_ptr<collect::cloud::ServiceClient> client;
  };
  std::vector<Host> hosts;
  std::unique_ptr<collect::cloud::Lane> feeds;
  std::atomic<bool> is_finished = false;
  std::jthread thread;
};

CloudIntake::CloudIntake(CloudRooms rooms)
    : rooms_(std::move(rooms)),
      commit_([this](ports::RawRecord record, const std::stop_token& stop) {
        return rooms_.intake.commit(std::move(record), stop);
      }),
      cursor_of_([this](const std::string& source) { return rooms_.journal.cursor(source); }) {}

CloudIntake::~CloudIntake() {
  stop();
}

Result<CloudIntake::Lane*> CloudIntake::add_lane(Tenant& tenant, const CloudSetting& cloud,
                                                 ServiceSettings settings) {
  return add_lane(*tenant.tokens, cloud.ca_file, std::move(settings));
}

Result<CloudIntake::Lane*> CloudIntake::add_lane(ports::AccessTokens& tokens,
                                                 const std::string& ca_file,
                                                 ServiceSettings settings) {
  net::CurlSettings curl;
  curl.ca_file = ca_file;
  auto lane = std::make_unique<Lane>();
  lane->http = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
  lane->client = std::make_unique<collect::cloud::ServiceClient>(std::move(settings), *lane->http,
                                                                 tokens, rooms_.world.clock);
  lane->feeds = std::make_unique<collect::cloud::Lane>(*lane->client, rooms_.world.clock);
  return lanes_.emplace_back(std::move(lane)).get();
}

void CloudIntake::add_feed(Lane& lane, const Tenant& tenant, const std::string& source,
                           std::unique_ptr<collect::cloud::Listing> listing) const {
  collect::cloud::WindowFeedSettings settings;
  settings.source = source;
  settings.interval = tenant.setting.interval;
  settings.overlap = source.starts_with("log-analytics:") ? query_overlap : tenant.setting.overlap;
  settings.back_fill = Duration::hours(24 * tenant.setting.back_fill_days);
  lane.feeds->add(std::make_unique<collect::cloud::WindowFeed>(
      std::move(settings), std::move(listing),
      collect::cloud::FeedRooms{*lane.client, rooms_.world.clock, rooms_.world.random, commit_,
                                cursor_of_}));
}

Result<void> CloudIntake::add_graph(Tenant& tenant, const CloudSetting& cloud) {
  const auto graph = cloud.endpoints().graph;
  const TenantSetting& setting = tenant.setting;
  const auto source = [&](std::string_view feed) {
    return fmt::format("graph:{}:{}", setting.name, feed);
  };
  if (setting.has(CloudPart::sign_ins) || setting.has(CloudPart::audits)) {
    Lane& lane = *VEDETTE_TRY(
        add_lane(tenant, cloud, {"Microsoft Graph", graph.address, graph.scope, reports_quota}));
    using collect::cloud::SignInKind;
    if (setting.has(CloudPart::sign_ins))
      for (const SignInKind kind : {SignInKind::interactive, SignInKind::non_interactive,
                                    SignInKind::service_principal, SignInKind::managed_identity})
        add_feed(lane, tenant, source(fmt::format("sign-ins:{}", collect::cloud::name_of(kind))),
                 collect::cloud::sign_ins(graph.address, kind));
    if (setting.has(CloudPart::audits))
      add_feed(lane, tenant, source("directory-audits"),
               collect::cloud::directory_audits(graph.address));
  }
  if (setting.has(CloudPart::risk)) {
    Lane& lane = *VEDETTE_TRY(
        add_lane(tenant, cloud, {"Microsoft Graph", graph.address, graph.scope, protection_quota}));
    add_feed(lane, tenant, source("risk-detections"),
             collect::cloud::risk_detections(graph.address));
    add_feed(lane, tenant, source("risky-users"), collect::cloud::risky_users(graph.address));
  }
  if (setting.has(CloudPart::identities)) {
    Lane& lane = *VEDETTE_TRY(
        add_lane(tenant, cloud, {"Microsoft Graph", graph.address, graph.scope, directory_quota}));
    lane.feeds->add(std::make_unique<collect::cloud::IdentitiesFeed>(
        source("identities"), collect::cloud::FeedRooms{*lane.client, rooms_.world.clock,
                                                        rooms_.world.random, commit_, cursor_of_}));
  }
  return {};
}

Result<void> CloudIntake::add_others(Tenant& tenant, const CloudSetting& cloud) {
  const auto places = cloud.endpoints();
  const TenantSetting& setting = tenant.setting;
  if (setting.has(CloudPart::activity)) {
    const auto& activity = places.management_activity;
    if (activity.address.empty())
      return base::failure(base::ErrorCode::invalid_argument,
                           "this cloud has no Management Activity API: take \"activity\" out of "
                           "collect, or set [cloud] management_activity");
    Lane& lane = *VEDETTE_TRY(add_lane(
        tenant, cloud,
        {"the Management Activity API", activity.address, activity.scope, activity_quota}));
    for (const auto& type : setting.activity)
      add_feed(lane, tenant, fmt::format("management-activity:{}:{}", setting.name, type),
               collect::cloud::management_activity(activity.address, setting.id, type));
  }
  if (setting.has(CloudPart::sentinel)) {
    Lane& lane = *VEDETTE_TRY(add_lane(
        tenant, cloud, {"Microsoft Sentinel", places.arm.address, places.arm.scope, azure_quota}));
    add_feed(
        lane, tenant, fmt::format("sentinel:{}:incidents", setting.name),
        collect::cloud::sentinel_incidents(
            places.arm.address, {setting.subscription, setting.resource_group, setting.workspace}));
  }
  if (setting.has(CloudPart::log_analytics)) {
    const auto& query = places.log_analytics;
    Lane& lane = *VEDETTE_TRY(
        add_lane(tenant, cloud, {"Log Analytics", query.address, query.scope, query_quota}));
    for (const auto& text : setting.tables) {
      const auto table = parse_table(setting, text);
      add_feed(lane, tenant, fmt::format("log-analytics:{}:{}", setting.name, table.table),
               collect::cloud::log_analytics_table(query.address, table));
    }
  }
  return {};
}

Result<void> CloudIntake::add_misp(const MispSetting& setting) {
  using collect::cloud::MispPart;
  auto key = std::make_unique<cloud::ReferencedKey>(
      [reference = setting.key, environment = rooms_.world.environment] {
        return notify::resolve_secret(reference, environment);
      },
      rooms_.world.clock);
  Lane& lane = *VEDETTE_TRY(
      add_lane(*key, setting.ca_file, {"MISP", setting.url, "", misp_quota, "", "[[misp]]"}));
  lane.own_key = std::move(key);
  collect::cloud::MispQuery query;
  query.address = setting.url;
  query.record = {setting.name, "misp", setting.confidence, setting.for_detection_only};
  query.types = setting.types;
  if (query.types.empty())
    query.types.assign(intel::misp_types().begin(), intel::misp_types().end());
  query.tags = setting.tags;
  query.applies_warning_lists = setting.warning_lists;
  collect::cloud::WindowFeedSettings feed;
  feed.interval = setting.interval;
  feed.overlap = setting.overlap;
  for (const MispPart part : {MispPart::indicators, MispPart::withdrawals}) {
    const bool is_withdrawn = part == MispPart::withdrawals;
    // Where everything is taken what is not for detection is no withdrawal.
    if (is_withdrawn && !setting.for_detection_only) continue;
    query.part = part;
    feed.source =
        fmt::format("misp:{}:{}", setting.name, is_withdrawn ? "withdrawals" : "indicators");
    // What was taken back before anything was pulled was never held against anything.
    feed.back_fill = Duration::hours(is_withdrawn ? 0 : 24L * setting.back_fill_days);
    lane.feeds->add(std::make_unique<collect::cloud::WindowFeed>(
        feed, collect::cloud::misp_attributes(query),
        collect::cloud::FeedRooms{*lane.client, rooms_.world.clock, rooms_.world.random, commit_,
                                  cursor_of_}));
  }
  if (setting.sightings && rooms_.push.ledger != nullptr)
    lane.feeds->add(std::make_unique<collect::cloud::MispSightings>(
        collect::cloud::MispSightingsSettings{"sightings:" + setting.name, setting.url,
                                              setting.name, setting.interval},
        collect::cloud::SightingRooms{*lane.client, rooms_.world.clock, rooms_.world.random,
                                      *rooms_.push.ledger, rooms_.push.hits}));
  return {};
}

Result<void> CloudIntake::add_taxii(const TaxiiSetting& setting) {
  const std::string word = setting.user.empty() ? "Bearer " : "Basic ";
  const auto read = [setting, environment = rooms_.world.environment]() -> Result<base::Secret> {
    if (setting.user.empty() && setting.token.empty()) return base::Secret();
    if (setting.user.empty()) return notify::resolve_secret(setting.token, environment);
    const auto password = VEDETTE_TRY(notify::resolve_secret(setting.password, environment));
    return base::Secret(notify::encode_base64(setting.user + ":" + std::string(password.reveal())));
  };
  auto kept = std::make_unique<cloud::ReferencedKey>(read, rooms_.world.clock);
  Lane& lane =
      *VEDETTE_TRY(add_lane(*kept, setting.ca_file,
                            {"the TAXII server", setting.url, "", misp_quota, word, "[[taxii]]"}));
  lane.own_key = std::move(kept);
  collect::cloud::TaxiiFeedSettings feed;
  feed.source = "taxii:" + setting.name;
  feed.url = setting.url;
  feed.collections = setting.collections;
  feed.record = {setting.name, "stix", setting.confidence};
  feed.interval = setting.interval;
  feed.back_fill = Duration::hours(24L * setting.back_fill_days);
  lane.feeds->add(std::make_unique<collect::cloud::TaxiiFeed>(
      feed, collect::cloud::FeedRooms{*lane.client, rooms_.world.clock, rooms_.world.random,
                                      commit_, cursor_of_}));
  return {};
}

Result<void> CloudIntake::add_push(const PushSetting& setting, const CloudSetting& cloud) {
  const auto place = cloud.endpoints().threat_intelligence;
  if (place.address.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         "this cloud has no known address for [[push]]: set [cloud] "
                         "threat_intelligence");
  std::unique_ptr<ports::AccessTokens> own;
  ports::AccessTokens* tokens = nullptr;
  for (const auto& tenant : tenants_)
    if (tenant->setting.name == setting.tenant) tokens = tenant->tokens.get();
  if (tokens == nullptr) {
    own = VEDETTE_TRY(make_ambient_tokens(cloud, rooms_.world));
    tokens = own.get();
  }
  Lane& lane = *VEDETTE_TRY(add_lane(*tokens, cloud.ca_file,
                                     {"Microsoft Sentinel", place.address, place.scope,
                                      collect::cloud::push_quota, "Bearer ", "[[push]]"}));
  lane.own_key = std::move(own);
  collect::cloud::IndicatorPushSettings push;
  push.source = "push:" + setting.name;
  push.address = place.address;
  push.workspace_id = setting.workspace_id;
  push.source_system = setting.source_system;
  push.filter = setting.filter;
  push.interval = setting.interval;
  pushes_.push_back(push);
  lane.feeds->add(std::make_unique<collect::cloud::IndicatorPush>(
      push, collect::cloud::PushRooms{
                *lane.client, rooms_.world.clock, rooms_.world.random, *rooms_.push.ledger,
                rooms_.push.read, intel::write_stix_object, intel::renewed_id,
                [this, source = push.source](std::uint64_t held, std::uint64_t withdrawn,
                                             const std::vector<std::string>& reasons) {
                  rooms_.push.count(source, held, withdrawn, reasons);
                }}));
  return {};
}

Result<std::vector<std::pair<std::string, collect::cloud::PushForecast>>>
CloudIntake::forecast_pushes(const std::stop_token& stop) const {
  std::vector<std::pair<std::string, collect::cloud::PushForecast>> all;
  for (const auto& push : pushes_)
    all.emplace_back(push.source,
                     VEDETTE_TRY(collect::cloud::forecast_push(
                         push, *rooms_.push.ledger, rooms_.push.read, intel::write_stix_object,
                         intel::renewed_id, rooms_.world.clock.now(), stop)));
  return all;
}

// All in one lane: there may be many of them, and none is in a hurry.
Result<void> CloudIntake::add_feeds(const std::vector<FeedSetting>& settings) {
  Lane* lane = nullptr;
  for (const FeedSetting& setting : settings) {
    const ServiceSettings service{"the feed", setting.url, "", misp_quota, "", "[[feed]]"};
    if (lane == nullptr) {
      auto none = std::make_unique<cloud::FixedKey>(base::Secret());
      lane = VEDETTE_TRY(add_lane(*none, setting.ca_file, service));
      lane->own_key = std::move(none);
    }
    net::CurlSettings curl;
    curl.ca_file = setting.ca_file;
    const bool is_public_only = setting.public_only && !is_written_address(setting.url);
    curl.public_addresses_only = is_public_only;
    auto& host = lane->hosts.emplace_back();
    host.http = VEDETTE_TRY(net::CurlClient::create(std::move(curl)));
    host.client = std::make_unique<collect::cloud::ServiceClient>(
        service, *host.http, *lane->own_key, rooms_.world.clock);
    collect::cloud::IndicatorFeedSettings feed;
    feed.is_public_only = is_public_only;
    feed.source = "feed:" + setting.name;
    feed.url = setting.url;
    feed.is_misp = setting.form == FeedForm::misp;
    feed.record = {setting.name, setting.form == FeedForm::csv ? "csv" : "list",
                   setting.confidence};
    if (feed.is_misp)
      feed.record.form = "misp";
    else
      feed.record.hold_hours = 24 * setting.keep_days;
    feed.record.columns = setting.columns;
    feed.record.delimiter = setting.delimiter;
    feed.interval = setting.interval;
    feed.back_fill = Duration::hours(24L * setting.back_fill_days);
    lane->feeds->add(std::make_unique<collect::cloud::IndicatorFeed>(
        feed, collect::cloud::FeedRooms{*host.client, rooms_.world.clock, rooms_.world.random,
                                        commit_, cursor_of_}));
  }
  return {};
}

// Those of one place take turns.
Result<void> CloudIntake::add_pulls(const Configuration& configuration) {
  std::map<std::string, Lane*> lanes;
  for (const PullSetting& setting : configuration.pulls) {
    const auto remote = VEDETTE_TRY(find_remote(configuration, setting.on));
    const auto service = service_of(remote, configuration);
    Lane*& lane = lanes[setting.on];
    if (lane == nullptr) {
      auto tokens = VEDETTE_TRY(tokens_for(remote, configuration, rooms_.world));
      lane = VEDETTE_TRY(add_lane(*tokens, configuration.cloud.ca_file, service));
      lane->own_key = std::move(tokens);
    }
    const bool is_adx = remote.kind == RemoteKind::adx;
    collect::cloud::PulledQuery query{is_adx ? collect::cloud::QueryService::data_explorer
                                             : collect::cloud::QueryService::workspace,
                                      service.address,
                                      is_adx ? remote.database : remote.id,
                                      setting.name,
                                      setting.query,
                                      setting.into,
                                      setting.time,
                                      setting.keys};
    collect::cloud::WindowFeedSettings feed;
    feed.source = "pull:" + setting.name;
    feed.interval = setting.every;
    feed.overlap = setting.overlap;
    feed.back_fill = Duration::hours(24L * setting.back_fill_days);
    lane->feeds->add(std::make_unique<collect::cloud::WindowFeed>(
        feed, collect::cloud::pulled_query(query),
        collect::cloud::FeedRooms{*lane->client, rooms_.world.clock, rooms_.world.random, commit_,
                                  cursor_of_}));
  }
  return {};
}

Result<void> CloudIntake::start(const Configuration& configuration, bool once) {
  for (const auto& setting : configuration.tenants) {
    auto tenant = std::make_unique<Tenant>();
    tenant->setting = setting;
    tenant->tokens = VEDETTE_TRY(make_access_tokens(setting, configuration.cloud, rooms_.world));
    Tenant& kept = *tenants_.emplace_back(std::move(tenant));
    VEDETTE_TRY_VOID(add_graph(kept, configuration.cloud));
    VEDETTE_TRY_VOID(add_others(kept, configuration.cloud));
  }
  for (const auto& setting : configuration.misps) VEDETTE_TRY_VOID(add_misp(setting));
  for (const auto& setting : configuration.taxiis) VEDETTE_TRY_VOID(add_taxii(setting));
  VEDETTE_TRY_VOID(add_feeds(configuration.feeds));
  VEDETTE_TRY_VOID(add_pulls(configuration));
  // Who reads once has not stored it all when the lanes are done.
  if (rooms_.push.ledger != nullptr && !once)
    for (const auto& setting : configuration.pushes)
      VEDETTE_TRY_VOID(add_push(setting, configuration.cloud));
  for (const auto& lane : lanes_)
    lane->thread = std::jthread([this, once, &lane = *lane](const std::stop_token& stop) {
      name_thread("cloud");
      lane.feeds->run(once, stop);
      lane.is_finished = true;
      rooms_.arrived.ring();
    });
  return {};
}

void CloudIntake::stop() {
  for (const auto& lane : lanes_) lane->thread.request_stop();
  for (const auto& lane : lanes_)
    if (lane->thread.joinable()) lane->thread.join();
}

void CloudIntake::pull_now(const std::function<bool(std::string_view source)>& is_meant) {
  for (const auto& lane : lanes_) {
    const auto feeds = lane->feeds->status();
    if (std::ranges::any_of(feeds, [&](const auto& feed) { return is_meant(feed.source); }))
      lane->feeds->hurry();
  }
}

bool CloudIntake::is_finished() const {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane->is_finished.load(); });
}

std::vector<collect::cloud::FeedStatus> CloudIntake::status() const {
  std::vector<collect::cloud::FeedStatus> all;
  for (const auto& lane : lanes_)
    for (auto& each : lane->feeds->status()) all.push_back(std::move(each));
  return all;
}

}  // namespace vedette::app
