#include "store/disk/reserve_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vedette::store::disk {

bool ReserveFile::is_held() const {
  struct stat state{};
  if (::stat(path_.c_str(), &state) != 0) return false;
  constexpr std::uint64_t block_bytes = 512;  // what st_blocks counts, on every file system
  return static_cast<std::uint64_t>(state.st_size) == bytes_ &&
         static_cast<std::uint64_t>(state.st_blocks) * block_bytes >= bytes_;
}

base::Result<void> ReserveFile::hold() {
  if (is_held()) return {};
  const int descriptor = ::open(path_.c_str(), O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return base::system_failure("cannot create " + path_, errno);
  const int error = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes_));
  ::close(descriptor);
  if (error == 0) return {};
  ::unlink(path_.c_str());
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    return base::failure(base::ErrorCode::limit_exceeded, path_ + ": there is no room for it");
  return base::system_failure("cannot allocate " + path_, error);
}

base::Result<void> ReserveFile::give_up() {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT)
    return base::system_failure("cannot delete " + path_, errno);
  return {};
}

}  // namespace vedette::store::disk
