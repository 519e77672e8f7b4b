#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "enrich/asn_table.h"
#include "enrich/asn_table_format.h"

namespace vedette::enrich {
namespace {

template <typename Number>
void append(std::string& out, Number value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

base::IpAddress after(base::IpAddress address) {
  if (++address.low == 0) ++address.high;
  return address;
}

// Sorts, leaves out reserved numbers, and cuts what an earlier range already has.
std::vector<AsnRange> put_in_order(std::vector<AsnRange> ranges, AsnTableReport& report) {
  report.reserved_numbers +=
      std::erase_if(ranges, [](const AsnRange& range) { return is_reserved_asn(range.number); });
  std::ranges::stable_sort(ranges, {}, &AsnRange::first);
  std::vector<AsnRange> result;
  result.reserve(ranges.size());
  for (AsnRange& range : ranges) {
    if (!result.empty() && range.first <= result.back().last) {
      ++report.overlaps;
      if (range.last <= result.back().last) continue;
      range.first = after(result.back().last);
    }
    result.push_back(std::move(range));
  }
  return result;
}

// Each name once, in the order of first use.
class NamePool {
 public:
  std::uint32_t index_of(const std::string& name) {
    const auto [found, is_new] =
        indices_.try_emplace(name, static_cast<std::uint32_t>(indices_.size()));
    if (is_new) {
      append(offsets, static_cast<std::uint32_t>(names.size()));
      names += name;
    }
    return found->second;
  }
  [[nodiscard]] std::size_t count() const { return indices_.size(); }

  std::string offsets;
  std::string names;

 private:
  std::unordered_map<std::string, std::uint32_t> indices_;
};

}  // namespace

bool is_reserved_asn(std::uint32_t number) {
  return number == 0 || number == 23456 || (number >= 64496 && number <= 65551) ||
         number >= 4'200'000'000U;
}

base::Result<std::string> write_asn_table(std::vector<AsnRange> ranges, AsnTableReport& report) {
  const auto refuse = [](const char* why) {
    return base::failure(base::ErrorCode::malformed,
                         std::string("table of autonomous systems: ") + why);
  };
  for (const AsnRange& range : ranges) {
    if (range.last < range.first) return refuse("a range ends before it begins");
    if (range.first.is_v4() != range.last.is_v4()) return refuse("a range joins IPv4 and IPv6");
  }
  ranges = put_in_order(std::move(ranges), report);
  report.ranges = ranges.size();
  NamePool pool;
  std::string v4, v6;
  for (const AsnRange& range : ranges) {
    std::string& out = range.first.is_v4() ? v4 : v6;
    for (const base::IpAddress& address : {range.first, range.last}) {
      if (address.is_v4()) {
        append(out, address.v4());
      } else {
        append(out, address.high);
        append(out, address.low);
      }
    }
    append(out, range.number);
    append(out, pool.index_of(range.organisation));
  }
  append(pool.offsets, static_cast<std::uint32_t>(pool.names.size()));
  if (pool.names.size() > std::numeric_limits<std::uint32_t>::max() ||
      ranges.size() > std::numeric_limits<std::uint32_t>::max())
    return refuse("too large for its format");
  const std::string body = v6 + v4 + pool.offsets + pool.names;
  std::string file(asn_format::magic);
  append(file, asn_format::version);
  append(file, static_cast<std::uint32_t>(v4.size() / asn_format::v4_record_bytes));
  append(file, static_cast<std::uint32_t>(v6.size() / asn_format::v6_record_bytes));
  append(file, static_cast<std::uint32_t>(pool.count()));
  append(file, static_cast<std::uint32_t>(pool.names.size()));
  append(file, std::uint32_t{0});
  append(file, base::hash_bytes(body, asn_format::version));
  file.resize(asn_format::header_bytes, '\0');
  return file + body;
}

}  // namespace vedette::enrich
