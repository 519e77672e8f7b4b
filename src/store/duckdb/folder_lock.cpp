#include "store/duckdb/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "fmt/format.h"

namespace vedette::store::duckdb {

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

base::Result<FolderLock> FolderLock::take(const std::string& folder, bool shared) {
  const std::string path = folder + "/lock";
  const int flags = O_CLOEXEC | O_NOFOLLOW;
  int descriptor = ::open(path.c_str(), flags | O_RDWR | O_CREAT, 0600);
  // A reader need not be allowed to write; without the file nobody has written yet.
  if (descriptor < 0 && shared) {
    descriptor = ::open(path.c_str(), flags | O_RDONLY);
    if (descriptor < 0 && errno == ENOENT) return FolderLock();
  }
  if (descriptor < 0) return base::system_failure("cannot open " + path, errno);
  FolderLock lock(descriptor);
  if (::flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return base::system_failure("cannot lock " + path, errno);
  return base::failure(base::ErrorCode::unavailable,
                       fmt::format("the store in {} is in use by another process{}", folder,
                                   shared ? " that writes it (vedette serve, or an import)"
                                          : " (vedette serve, an import or a hunt)"));
}

}  // namespace vedette::store::duckdb
