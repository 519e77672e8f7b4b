// Owns: telling a MISP that an indicator of it was met (a sighting), once for each alert: an
// indicator and address within a window. Source: MISP's OpenAPI document, POST /sightings/add.
// Promises: what was told is kept, so that a kill tells nothing twice but what was on the way; what
// a MISP does not take is told with its reason and holds up no other. Must not know: incidents. As
// feed.h.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "collect/cloud/repeated_feed.h"
#include "collect/cloud/service_client.h"
#include "ports/push_ledger.h"
#include "ports/random.h"

namespace vedette::collect::cloud {

struct IndicatorHit {
  std::string alert;      // its id: the same for the same
  std::string indicator;  // "indicator--" and the attribute's UUID
  std::string value;      // of the indicator
  base::Timestamp time;   // of the first event
};
// Those of a source's indicators that changed since then.
using ReadHits = std::function<base::Result<std::vector<IndicatorHit>>(const std::string& source,
                                                                       base::Timestamp since)>;

struct MispSightingsSettings {
  std::string source;   // "sightings:office"
  std::string address;  // as MispQuery has it
  std::string name;     // of whose indicators
  base::Duration interval = base::Duration::minutes(15);
};

// All outlive it.
struct SightingRooms {
  ServiceClient& client;
  ports::Clock& clock;
  ports::Random& random;
  ports::PushLedger& ledger;
  const ReadHits& read;
};

class MispSightings : public RepeatedFeed {
 public:
  MispSightings(MispSightingsSettings settings, SightingRooms rooms);

  void live_turn(const std::stop_token& stop) override;

 private:
  [[nodiscard]] Answered<void> begin();
  [[nodiscard]] Answered<void> tell(const std::stop_token& stop);
  [[nodiscard]] Answered<void> note(const IndicatorHit& hit, ports::PushState state);
  void finish();
  void fail(const Trouble& trouble);

  const MispSightingsSettings settings_;
  const SightingRooms rooms_;
  bool is_begun_ = false, is_rest_left_ = false;
  std::deque<IndicatorHit> hits_;
  PullStatus pull_;
};

}  // namespace vedette::collect::cloud
