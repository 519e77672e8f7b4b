// Owns: an event's whole way in `watch`, as one function: collect → normalise → detect → enrich →
// tell. (`serve` has a memory and a longer way: trunk.h. Detection is the same for both.) Left to
// right, never back. Promises: bounded memory; nothing read is left undone when `step` returns.
// Must not know: where lines come from, where alerts go. Called from one thread.
#pragma once

#include <functional>

#include "app/detection.h"
#include "app/reading.h"
#include "base/result.h"
#include "ports/clock.h"

namespace vedette::app {

struct PipelineRooms {
  Reading& reading;  // collect and normalise, on their own thread
  detect::LoginDetectors& detectors;
  detect::PrivilegeWatch& privileges;
  const ports::GeoLookup& geo;
  const ports::Clock& clock;
  AlertSink sink;                                // on the caller's thread
  std::function<void(const ReadBlock&)> report;  // sees each block when it was worked on
};

class Pipeline {
 public:
  explicit Pipeline(PipelineRooms rooms)
      : rooms_(std::move(rooms)),
        detection_(rooms_.detectors, rooms_.privileges, rooms_.geo, rooms_.sink) {}

  // One block of lines, or what time brings when none came. False when there will be no more; the
  // error is the source's.
  [[nodiscard]] base::Result<bool> step();
  // The input is over: attacks that are open are closed.
  void finish() { detection_.finish(rooms_.clock.now()); }

 private:
  PipelineRooms rooms_;
  Detection detection_;
  base::Timestamp latest_written_;  // when the latest line was written, by our clock or the file's
};

}  // namespace vedette::app
