#include "app/hunt_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encode.h"
#include "base/file_text.h"
#include "base/text.h"
#include "hunt/hunt_limits.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

bool is_yaml(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// Of the folder and those in it; hunts are often kept by table.
Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != std::filesystem::recursive_directory_iterator();
       entries.increment(error)) {
    if (is_yaml(entries->path())) files.push_back(entries->path());
    if (files.size() > hunt::hunts_max)
      return base::failure(ErrorCode::limit_exceeded,
                           fmt::format("there are more than {} hunts", hunt::hunts_max));
  }
  if (error)
    return base::system_failure("cannot look into " + base::encode_terminal(folder.string()),
                                error.value());
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<HuntFile> load_hunt(const std::filesystem::path& file) {
  HuntFile read;
  read.shown = base::encode_terminal(file.string());
  const std::string text = VEDETTE_TRY(base::read_file(file, hunt::hunt_bytes_max));
  read.hunt = VEDETTE_TRY(hunt::read_hunt(text, read.shown));
  return read;
}

Result<std::vector<HuntFile>> load_hunts(const std::filesystem::path& folder) {
  std::map<std::string, HuntFile> by_name;
  for (const auto& [file, text] : hunt::shipped_hunts()) {
    HuntFile one{fmt::format("{} (shipped)", file),
                 VEDETTE_TRY(hunt::read_hunt(text, std::string(file)))};
    by_name.insert_or_assign(one.hunt.name, std::move(one));
  }
  std::map<std::string, std::string> from;  // of the folder's: their files by name
  std::vector<std::filesystem::path> files;
  if (!folder.empty()) files = VEDETTE_TRY(files_in(folder));
  for (const auto& file : files) {
    HuntFile one = VEDETTE_TRY(load_hunt(file));
    const auto [known, is_new] = from.emplace(one.hunt.name, one.shown);
    if (!is_new)
      return base::failure(
          ErrorCode::invalid_argument,
          fmt::format("{} and {} are both called {}", known->second, one.shown, one.hunt.name));
    by_name.insert_or_assign(one.hunt.name, std::move(one));
  }
  std::vector<HuntFile> all;
  for (auto& [name, one] : by_name) all.push_back(std::move(one));
  return all;
}

Result<HuntFile> find_hunt(const std::string& word, const std::filesystem::path& folder) {
  if (word.find('/') != std::string::npos || is_yaml(word)) return load_hunt(word);
  auto all = VEDETTE_TRY(load_hunts(folder));
  std::vector<std::string_view> names;
  for (auto& file : all) {
    if (file.hunt.name == word) return std::move(file);
    names.push_back(file.hunt.name);
  }
  const std::string_view near = base::nearest(word, names);
  return base::failure(ErrorCode::not_found,
                       fmt::format("there is no hunt {}; {}", base::encode_terminal(word, 100),
                                   near.empty() ? std::string("`vedette hunt list` shows them")
                                                : fmt::format("did you mean {}?", near)));
}

}  // namespace vedette::app
