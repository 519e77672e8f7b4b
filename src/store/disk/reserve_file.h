// Owns: a file that does nothing but take room, so that there is some when another program has
// filled the disk: given up, it lets incidents, messages and settings go on being written.
// Promises: while held its blocks are really allocated; `hold` and `give_up` may be repeated. Must
// not know: when to do either (journal/room_watch.h). One thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::store::disk {

class ReserveFile {
 public:
  ReserveFile(std::string path, std::uint64_t bytes) : path_(std::move(path)), bytes_(bytes) {}

  // limit_exceeded: there is no room for it (now); nothing is left behind.
  [[nodiscard]] base::Result<void> hold();
  [[nodiscard]] base::Result<void> give_up();
  [[nodiscard]] bool is_held() const;

 private:
  const std::string path_;
  const std::uint64_t bytes_;
};

}  // namespace vedette::store::disk
