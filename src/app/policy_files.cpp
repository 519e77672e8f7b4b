#include "app/policy_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/encode.h"
#include "respond/policy_limits.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

Result<std::string> read_text(const std::filesystem::path& path) {
  const std::string shown = base::encode_terminal(path.string());
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::failure(ErrorCode::not_found, "cannot read " + shown);
  std::string text(respond::policy_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return base::failure(ErrorCode::unavailable, "cannot read " + shown);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

bool is_policy_file(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

}  // namespace

Result<PolicyFile> load_policy(const std::filesystem::path& file) {
  PolicyFile read;
  read.shown = base::encode_terminal(file.string());
  read.text = VEDETTE_TRY(read_text(file));
  read.policy = VEDETTE_TRY(respond::read_policy(read.text, read.shown));
  return read;
}

Result<std::vector<PolicyFile>> load_policies(const std::filesystem::path& folder) {
  std::map<std::string, PolicyFile> by_name;
  for (const auto& [file, text] : respond::shipped_policies()) {
    PolicyFile one{fmt::format("{} (shipped)", file), std::string(text), {}};
    one.policy = VEDETTE_TRY(respond::read_policy(text, std::string(file)));
    by_name.insert_or_assign(one.policy.name, std::move(one));
  }
  std::vector<std::filesystem::path> files;
  if (!folder.empty()) {
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
      if (is_policy_file(entries->path())) files.push_back(entries->path());
    if (error)
      return base::system_failure("cannot look into " + base::encode_terminal(folder.string()),
                                  error.value());
  }
  if (files.size() > respond::policies_max)
    return base::failure(ErrorCode::limit_exceeded,
                         fmt::format("there are more than {} policies", respond::policies_max));
  std::ranges::sort(files);
  std::map<std::string, std::string> from;  // of the folder's: their files by name
  for (const auto& file : files) {
    PolicyFile one = VEDETTE_TRY(load_policy(file));
    const auto [known, is_new] = from.emplace(one.policy.name, one.shown);
    if (!is_new)
      return base::failure(
          ErrorCode::invalid_argument,
          fmt::format("{} and {} are both called {}", known->second, one.shown, one.policy.name));
    by_name.insert_or_assign(one.policy.name, std::move(one));
  }
  std::vector<PolicyFile> all;
  for (auto& [name, one] : by_name) all.push_back(std::move(one));
  return all;
}

}  // namespace vedette::app
