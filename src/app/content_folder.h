// Owns: a kind of files (hunts, policies, functions): those that come with the program, and those
// of a folder of the user's, which take the place of shipped ones of the same name. Promises: which
// files are looked at is bounded and in the order of their names; two of the folder with one name
// are an error that names both. Must not know: what is in them. Any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vedette::app {

[[nodiscard]] bool is_yaml(const std::filesystem::path& path);

// Those that are wanted, of the folder and those in it (they are often kept by table), sorted.
// `what` names them in the error when there are more than `most`: "hunts".
[[nodiscard]] base::Result<std::vector<std::filesystem::path>> files_in(
    const std::filesystem::path& folder, bool (*is_wanted)(const std::filesystem::path&),
    std::size_t most, std::string_view what);

// "A and B are both called NAME".
[[nodiscard]] std::unexpected<base::Error> both_called(std::string_view one, std::string_view other,
                                                       std::string_view name);

// `by_name` with each of `files` put over the one of its name. A File has `shown`; `load` reads one
// file as a Result of it, and `name_of` tells what it is called.
template <typename File, typename Load, typename NameOf>
[[nodiscard]] base::Result<std::vector<File>> load_over(
    std::map<std::string, File> by_name, const std::vector<std::filesystem::path>& files,
    const Load& load, const NameOf& name_of) {
  std::map<std::string, std::string> from;  // of the folder's: their files by name
  for (const auto& file : files) {
    File one = VEDETTE_TRY(load(file));
    const std::string name = name_of(one);
    const auto [known, is_new] = from.emplace(name, one.shown);
    if (!is_new) return both_called(known->second, one.shown, name);
    by_name.insert_or_assign(name, std::move(one));
  }
  std::vector<File> all;
  for (auto& [name, one] : by_name) all.push_back(std::move(one));
  return all;
}

}  // namespace vedette::app
