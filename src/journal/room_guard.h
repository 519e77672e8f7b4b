// Owns: when there is too little room on the disk to take more. Promises: pure; below the reserve
// it says wait, and goes on saying so until there is a bit more than the reserve, so that it does
// not waver at the edge; nobody has to set it free. Must not know: disks, time. One thread at a
// time.
#pragma once

#include <cstdint>

#include "base/limits.h"
#include "ports/disk_space.h"

namespace vedette::journal {

// Kept free: the larger of the two.
struct RoomReserve {
  std::uint64_t bytes = base::limits::reserve_bytes;
  unsigned percent = base::limits::reserve_percent;
};

class RoomGuard {
 public:
  explicit RoomGuard(RoomReserve reserve = {}) : reserve_(reserve) {}

  // True: take. False: wait.
  [[nodiscard]] bool may_take(ports::DiskRoom room);
  // Below that much free it waits; at `enough` it takes again.
  [[nodiscard]] std::uint64_t least(ports::DiskRoom room) const;
  [[nodiscard]] std::uint64_t enough(ports::DiskRoom room) const;

 private:
  const RoomReserve reserve_;
  bool waiting_ = false;
};

}  // namespace vedette::journal
