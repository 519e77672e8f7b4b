#include "app/room_keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/encode.h"
#include "base/limits.h"

namespace vedette::app {
namespace {

namespace limits = base::limits;

std::uint64_t file_bytes(std::uint64_t reserve_bytes) {
  if (reserve_bytes == 0) return limits::reserve_file_bytes;
  return std::clamp<std::uint64_t>(reserve_bytes / 8, 1, limits::reserve_file_bytes);
}

}  // namespace

RoomKeeper::RoomKeeper(const DataLayout& data, std::uint64_t reserve_bytes,
                       journal::RoomWatch& room, Tell tell)
    : room_(room), tell_(std::move(tell)), reserve_(data.reserve(), file_bytes(reserve_bytes)) {}

bool RoomKeeper::make_room() {
  const std::lock_guard lock(mutex_);
  if (!reserve_.is_held()) return false;
  if (const auto given = reserve_.give_up(); !given) {
    note(given.error().message);
    return false;
  }
  note("the disk is full: the reserve was given up so that incidents can still be changed");
  return true;
}

std::string RoomKeeper::tick() {
  const std::string met = room_.take_shortage();
  const std::lock_guard lock(mutex_);
  if (!met.empty()) story_ = met;
  if (reserve_.is_held()) {
    if (!trouble_.empty()) tell_(false, "the reserve of room is there again");
    trouble_.clear();
  } else if (!room_.shortage().empty()) {
    // While it is short the reserve would only make it shorter.
    note("the reserve is given up until there is room again");
  } else if (const auto held = reserve_.hold(); !held) {
    note(held.error().message);
  }
  return met;
}

void RoomKeeper::note(const std::string& text) {
  if (trouble_.empty()) tell_(true, text);
  trouble_ = text;
  story_ = text;
}

std::string RoomKeeper::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

std::string RoomKeeper::story() const {
  const std::lock_guard lock(mutex_);
  return story_;
}

void RoomKeeper::was_told() {
  const std::lock_guard lock(mutex_);
  story_.clear();
}

bool give_up_reserve(const DataLayout& data) {
  std::error_code error;
  return std::filesystem::remove(data.reserve(), error);
}

}  // namespace vedette::app
