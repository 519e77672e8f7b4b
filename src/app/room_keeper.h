// Owns: the reserve of room in the data folder: when it is given up and when it is taken again, and
// what there is to say about too little room. Promises: when state.db meets a full disk the reserve
// is given up and the write is tried once more, so that what people and channels do can still be
// recorded; the sources wait and do not use it up; it is taken again by itself. Must not know: who
// writes. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "app/data_layout.h"
#include "journal/room_watch.h"
#include "store/disk/reserve_file.h"

namespace vedette::app {

class RoomKeeper {
 public:
  using Tell = std::function<void(bool is_problem, const std::string& text)>;
  // `reserve_bytes` as it is set; 0: the default. The file has an eighth of it, 64 MB at most: that
  // much more must be free before the sources go on than when they began to wait.
  RoomKeeper(const DataLayout& data, std::uint64_t reserve_bytes, journal::RoomWatch& room,
             Tell tell);

  // A write met a full disk. True: there is a little more room now.
  bool make_room();
  // Looks how it is, about once a second; takes the reserve when there is room for it. What was
  // short since the last look, also when it is over; empty: nothing.
  std::string tick();
  // In a sentence; empty: the reserve is there.
  [[nodiscard]] std::string trouble() const;
  // What was short since it was last told; kept until then, since it may be too short to be told.
  [[nodiscard]] std::string story() const;
  void was_told();

 private:
  void note(const std::string& text);  // with the lock held

  journal::RoomWatch& room_;
  const Tell tell_;
  mutable std::mutex mutex_;
  store::disk::ReserveFile reserve_;
  std::string trouble_, story_;
};

// For the commands beside a `serve`, which takes it again. True: there was one.
[[nodiscard]] bool give_up_reserve(const DataLayout& data);

}  // namespace vedette::app
