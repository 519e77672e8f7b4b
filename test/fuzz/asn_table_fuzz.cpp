// The table of autonomous systems: any bytes, as they are and with a checksum that fits, so that
// the fuzzer gets past it.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/hash.h"
#include "enrich/asn_table.h"
#include "enrich/asn_table_format.h"

namespace {

using namespace vedette;

void look_up(const std::string& bytes) {
  const auto table = enrich::AsnTable::over(bytes);
  if (!table) return;
  for (const char* address : {"0.0.0.0", "8.8.8.8", "255.255.255.255", "::", "2001:4860::8888",
                              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    const auto found = table->find(*base::parse_ip(address));
    // Reading the whole name makes the sanitizer look at each byte of it.
    if (found && std::ranges::count(found->organisation, '\xFE') > static_cast<long>(bytes.size()))
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  look_up(bytes);
  if (size < enrich::asn_format::header_bytes) return 0;
  const std::uint64_t checksum =
      base::hash_bytes(std::string_view(bytes).substr(enrich::asn_format::header_bytes),
                       enrich::asn_format::version);
  std::memcpy(bytes.data() + 32, &checksum, sizeof checksum);
  look_up(bytes);
  return 0;
}
