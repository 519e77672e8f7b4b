// Owns: how `serve --container` differs: settings come from the environment, under the names of
// older tools' .env files, where no file of settings is there; the web app listens on all of the
// container's addresses, since only what is published reaches it. Promises: secrets stay in the
// environment and are read from there. Must not know: which engine runs the container. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "app/configuration.h"

namespace vedette::app {

inline constexpr std::uint16_t container_port = 5000;

// As load_configuration; the environment's settings when `path` is empty.
[[nodiscard]] std::expected<Configuration, ConfigurationProblems> load_container_configuration(
    const std::filesystem::path& path, const notify::EnvironmentLookup& environment,
    const std::string& tables = {});

}  // namespace vedette::app
