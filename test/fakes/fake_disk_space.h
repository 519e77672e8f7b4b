// A disk as full as a test says. Body of ports::DiskSpace; contract in
// test/contract/disk_space_contract.h.
#pragma once

#include <atomic>
#include <optional>

#include "ports/disk_space.h"

namespace vedette::fakes {

class FakeDiskSpace final : public ports::DiskSpace {
 public:
  explicit FakeDiskSpace(ports::DiskRoom room = {100'000'000'000, 200'000'000'000})
      : free_bytes_(room.free_bytes), total_bytes_(room.total_bytes) {}

  [[nodiscard]] base::Result<ports::DiskRoom> room_at(const std::string& path) override {
    ++asked_;
    if (path.starts_with("/no/such"))
      return base::failure(base::ErrorCode::not_found, path + ": there is no such file");
    return ports::DiskRoom{free_bytes_, total_bytes_};
  }
  void set_free(std::uint64_t bytes) { free_bytes_ = bytes; }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  std::atomic<std::uint64_t> free_bytes_, total_bytes_;
  std::atomic<int> asked_ = 0;
};

}  // namespace vedette::fakes
