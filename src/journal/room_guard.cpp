#include "journal/room_guard.h"

#include <algorithm>

namespace vedette::journal {

std::uint64_t RoomGuard::least(ports::DiskRoom room) const {
  return std::max(reserve_.bytes, room.total_bytes / 100 * reserve_.percent);
}

std::uint64_t RoomGuard::enough(ports::DiskRoom room) const {
  const std::uint64_t edge = least(room);
  return edge + edge / 8;
}

bool RoomGuard::may_take(ports::DiskRoom room) {
  waiting_ = room.free_bytes < (waiting_ ? enough(room) : least(room));
  return !waiting_;
}

}  // namespace vedette::journal
