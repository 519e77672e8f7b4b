// Owns: an event's whole way for a command that runs without `serve`: its records into the journal,
// and from there to rows and incidents. Promises: it is the only one at the data folder; what is
// done is durable when `work_off` returns; nobody is sent a message of it. Must not know: where
// records come from. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/trunk.h"
#include "base/result.h"
#include "ports/clock.h"
#include "ports/journal.h"

namespace vedette::app {

class OfflineLine {
 public:
  // unavailable: a running `serve` has the folder.
  [[nodiscard]] static base::Result<std::unique_ptr<OfflineLine>> open(const std::string& folder,
                                                                       ports::Clock& clock);
  struct Rooms;
  explicit OfflineLine(std::unique_ptr<Rooms> rooms);  // for open
  ~OfflineLine();
  OfflineLine(const OfflineLine&) = delete;
  OfflineLine& operator=(const OfflineLine&) = delete;

  [[nodiscard]] base::Result<void> add(ports::RawRecord record);
  // All that lies in the journal.
  [[nodiscard]] base::Result<void> work_off();
  [[nodiscard]] TrunkCounts counts() const;
  [[nodiscard]] std::vector<std::string> take_notices();

 private:
  std::unique_ptr<Rooms> rooms_;
};

}  // namespace vedette::app
