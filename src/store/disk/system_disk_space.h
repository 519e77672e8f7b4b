// Owns: asking the kernel how full a file system is. Body of ports::DiskSpace. Any thread.
#pragma once

#include "ports/disk_space.h"

namespace vedette::store::disk {

class SystemDiskSpace final : public ports::DiskSpace {
 public:
  [[nodiscard]] base::Result<ports::DiskRoom> room_at(const std::string& path) override;
};

}  // namespace vedette::store::disk
