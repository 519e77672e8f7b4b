#include "app/warning_list_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/file_text.h"
#include "intel/intel_limits.h"

namespace vedette::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t folder_entries_max = 10'000;

// In the order of their names, so that the same folder gives the same lists.
std::vector<std::string> files_of(const std::string& path, std::vector<std::string>& problems) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<std::string> files;
  fs::recursive_directory_iterator at(path, error), end;
  for (std::size_t count = 0; !error && at != end && count < folder_entries_max; ++count) {
    if (at->is_regular_file(error) && at->path().extension() == ".json")
      files.push_back(at->path().string());
    at.increment(error);
  }
  if (error) problems.push_back(fmt::format("{}: {}", path, error.message()));
  std::ranges::sort(files);
  return files;
}

}  // namespace

intel::WarningLists load_warning_lists(const std::vector<std::string>& paths,
                                       std::vector<std::string>& problems) {
  intel::WarningLists lists;
  for (const std::string& path : paths)
    for (const std::string& file : files_of(path, problems)) {
      const auto text = base::read_file(file, intel::limits::warning_file_bytes_max);
      const auto added = text ? lists.add(fs::path(file).filename().string(), *text)
                              : base::Result<void>(std::unexpected(text.error()));
      if (!added) problems.push_back(fmt::format("{}: {}", file, added.error().message));
    }
  return lists;
}

}  // namespace vedette::app
