// Owns: `vedette config check|show`: is this file right, and what does it come to?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command.h"
#include "app/configuration.h"
#include "app/data_folder.h"
#include "app/environment.h"
#include "base/encode.h"

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

}  // namespace

int run_config(Arguments arguments) {
  CLI::App app(description, "vedette config");
  std::string checked, shown;
  auto* check = app.add_subcommand("check", "say all that is wrong with the file");
  check->add_option("FILE", checked, "the file to check")->type_name("");
  auto* show = app.add_subcommand("show", "print the effective settings, without secrets");
  show->add_option("FILE", shown, "the file to show")->type_name("");
  app.require_subcommand(1);
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  return *check ? check_file(checked) : show_file(shown);
}

}  // namespace vedette::app
