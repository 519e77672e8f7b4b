#include "simulate/addresses.h"

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace vedette::simulate {
namespace {

// A keyed permutation of `2 * half_bits`-bit numbers: a Feistel network of four rounds.
std::uint64_t permute(std::uint64_t value, unsigned half_bits, std::uint64_t key) {
  const std::uint64_t mask = (1ULL << half_bits) - 1;
  std::uint64_t left = value >> half_bits;
  std::uint64_t right = value & mask;
  for (std::uint64_t round = 0; round < 4; ++round) {
    const std::uint64_t next = left ^ (base::hash_words(right + (round << 32), key) & mask);
    left = right;
    right = next;
  }
  return (left << half_bits) | right;
}

// First octets that are hardly seen on the internet: given out, but not announced (mostly the
// United States' Department of Defense), or no unicast addresses at all.
bool is_silent(std::uint32_t first_octet) {
  static constexpr std::array<std::uint32_t, 16> silent = {0,  6,  7,  10, 11, 21,  22,  26,
                                                           28, 29, 30, 33, 55, 127, 214, 215};
  return first_octet >= 224 || std::ranges::find(silent, first_octet) != silent.end();
}

// /32s of large hosters in several countries; the next 32 bits choose a customer's /64.
constexpr std::array<std::uint64_t, 8> v6_blocks = {0x2a0104f8, 0x2604a880, 0x200141d0, 0x24008901,
                                                    0x2a02c207, 0x2408861c, 0x28040014, 0x2c0ff248};

}  // namespace

AddressSource::AddressSource(std::uint64_t seed) : key_(base::hash_words(seed, 0x61646472)) {}

base::IpAddress AddressSource::next_prefix(bool v6) {
  while (true) {
    base::IpAddress prefix;
    if (v6) {
      const std::uint64_t block = v6_blocks[v6_index_ % v6_blocks.size()];
      const std::uint64_t customer = permute(v6_index_++ / v6_blocks.size() & 0xFFFFFFFF, 16, key_);
      prefix = {(block << 32) | customer, 0};
    } else {
      const std::uint64_t number = permute(v4_index_++ & 0xFFFFFF, 12, key_);
      if (is_silent(static_cast<std::uint32_t>(number >> 16))) continue;
      prefix = base::IpAddress::from_v4(static_cast<std::uint32_t>(number << 8));
    }
    if (!prefix.is_special() && std::ranges::find(kept_out_, prefix) == kept_out_.end())
      return prefix;
  }
}

base::IpAddress AddressSource::next(SeededRandom& random) {
  const bool v6 = random.chance(30);
  base::IpAddress address = next_prefix(v6);
  address.low |= v6 ? (random.chance(500) ? random.below(0xFFFE) + 1 : random.next() | 1)
                    : random.below(254) + 1;
  return address;
}

std::vector<base::IpAddress> AddressSource::next_network(SeededRandom& random, std::size_t count) {
  const bool v6 = random.chance(200);
  const base::IpAddress prefix = next_prefix(v6);
  const std::uint64_t hosts = v6 ? 0xFFFE : 254;
  const std::uint64_t stride = v6 ? 257 : 1;
  const std::uint64_t first = random.below(hosts);
  std::vector<base::IpAddress> addresses;
  addresses.reserve(count);
  for (std::size_t i = 0; i < count && i < 254; ++i) {
    addresses.push_back(prefix);
    addresses.back().low |= (first + i * stride) % hosts + 1;
  }
  return addresses;
}

}  // namespace vedette::simulate
