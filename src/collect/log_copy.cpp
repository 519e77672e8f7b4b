#include "collect/log_copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <climits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "collect/source_text.h"

namespace vedette::collect {
namespace {

// Where the open file lies now, whatever links led to it.
std::string real_path_of(int descriptor) {
  std::array<char, PATH_MAX> path{};
  const std::string link = fmt::format("/proc/self/fd/{}", descriptor);
  const ssize_t bytes = ::readlink(link.c_str(), path.data(), path.size());
  return bytes <= 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(bytes));
}

// logrotate's "extension" option puts the date before ".log", so the family is what stands before
// it.
std::string_view stem_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == 0 ? name : name.substr(0, dot);
}

}  // namespace

bool are_family(std::string_view path, std::string_view other_path) {
  const std::size_t slash = path.rfind('/') + 1;  // 0 when there is none
  const std::size_t other_slash = other_path.rfind('/') + 1;
  if (path.substr(0, slash) != other_path.substr(0, other_slash)) return false;
  const std::string_view name = path.substr(slash);
  const std::string_view other = other_path.substr(other_slash);
  return name.starts_with(stem_of(other)) || other.starts_with(stem_of(name));
}

std::optional<LogCopy> find_copy(const TailedFile& original) {
  const std::string path = real_path_of(original.descriptor());
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string folder = path.substr(0, slash + 1);
  const std::string name = path.substr(slash + 1);

  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
  std::optional<LogCopy> newest;
  base::Timestamp newest_modified;
  for (std::size_t seen = 0; entries && seen < base::limits::folder_entries_max; ++seen) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string other = entry->d_name;
    if (other == name || !are_family(name, other)) continue;
    FileDescriptor opened(::open((folder + other).c_str(),
                                 O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
    struct stat status{};
    if (!opened.is_open() || ::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode))
      continue;
    const FileIdentity identity{status.st_dev, status.st_ino};
    const base::Timestamp modified = timestamp_of(status.st_mtim);
    if (identity == original.identity() || modified < newest_modified) continue;
    if (!original.is_copied_in(opened.get())) continue;
    newest = LogCopy{std::move(opened), identity};
    newest_modified = modified;
  }
  return newest;
}

}  // namespace vedette::collect
