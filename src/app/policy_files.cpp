#include "app/policy_files.h"

#include <fmt/format.h>

#include <map>

#include "app/content_folder.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "respond/policy_limits.h"

namespace vedette::app {

using base::Result;

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
  if (!folder.empty())
    files = VEDETTE_TRY(files_in(folder, is_yaml, respond::policies_max, "policies"));
  return load_over(std::move(by_name), files, load_policy,
                   [](const PolicyFile& file) { return file.policy.name; });
}

}  // namespace vedette::app
