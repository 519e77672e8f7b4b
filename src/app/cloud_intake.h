// Owns: cloud services → journal: for each tenant a thread for each service whose budget it shares
// (Graph's reports, identity protection, directory; Management Activity; Sentinel; Log Analytics),
// one for each MISP and TAXII server, one for all public feeds of indicators, and one for each
// place that queries are pulled from; and one for each push of indicators to Microsoft Sentinel,
// which is the same the other way. Promises: what feeds promise (collect/cloud); one service that
// hangs holds up no other. Must not know: what answers say. Started and stopped by one thread; the
// rest from any.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "app/cloud_sign_in.h"
#include "app/configuration.h"
#include "app/intake.h"
#include "app/stored_indicators.h"
#include "collect/cloud/feed.h"
#include "collect/cloud/lane.h"
#include "collect/cloud/listing.h"
#include "collect/cloud/misp_sightings.h"
#include "ports/journal.h"

namespace vedette::app {

// What is told outwards: what there is to tell, what was told, and who counts it.
struct PushGround {
  ports::PushLedger* ledger = nullptr;  // null: nothing is told
  collect::cloud::ReadStored read;
  std::function<void(const std::string& source, std::uint64_t held, std::uint64_t withdrawn,
                     const std::vector<std::string>& reasons)>
      count;
  collect::cloud::ReadHits hits;  // of a source's indicators
};

// All outlive it.
struct CloudRooms {
  Intake& intake;
  ports::Journal& journal;
  Bell& arrived;  // rung when a lane has ended
  SignInWorld world;
  PushGround push = {};
};

class CloudIntake {
 public:
  explicit CloudIntake(CloudRooms rooms);
  ~CloudIntake();

  [[nodiscard]] base::Result<void> start(const Configuration& configuration, bool once);
  void stop();
  // For `once`: everything was pulled, or cannot be.
  [[nodiscard]] bool is_finished() const;
  [[nodiscard]] std::vector<collect::cloud::FeedStatus> status() const;
  // Those of them whose source is such a one, and what shares its budget.
  void pull_now(const std::function<bool(std::string_view source)>& is_meant);
  // By source, what each push would send now.
  [[nodiscard]] base::Result<std::vector<std::pair<std::string, collect::cloud::PushForecast>>>
  forecast_pushes(const std::stop_token& stop) const;

 private:
  struct Lane;
  struct Tenant;

  [[nodiscard]] base::Result<Lane*> add_lane(Tenant& tenant, const CloudSetting& cloud,
                                             collect::cloud::ServiceSettings settings);
  [[nodiscard]] base::Result<Lane*> add_lane(ports::AccessTokens& tokens,
                                             const std::string& ca_file,
                                             collect::cloud::ServiceSettings settings);
  [[nodiscard]] base::Result<void> add_graph(Tenant& tenant, const CloudSetting& cloud);
  [[nodiscard]] base::Result<void> add_others(Tenant& tenant, const CloudSetting& cloud);
  [[nodiscard]] base::Result<void> add_misp(const MispSetting& setting);
  [[nodiscard]] base::Result<void> add_taxii(const TaxiiSetting& setting);
  [[nodiscard]] base::Result<void> add_push(const PushSetting& setting, const CloudSetting& cloud);
  [[nodiscard]] base::Result<void> add_feeds(const std::vector<FeedSetting>& settings);
  [[nodiscard]] base::Result<void> add_pulls(const Configuration& configuration);
  void add_feed(Lane& lane, const Tenant& tenant, const std::string& source,
                std::unique_ptr<collect::cloud::Listing> listing) const;

  const CloudRooms rooms_;
  const collect::cloud::CommitRecord commit_;
  const collect::cloud::CursorOf cursor_of_;
  std::vector<std::unique_ptr<Tenant>> tenants_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<collect::cloud::IndicatorPushSettings> pushes_;
};

}  // namespace vedette::app
