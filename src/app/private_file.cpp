#include "app/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "collect/file_descriptor.h"

namespace vedette::app {

base::Result<void> write_private_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const collect::FileDescriptor file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open()) return base::system_failure("cannot write " + fresh, errno);
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return base::system_failure("cannot write " + fresh, errno);
  if (::fsync(file.get()) != 0) return base::system_failure("cannot write " + fresh, errno);
  if (::rename(fresh.c_str(), path.c_str()) != 0)
    return base::system_failure("cannot write " + path, errno);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const collect::FileDescriptor entries(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!entries.is_open() || ::fsync(entries.get()) != 0)
    return base::system_failure("cannot write " + path, errno);
  return {};
}

}  // namespace vedette::app
