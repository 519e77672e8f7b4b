#include "app/content_folder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"

namespace vedette::app {

using base::ErrorCode;
using base::Result;

bool is_yaml(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder,
                                                    bool (*is_wanted)(const std::filesystem::path&),
                                                    std::size_t most, std::string_view what) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::recursive_directory_iterator();
       entries.increment(error)) {
    if (is_wanted(entries->path())) files.push_back(entries->path());
    if (files.size() > most)
      return base::failure(ErrorCode::limit_exceeded,
                           fmt::format("there are more than {} {}", most, what));
  }
  if (error)
    return base::system_failure("cannot look into " + base::encode_terminal(folder.string()),
                                error.value());
  std::ranges::sort(files);
  return files;
}

std::unexpected<base::Error> both_called(std::string_view one, std::string_view other,
                                         std::string_view name) {
  return base::failure(ErrorCode::invalid_argument,
                       fmt::format("{} and {} are both called {}", one, other, name));
}

}  // namespace vedette::app
