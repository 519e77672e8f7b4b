#include "store/disk/system_disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>

namespace vedette::store::disk {

base::Result<ports::DiskRoom> SystemDiskSpace::room_at(const std::string& path) {
  struct statvfs state{};
  if (::statvfs(path.c_str(), &state) != 0)
    return base::system_failure("cannot ask for the room at " + path, errno);
  const std::uint64_t block_bytes = state.f_frsize;
  return ports::DiskRoom{state.f_bavail * block_bytes, state.f_blocks * block_bytes};
}

}  // namespace vedette::store::disk
