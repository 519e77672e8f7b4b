#include "app/data_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/text.h"

namespace vedette::app {
namespace {

// What the holder wrote: its process id, or nothing.
std::string holder_of(int file) {
  std::array<char, 32> text{};
  const ssize_t bytes = ::pread(file, text.data(), text.size(), 0);
  const auto number =
      base::trim({text.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : std::size_t{0}});
  return base::parse_unsigned(number) ? fmt::format(" (process {})", number) : "";
}

}  // namespace

base::Result<DataLock> DataLock::take(const std::string& folder, const std::string& lock_file) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (error) return base::system_failure("cannot make the data folder " + folder, error.value());
  if (made && ::chmod(folder.c_str(), 0700) != 0)
    return base::system_failure("cannot close the data folder " + folder + " to others", errno);
  collect::FileDescriptor file(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return base::system_failure("cannot open " + lock_file, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return base::system_failure("cannot lock " + lock_file, errno);
    return base::failure(base::ErrorCode::unavailable,
                         fmt::format("{} is in use by another vedette serve{}; stop that one, or "
                                     "name another folder with --data",
                                     folder, holder_of(file.get())));
  }
  const std::string process = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), process.data(), process.size(), 0) !=
                                             static_cast<ssize_t>(process.size()))
    return base::system_failure("cannot write " + lock_file, errno);
  return DataLock(std::move(file));
}

}  // namespace vedette::app
