#include "journal/room_watch.h"

#include <fmt/format.h>

#include <utility>

namespace vedette::journal {

namespace {

std::uint64_t megabytes(std::uint64_t bytes) {
  return bytes / 1'000'000;
}

}  // namespace

RoomWatch::RoomWatch(ports::DiskSpace& disk, const ports::Clock& clock, std::string folder,
                     RoomReserve reserve)
    : disk_(disk), clock_(clock), folder_(std::move(folder)), guard_(reserve) {}

void RoomWatch::ask() {
  const base::Duration now = clock_.monotonic();
  const auto pause = base::Duration::milliseconds(base::limits::room_asked_every_ms);
  if (asked_ && now < *asked_ + pause) return;
  asked_ = now;
  const auto room = disk_.room_at(folder_);
  if (!room || guard_.may_take(*room)) {
    shortage_.clear();
    return;
  }
  shortage_ = fmt::format(
      "the disk with {} has {} MB free; below {} MB nothing is taken in. It goes on by itself at "
      "{} MB",
      folder_, megabytes(room->free_bytes), megabytes(guard_.least(*room)),
      megabytes(guard_.enough(*room)));
  met_ = shortage_;
}

base::Result<void> RoomWatch::may_take() {
  const std::lock_guard lock(mutex_);
  ask();
  if (shortage_.empty()) return {};
  return base::failure(base::ErrorCode::limit_exceeded, shortage_);
}

std::string RoomWatch::shortage() {
  const std::lock_guard lock(mutex_);
  ask();
  return shortage_;
}

std::string RoomWatch::take_shortage() {
  const std::lock_guard lock(mutex_);
  ask();
  return std::exchange(met_, {});
}

}  // namespace vedette::journal
