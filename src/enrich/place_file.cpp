#include "enrich/place_file.h"

#include <arpa/inet.h>
#include <maxminddb.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "base/encode.h"
#include "base/limits.h"
#include "enrich/country_names.h"

namespace vedette::enrich {
namespace {

// A way into a record: keys and list positions, ended by null (what libmaxminddb wants).
using Path = std::array<const char*, 5>;

std::optional<MMDB_entry_data_s> value_at(MMDB_entry_s& entry, Path path) {
  MMDB_entry_data_s data{};
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data)
    return std::nullopt;
  return data;
}

// The text at the first of these ways that has some.
std::string text_at(MMDB_entry_s& entry, std::initializer_list<Path> paths) {
  for (const Path& path : paths) {
    const auto data = value_at(entry, path);
    if (data && data->type == MMDB_DATA_TYPE_UTF8_STRING && data->data_size > 0)
      return base::clean_utf8({data->utf8_string, data->data_size}, base::limits::place_bytes_max);
  }
  return {};
}

// A number that a file keeps as float, double or text. A float is shown with the digits it has.
std::optional<double> number_at(MMDB_entry_s& entry, std::initializer_list<Path> paths) {
  for (const Path& path : paths) {
    const auto data = value_at(entry, path);
    if (!data) continue;
    if (data->type == MMDB_DATA_TYPE_DOUBLE) return data->double_value;
    if (data->type == MMDB_DATA_TYPE_FLOAT) return std::round(data->float_value * 1e6) / 1e6;
    if (data->type != MMDB_DATA_TYPE_UTF8_STRING) continue;
    double value = 0;
    const char* end = data->utf8_string + data->data_size;
    const auto read = std::from_chars(data->utf8_string, end, value);
    if (read.ec == std::errc() && read.ptr == end) return value;
  }
  return std::nullopt;
}

void add_country(model::Location& location, MMDB_entry_s& entry) {
  if (!location.country_code.empty()) return;
  const std::string code = text_at(
      entry, {{"country_code"}, {"country", "iso_code"}, {"registered_country", "iso_code"}});
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() != 2 || !is_letter(code[0]) || !is_letter(code[1])) return;
  location.country_code = code;
  location.country = country_name(code);
  if (location.country.empty()) location.country = text_at(entry, {{"country", "names", "en"}});
}

void add_city(model::Location& location, MMDB_entry_s& entry) {
  if (location.region.empty())
    location.region = text_at(entry, {{"state1"}, {"subdivisions", "0", "names", "en"}});
  if (location.city.empty()) location.city = text_at(entry, {{"city", "names", "en"}, {"city"}});
  if (location.has_coordinates) return;
  const auto latitude = number_at(entry, {{"latitude"}, {"location", "latitude"}});
  const auto longitude = number_at(entry, {{"longitude"}, {"location", "longitude"}});
  if (!latitude || !longitude || !(std::abs(*latitude) <= 90) || !(std::abs(*longitude) <= 180))
    return;
  location.has_coordinates = true;
  location.latitude = *latitude;
  location.longitude = *longitude;
}

void add_network(model::Location& location, MMDB_entry_s& entry) {
  if (location.autonomous_system != 0) return;
  for (const Path& path :
       {Path{"autonomous_system_number"}, Path{"traits", "autonomous_system_number"}}) {
    const auto number = value_at(entry, path);
    if (!number || number->type != MMDB_DATA_TYPE_UINT32 || number->uint32 == 0) continue;
    location.autonomous_system = number->uint32;
    location.organisation = text_at(
        entry, {{"autonomous_system_organization"}, {"traits", "autonomous_system_organization"}});
    return;
  }
}

}  // namespace

struct PlaceFile::Mapped {
  MMDB_s database{};
  std::atomic<std::uint32_t> lookups = 0;

  // The pages of a file that look-ups touched count as this program's memory until they are let go;
  // the kernel keeps them in its cache, so reading on is cheap (measured: 100,000 random addresses
  // touch 75 MB; with this, 35). Safe beside look-ups in other threads, which only fault the pages
  // in again.
  void let_go_of_pages() {
    if (++lookups % base::limits::place_lookups_between_trims != 0) return;
    // madvise takes a pointer to non-const; the mapping is read-only.
    ::madvise(const_cast<std::uint8_t*>(database.file_content),
              static_cast<std::size_t>(database.file_size), MADV_DONTNEED);
  }
};

void PlaceFile::Unmap::operator()(Mapped* mapped) const {
  MMDB_close(&mapped->database);
  std::default_delete<Mapped>()(mapped);
}

base::Result<PlaceFile> PlaceFile::open(const std::filesystem::path& file) {
  auto mapped = std::make_unique<Mapped>();
  const int status = MMDB_open(file.c_str(), MMDB_MODE_MMAP, &mapped->database);
  if (status == MMDB_FILE_OPEN_ERROR)
    return base::system_failure("cannot open " + file.string(), errno);
  if (status != MMDB_SUCCESS)
    return base::failure(base::ErrorCode::malformed,
                         file.string() + ": no usable place database: " + MMDB_strerror(status));
  PlaceFile result;
  result.mapped_.reset(mapped.release());
  return result;
}

void PlaceFile::add_to(model::Location& location, const base::IpAddress& address) const {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  const sockaddr* question = nullptr;
  if (address.is_v4()) {
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address.v4());
    question = reinterpret_cast<const sockaddr*>(&v4);
  } else {
    v6.sin6_family = AF_INET6;
    for (unsigned i = 0; i < 16; ++i) {
      const std::uint64_t half = i < 8 ? address.high : address.low;
      v6.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(half >> (56 - 8 * (i % 8)));
    }
    question = reinterpret_cast<const sockaddr*>(&v6);
  }
  mapped_->let_go_of_pages();
  int error = MMDB_SUCCESS;
  MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&mapped_->database, question, &error);
  // An IPv6 address asked of an IPv4 file, or a damaged tree: not known here.
  if (error != MMDB_SUCCESS || !found.found_entry) return;
  add_country(location, found.entry);
  add_city(location, found.entry);
  add_network(location, found.entry);
}

std::string PlaceFile::type() const {
  const char* type = mapped_->database.metadata.database_type;
  return type ? base::clean_utf8(type, base::limits::place_bytes_max) : std::string();
}

base::Timestamp PlaceFile::built() const {
  constexpr std::uint64_t year_10000 = 253'402'300'800;
  const std::uint64_t seconds = mapped_->database.metadata.build_epoch;
  return base::Timestamp::from_unix_seconds(
      seconds < year_10000 ? static_cast<std::int64_t>(seconds) : 0);
}

}  // namespace vedette::enrich
