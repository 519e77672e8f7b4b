#include "enrich/country_names.h"

#include <algorithm>
#include <utility>

namespace vedette::enrich {
namespace {

constexpr std::pair<std::string_view, std::string_view> countries[] = {
#include "country_table.inc"
};
static_assert(std::ranges::is_sorted(countries));

}  // namespace

std::string_view country_name(std::string_view code) {
  if (code == "XK") return "Kosovo";  // user-assigned in ISO 3166-1, and used by every geo database
  const auto* found =
      std::ranges::lower_bound(countries, code, {}, [](const auto& row) { return row.first; });
  return found != std::end(countries) && found->first == code ? found->second : std::string_view();
}

}  // namespace vedette::enrich
