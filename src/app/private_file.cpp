#include "app/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "collect/file_descriptor.h"
#include "notify/channel_address.h"

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

base::Result<base::Secret> kept_secret(const std::string& path,
                                       const std::function<std::string()>& make) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if ((status.st_mode & 077) != 0)
      return base::failure(base::ErrorCode::permission_denied,
                           path + " may be read by others: delete it, and a new one is made");
    return notify::resolve_secret("file:" + path, {});
  }
  std::string text = make();
  VEDETTE_TRY_VOID(write_private_file(path, text + "\n"));
  return base::Secret(std::move(text));
}

}  // namespace vedette::app
