#include "app/policy_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/encode.h"
#include "base/file_text.h"
#include "respond/policy_limits.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

bool is_policy_file(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

}  // namespace

Result<PolicyFile> load_policy(const std::filesystem::path& file) {
  PolicyFile read;
  read.shown = base::encode_terminal(file.string());
  read.text = VEDETTE_TRY(base::read_file(file, respond::policy_bytes_max));
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
