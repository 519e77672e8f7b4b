#include "app/hunt_files.h"

#include <fmt/format.h>

#include <map>

#include "app/content_folder.h"
#include "base/encode.h"
#include "base/file_text.h"
#include "base/text.h"
#include "hunt/hunt_limits.h"

namespace vedette::app {

using base::ErrorCode;
using base::Result;

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
  std::vector<std::filesystem::path> files;
  if (!folder.empty()) files = VEDETTE_TRY(files_in(folder, is_yaml, hunt::hunts_max, "hunts"));
  return load_over(std::move(by_name), files, load_hunt,
                   [](const HuntFile& file) { return file.hunt.name; });
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
