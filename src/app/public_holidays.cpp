#include "app/public_holidays.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "enrich/geo_database.h"

namespace vedette::app {

base::Result<std::shared_ptr<const detect::identity::PublicHolidays>> load_public_holidays() {
  using detect::identity::PublicHolidays;
  for (const auto& folder : enrich::usual_data_folders()) {
    std::ifstream in(folder / "holidays.txt", std::ios::binary);
    if (!in) continue;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return std::make_shared<const PublicHolidays>(VEDETTE_TRY(PublicHolidays::read(text)));
  }
  return nullptr;
}

}  // namespace vedette::app
