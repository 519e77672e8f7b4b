// Owns: `vedette config check|show|import`: is this file right, what does it come to, and what
// would an older tool's file be.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <vector>

#include "app/command.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "app/private_file.h"
#include "app/settings_import.h"
#include "base/encode.h"
#include "base/file_text.h"

namespace vedette::app {
namespace {

constexpr const char* description =
    "The settings of `vedette serve` (docs/guides/serve.md).\n"
    "Without FILE: /etc/vedette/vedette.toml, or the defaults where it does not exist.";

int check_file(const std::string& named) {
  const std::filesystem::path path =
      named.empty() ? find_configuration_file() : std::filesystem::path(named);
  const auto loaded = load_configuration(path, environment_variable);
  if (!loaded) {
    for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", problem);
    return exit_failed;
  }
  for (const auto& channel : loaded->channels)
    if (!channel.address.notice.empty())
      fmt::print(stderr, "{}\n", base::encode_terminal(channel.address.notice));
  fmt::print("{}: in order\n",
             path.empty() ? "no file, all defaults" : base::encode_terminal(path.string()));
  return exit_done;
}

int show_file(const std::string& named) {
  const std::filesystem::path path =
      named.empty() ? find_configuration_file() : std::filesystem::path(named);
  auto loaded = load_configuration(path, environment_variable);
  if (!loaded) {
    for (const auto& problem : loaded.error()) fmt::print(stderr, "{}\n", problem);
    return exit_failed;
  }
  if (loaded->data_folder.empty()) loaded->data_folder = data_folder(std::nullopt).value_or("");
  fmt::print("{}", show_configuration(*loaded));
  return exit_done;
}

constexpr std::size_t old_file_bytes_max = 1024 * 1024;

// What the files of older tools come to, on standard output; secrets into files of their own.
int import_files(const std::vector<std::string>& paths, const std::string& folder) {
  std::vector<OldSetting> old;
  for (const auto& path : paths) {
    const auto text = base::read_file(path, old_file_bytes_max);
    if (!text) {
      print_error(text.error().message);
      return exit_failed;
    }
    for (auto& setting : read_old_settings(*text)) old.push_back(std::move(setting));
  }
  const ImportedSettings imported = import_settings(old, folder);
  if (imported.toml.empty()) {
    print_error(
        "nothing in there is a setting that is known; docs/guides/microsoft365.md lists "
        "the names");
    return exit_failed;
  }
  for (const auto& [name, secret] : imported.secrets) {
    const auto written = write_private_file(fmt::format("{}/{}", folder, name), secret.reveal());
    if (written) continue;
    print_error(written.error().message);
    return exit_failed;
  }
  fmt::print("{}", imported.toml);
  for (const auto& name : imported.left_out)
    fmt::print("# not taken over: {}\n", base::encode_terminal(name, 100));
  return exit_done;
}

}  // namespace

int run_config(Arguments arguments) {
  CLI::App app(description, "vedette config");
  std::string checked, shown;
  auto* check = app.add_subcommand("check", "say all that is wrong with the file");
  check->add_option("FILE", checked, "the file to check")->type_name("");
  auto* show = app.add_subcommand("show", "print the effective settings, without secrets");
  show->add_option("FILE", shown, "the file to show")->type_name("");
  std::vector<std::string> old_files;
  std::string secrets;
  auto* import = app.add_subcommand("import", "make settings of an older tool's .env or config.py");
  import->add_option("FILE", old_files, ".env or config.py")->type_name("")->required();
  import
      ->add_option("--secrets", secrets,
                   "put secrets into files there, for their owner alone; without it they stay in "
                   "the environment")
      ->type_name("DIR");
  app.require_subcommand(1);
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  if (*import) return import_files(old_files, secrets);
  return *check ? check_file(checked) : show_file(shown);
}

}  // namespace vedette::app
