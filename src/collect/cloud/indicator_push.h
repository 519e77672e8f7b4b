// Owns: one push of indicators outwards: from our rows, by when they were received, to Microsoft
// Sentinel's upload API. Promises: before a request what it holds is noted as being sent, after its
// answer as there; so a kill at any moment loses nothing and doubles nothing (what is sent again
// has the same id). A request that is not taken (429, 5xx, no connection) is made again, the same
// one, after the wait that was asked for. An object that the service does not want is noted with
// its reason and holds up no other. Must not know: what indicators say. As feed.h. Source of the
// shapes: securityinsights, 2024-02-01-preview.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collect/cloud/push_plan.h"
#include "collect/cloud/repeated_feed.h"
#include "collect/cloud/service_client.h"
#include "ports/random.h"

namespace vedette::collect::cloud {

// The service's own bound of a request, and of requests.
inline constexpr std::size_t pushed_objects_max = 100;
inline constexpr Quota push_quota{100, base::Duration::minutes(1)};

struct IndicatorPushSettings {
  std::string source;         // "push:soc"
  std::string address;        // "https://api.ti.sentinel.azure.com"
  std::string workspace_id;   // its GUID
  std::string source_system;  // under which they come; empty: each indicator's own source
  PushFilter filter;
  base::Duration interval = base::Duration::minutes(5);
};

// Behind that row, in the order of receipt, id and source.
struct PushPlace {
  base::Timestamp received;
  std::string id, source;
};

// Up to `most` rows behind a place, in that order. unavailable: not now.
using ReadStored = std::function<base::Result<std::vector<StoredIndicator>>(
    const PushPlace& behind, std::size_t most, const std::stop_token& stop)>;
// What came of one request. `reasons`: of each that was refused.
using CountPushed = std::function<void(std::uint64_t held, std::uint64_t withdrawn,
                                       const std::vector<std::string>& reasons)>;

// All outlive the push.
struct PushRooms {
  ServiceClient& client;
  ports::Clock& clock;
  ports::Random& random;
  ports::PushLedger& ledger;
  ReadStored read;
  WriteIndicator write;
  RenewId renew;
  CountPushed count;
};

class IndicatorPush : public RepeatedFeed {
 public:
  IndicatorPush(IndicatorPushSettings settings, PushRooms rooms);

  void live_turn(const std::stop_token& stop) override;

 private:
  [[nodiscard]] Answered<void> begin();
  [[nodiscard]] Answered<void> read_page(const std::stop_token& stop);
  [[nodiscard]] Answered<void> send_batch(const std::stop_token& stop);
  [[nodiscard]] std::vector<PlannedPush> next_batch();
  [[nodiscard]] Answered<void> mark_sending(const std::vector<PlannedPush>& batch);
  [[nodiscard]] Answered<void> settle(const std::vector<PlannedPush>& batch,
                                      const std::vector<std::string>& refusals);
  [[nodiscard]] Answered<void> keep_place(bool is_end);
  void put_back(std::vector<PlannedPush> batch);
  void finish();
  void fail(const Trouble& trouble);

  const IndicatorPushSettings settings_;
  const PushRooms rooms_;
  const PushPlan plan_;
  bool is_begun_ = false, is_end_ = false;      // of a cycle; all rows were read
  std::size_t batch_max_ = pushed_objects_max;  // smaller while looking for what is refused
  PushPlace place_;
  std::deque<PlannedPush> planned_;  // of the page that was read
  PullStatus pull_;
};

// What a push would send now, as far as it looks.
struct PushForecast {
  std::uint64_t looked_at = 0, fresh = 0, changed = 0, withdrawn = 0;
  bool is_whole = true;  // false: there is more behind what was looked at
};
[[nodiscard]] base::Result<PushForecast> forecast_push(const IndicatorPushSettings& settings,
                                                       ports::PushLedger& ledger,
                                                       const ReadStored& read,
                                                       const WriteIndicator& write,
                                                       const RenewId& renew, base::Timestamp now,
                                                       const std::stop_token& stop);

}  // namespace vedette::collect::cloud
