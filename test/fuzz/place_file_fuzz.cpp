// MMDB files: whatever the bytes, opening fails or looking up gives some place within its bounds.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "base/limits.h"
#include "base/time.h"
#include "enrich/place_file.h"

namespace {

using namespace vedette;

void require(bool holds) {
  if (!holds) std::abort();
}

void look_up(const enrich::PlaceFile& places, const char* address) {
  model::Location location;
  places.add_to(location, *base::parse_ip(address));
  require(location.city.size() <= base::limits::place_bytes_max);
  require(location.region.size() <= base::limits::place_bytes_max);
  require(location.organisation.size() <= base::limits::place_bytes_max);
  require(location.country_code.empty() || location.country_code.size() == 2);
  require(!location.has_coordinates ||
          (std::abs(location.latitude) <= 90 && std::abs(location.longitude) <= 180));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A file in memory: the library opens by name.
  const int memory = ::memfd_create("place_file_fuzz", MFD_CLOEXEC);
  require(memory >= 0);
  require(size == 0 || ::write(memory, data, size) == static_cast<ssize_t>(size));
  const auto places = enrich::PlaceFile::open("/proc/self/fd/" + std::to_string(memory));
  if (places) {
    for (const char* address : {"8.8.8.8", "7.0.0.1", "255.255.255.255", "2a00:1450::1", "::"})
      look_up(*places, address);
    require(places->type().size() <= base::limits::place_bytes_max);
    require(base::format_iso(places->built()).size() >= 20);
  }
  ::close(memory);
  return 0;
}
