// Owns: the question "how much room has the disk that holds this?". Real body:
// store/disk/system_disk_space.h. Fake: test/fakes/fake_disk_space.h. Contract:
// test/contract/disk_space_contract.h. Promises: cheap enough to be asked for each batch; what only
// root may use does not count as free. Called from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vedette::ports {

struct DiskRoom {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

class DiskSpace {
 public:
  virtual ~DiskSpace() = default;
  // Of the file system that holds `path`, a file or folder; not_found when that is not there.
  [[nodiscard]] virtual base::Result<DiskRoom> room_at(const std::string& path) = 0;
};

}  // namespace vedette::ports
