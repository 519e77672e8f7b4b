// Owns: whether sources may hand over now, by the room on the disk that holds the data. Promises:
// asks the disk at most every limits::room_asked_every_ms; says in words what is wanted; goes on by
// itself when there is room. A disk that does not answer is not taken for full: the journal's own
// append tells. Must not know: who asks. Any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "journal/room_guard.h"
#include "ports/clock.h"

namespace vedette::journal {

class RoomWatch {
 public:
  RoomWatch(ports::DiskSpace& disk, const ports::Clock& clock, std::string folder,
            RoomReserve reserve = {});

  // limit_exceeded: not now; nothing was taken, try again later (HTTP says 503 and Retry-After).
  [[nodiscard]] base::Result<void> may_take();
  // What `may_take` would say, for health pages: empty when there is room.
  [[nodiscard]] std::string shortage();
  // The last shortage that anybody met since this was called before, also when it is over by now;
  // empty when there was room whenever somebody looked.
  [[nodiscard]] std::string take_shortage();

 private:
  void ask();  // with the lock held

  ports::DiskSpace& disk_;
  const ports::Clock& clock_;
  const std::string folder_;
  std::mutex mutex_;
  RoomGuard guard_;
  std::optional<base::Duration> asked_;
  std::string shortage_, met_;
};

}  // namespace vedette::journal
