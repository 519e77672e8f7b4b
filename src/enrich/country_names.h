// Owns: English names of countries by ISO 3166-1 alpha-2 code, compiled in
// (tools/compile_countries). Must not know: databases. Called from any thread.
#pragma once

#include <string_view>

namespace vedette::enrich {

// Empty for a code that is not assigned.
[[nodiscard]] std::string_view country_name(std::string_view code);

}  // namespace vedette::enrich
