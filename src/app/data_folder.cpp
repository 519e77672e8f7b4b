#include "app/data_folder.h"

#include <filesystem>
#include <system_error>

#include "app/environment.h"

namespace vedette::app {
namespace {

constexpr const char* system_folder = "/var/lib/vedette";

bool is_absolute(const std::optional<std::string>& path) {
  return path && path->starts_with('/');
}

}  // namespace

base::Result<std::string> data_folder(const std::optional<std::string>& option) {
  if (option) {
    if (!option->empty()) return *option;
    return base::failure(base::ErrorCode::invalid_argument, "--data needs a folder");
  }
  const auto named = environment_variable("VEDETTE_DATA");
  if (named && !named->empty()) return *named;
  std::error_code error;
  if (std::filesystem::is_directory(system_folder, error)) return system_folder;
  const auto user_data = environment_variable("XDG_DATA_HOME");
  if (is_absolute(user_data)) return *user_data + "/vedette";
  const auto home = environment_variable("HOME");
  if (is_absolute(home)) return *home + "/.local/share/vedette";
  return base::failure(base::ErrorCode::not_found,
                       "there is no data folder: HOME is not set; name one with --data DIR");
}

}  // namespace vedette::app
