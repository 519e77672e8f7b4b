#include "app/container_setting.h"

#include "app/settings_import.h"

namespace vedette::app {

std::expected<Configuration, ConfigurationProblems> load_container_configuration(
    const std::filesystem::path& path, const notify::EnvironmentLookup& environment,
    const std::string& tables) {
  auto configuration =
      path.empty() ? read_configuration(import_settings(environment_settings(environment), "").toml,
                                        "the environment", environment, tables)
                   : load_configuration(path, environment, tables);
  if (!configuration) return configuration;
  configuration->in_container = true;
  configuration->http_address = *base::parse_ip("0.0.0.0");
  configuration->http_port = container_port;
  return configuration;
}

}  // namespace vedette::app
