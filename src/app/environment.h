// Owns: the reading of environment variables: the one place that does.
// Must not know: what they mean. Called from any thread before others change the environment.
#pragma once

#include <optional>
#include <string>

namespace vedette::app {

[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

}  // namespace vedette::app
