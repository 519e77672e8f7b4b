// Owns: an event's whole way, as one function: collect → normalise → detect → enrich → tell.
// (Journal, store and incidents join it with part 2.) Left to right, never back. Promises: bounded
// memory; nothing read is left undone when `step` returns. Must not know: where lines come from,
// where alerts go. Called from one thread.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "app/reading.h"
#include "base/result.h"
#include "detect/login_detectors.h"
#include "detect/parse_rate.h"
#include "ports/clock.h"
#include "ports/geo_lookup.h"

namespace vedette::app {

using AlertSink = std::function<void(const detect::ChangedAlert&)>;

struct PipelineRooms {
  Reading& reading;  // collect and normalise, on their own thread
  detect::LoginDetectors& detectors;
  const ports::GeoLookup& geo;
  const ports::Clock& clock;
  AlertSink sink;
  std::function<void(const ReadBlock&)> report;  // sees each block when it was worked on
};

class Pipeline {
 public:
  explicit Pipeline(PipelineRooms rooms) : rooms_(std::move(rooms)) {}

  // One block of lines, or what time brings when none came. False when there will be no more; the
  // error is the source's.
  [[nodiscard]] base::Result<bool> step();
  // The input is over: attacks that are open are closed.
  void finish();

 private:
  void work_on(const ReadBlock& block, base::Timestamp now);
  void pass_time(const ReadBlock& block);
  void tell();
  const model::Location& locate(const model::Alert& alert);

  PipelineRooms rooms_;
  detect::ParseRateMonitor parse_rate_;
  std::vector<detect::ChangedAlert> changes_;
  std::unordered_map<std::uint64_t, model::Location> locations_;  // of open alerts
  base::Timestamp latest_written_;  // when the latest line was written, by our clock or the file's
};

}  // namespace vedette::app
