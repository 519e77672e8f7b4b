#include "app/preferences.h"

#include <fmt/format.h>

#include <fstream>
#include <utility>

#include "app/private_file.h"
#include "base/json.h"

namespace vedette::app {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t person_bytes_max = 64UL * 1024;
constexpr std::size_t people_max = 500;
constexpr std::size_t file_bytes_max = (people_max + 1) * (person_bytes_max + 1'000);

}  // namespace

// A line each: the name as a JSON string, a tab, the object.
Result<void> Preferences::load() {
  std::ifstream in(path_, std::ios::binary | std::ios::ate);
  if (!in) return {};
  if (std::cmp_greater(static_cast<std::streamoff>(in.tellg()), file_bytes_max))
    return base::failure(ErrorCode::limit_exceeded, path_ + " is too large to be ours");
  in.seekg(0);
  const std::lock_guard lock(mutex_);
  for (std::string line; std::getline(in, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const auto name = base::parse_json(std::string_view(line).substr(0, tab));
    const auto object = base::parse_json(std::string_view(line).substr(tab + 1));
    // What cannot be read is a page's habit: it is left out.
    if (name && name->as_string() != nullptr && object && object->as_object() != nullptr)
      kept_[*name->as_string()] = line.substr(tab + 1);
  }
  return {};
}

server::PreferenceDesk::Answer Preferences::of(const std::string& person) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(person);
  return found == kept_.end() ? "{}" : found->second;
}

server::PreferenceDesk::Answer Preferences::keep(const std::string& person,
                                                 const std::string& text) {
  if (text.size() > person_bytes_max)
    return base::failure(ErrorCode::invalid_argument,
                         fmt::format("at most {} bytes are kept of a person", person_bytes_max));
  if (text.find_first_of("\n\r") != std::string::npos)
    return base::failure(ErrorCode::invalid_argument, "the object must be one line");
  const std::lock_guard lock(mutex_);
  if (!kept_.contains(person) && kept_.size() >= people_max)
    return base::failure(ErrorCode::rate_limited, "too many people keep something");
  auto next = kept_;
  next[person] = text;
  std::string file;
  for (const auto& [name, object] : next) {
    base::JsonWriter writer;
    file += writer.string(name).text() + "\t" + object + "\n";
  }
  VEDETTE_TRY_VOID(write_private_file(path_, file));
  kept_ = std::move(next);
  return text;
}

}  // namespace vedette::app
