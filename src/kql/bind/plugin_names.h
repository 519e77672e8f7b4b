// Owns: the list of plugins that `evaluate` knows. Must not know: what they do. Any thread.
#pragma once

#include <string_view>
#include <vector>

namespace vedette::kql::bind {

// Sorted.
[[nodiscard]] std::vector<std::string_view> plugin_names();
// Those that are KQL themselves (written_plugins.cpp).
void add_written_plugins(std::vector<std::string_view>& names);

}  // namespace vedette::kql::bind
