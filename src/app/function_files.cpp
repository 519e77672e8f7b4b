#include "app/function_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/content_folder.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "hunt/hunt_limits.h"

namespace vedette::app {
namespace {

using base::Result;
using hunt::SavedFunction;

bool is_function_file(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 3> endings{".kql", ".csl", ".kusto"};
  return is_yaml(path) || std::ranges::find(endings, path.extension().string()) != endings.end();
}

Result<std::vector<SavedFunction>> read_functions(const std::filesystem::path& path) {
  const std::string text = VEDETTE_TRY(base::read_file(path, hunt::hunt_bytes_max));
  const std::string shown = base::encode_terminal(path.string());
  return is_yaml(path) ? hunt::read_yaml_functions(text, shown)
                       : hunt::read_kql_functions(text, shown, path.stem().string());
}

std::shared_ptr<const FunctionFiles> read_files(const std::vector<std::filesystem::path>& paths,
                                                const kql::Catalogue& catalogue) {
  std::map<std::string, SavedFunction> by_name;
  auto files = std::make_shared<FunctionFiles>();
  for (const auto& path : paths) {
    auto read = read_functions(path);
    if (!read) {
      files->problems.push_back(base::encode_terminal(read.error().message));
      continue;
    }
    for (SavedFunction& function : *read) {
      // It would hide the table from everybody's questions.
      if (catalogue.table(function.name) != nullptr) {
        files->problems.push_back(
            fmt::format("{}: {} is a table's name", function.file, function.name));
        continue;
      }
      const std::string name = function.name;
      const auto [known, is_new] = by_name.try_emplace(name, std::move(function));
      if (!is_new)
        files->problems.push_back(
            both_called(known->second.file, base::encode_terminal(path.string()), name)
                .error()
                .message);
    }
  }
  for (auto& [name, function] : by_name) files->functions.push_back(std::move(function));
  return files;
}

}  // namespace

std::shared_ptr<const FunctionFiles> FunctionFolder::files() const {
  const std::lock_guard lock(mutex_);
  if (folder_.empty()) {
    if (files_ == nullptr) files_ = std::make_shared<FunctionFiles>();
    return files_;
  }
  const auto paths = files_in(folder_, is_function_file, hunt::hunts_max, "functions");
  if (!paths) {
    auto none = std::make_shared<FunctionFiles>();
    none->problems.push_back(base::encode_terminal(paths.error().message));
    stamps_.clear();
    files_ = none;
    return files_;
  }
  std::vector<Stamp> stamps;
  for (const auto& path : *paths) {
    // A file that went meanwhile is told when it is read.
    std::error_code error;
    stamps.push_back({path, std::filesystem::last_write_time(path, error),
                      std::filesystem::file_size(path, error)});
  }
  if (files_ != nullptr && stamps == stamps_) return files_;
  files_ = read_files(*paths, catalogue_);
  stamps_ = std::move(stamps);
  return files_;
}

std::string FunctionFolder::text_for(std::string_view query) const {
  const auto files = this->files();
  return hunt::functions_for(query, files->functions);
}

}  // namespace vedette::app
