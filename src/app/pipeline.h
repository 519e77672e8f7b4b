// Owns: an event's whole way, as one function: collect → normalise → detect → enrich → tell.
// (Journal, store and incidents join it with part 2.) Left to right, never back. Promises: bounded
// memory; nothing read is left undone when `step` returns. Must not know: where lines come from,
// where alerts go. Called from one thread.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "collect/line_source.h"
#include "detect/login_detectors.h"
#include "detect/parse_rate.h"
#include "normalise/authlog_normaliser.h"
#include "ports/clock.h"
#include "ports/geo_lookup.h"

namespace vedette::app {

using AlertSink = std::function<void(const detect::ChangedAlert&)>;

struct PipelineRooms {
  collect::LineSource& source;
  normalise::AuthlogNormaliser& normaliser;
  detect::LoginDetectors& detectors;
  const ports::GeoLookup& geo;
  const ports::Clock& clock;
  AlertSink sink;
};

class Pipeline {
 public:
  explicit Pipeline(PipelineRooms rooms) : rooms_(std::move(rooms)) {}

  // One batch, or what time brings when none comes within `wait`.
  [[nodiscard]] base::Result<void> step(base::Duration wait, const std::stop_token& stop);
  // The input is over: attacks that are open are closed.
  void finish();

 private:
  void pass_time();
  void judge_parse_rate(base::Timestamp now);
  void tell();

  PipelineRooms rooms_;
  detect::ParseRateMonitor parse_rate_;
  std::vector<model::AuthEvent> events_;
  std::vector<detect::ChangedAlert> changes_;
  std::string source_name_;
  base::Timestamp latest_written_;  // when the latest line was written, by our clock or the file's
};

}  // namespace vedette::app
