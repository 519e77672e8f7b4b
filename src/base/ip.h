// Owns: IP addresses and networks. IPv4 is kept in its mapped form (::ffff:a.b.c.d), so that one
// 16-byte value compares, hashes and is looked up in the same way for both families.
// Promises: strict parsing (no octal, no short forms such as 127.1, no zones), no allocation.
// Source: RFC 4291, RFC 5952 (text form), RFC 6943 section 3.1.1 (why short forms are refused).
// Must not know: DNS. Called from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::base {

struct IpAddress {
  std::uint64_t high = 0;  // the first eight bytes, in host order
  std::uint64_t low = 0;   // the last eight bytes, in host order

  static constexpr IpAddress from_v4(std::uint32_t v4) {
    return {0, 0x0000'FFFF'0000'0000ULL | v4};
  }
  [[nodiscard]] constexpr bool is_v4() const { return high == 0 && (low >> 32) == 0xFFFF; }
  [[nodiscard]] constexpr std::uint32_t v4() const { return static_cast<std::uint32_t>(low); }
  // The network of this address: /24 for IPv4 and /64 for IPv6 when called with (24, 64).
  [[nodiscard]] constexpr IpAddress network(int v4_bits, int v6_bits) const {
    return masked(is_v4() ? 96 + v4_bits : v6_bits);
  }
  // The first `bits` (0..128) kept, the rest zero.
  [[nodiscard]] constexpr IpAddress masked(int bits) const {
    if (bits >= 128) return *this;
    if (bits >= 64) return {high, bits == 64 ? 0 : low & ~(~0ULL >> (bits - 64))};
    return {bits == 0 ? 0 : high & ~(~0ULL >> bits), 0};
  }
  // Loopback, private, link-local, carrier-grade NAT, multicast, documentation or unspecified: no
  // place on a map. Source: IANA special-purpose address registries.
  [[nodiscard]] bool is_special() const;
  constexpr bool operator==(const IpAddress&) const = default;
  constexpr auto operator<=>(const IpAddress&) const = default;
};

struct IpNetwork {
  IpAddress base;
  int bits = 128;  // counted in the 128-bit form: 96 + n for an IPv4 /n

  [[nodiscard]] constexpr bool contains(const IpAddress& a) const { return a.masked(bits) == base; }
  constexpr bool operator==(const IpNetwork&) const = default;
};

// The whole text must be an address. IPv4-mapped IPv6 text becomes the IPv4 address it maps.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);
// An address, or address/bits. Host bits may be set and are cleared.
[[nodiscard]] std::optional<IpNetwork> parse_network(std::string_view text);
// RFC 5952 text.
[[nodiscard]] std::string format_ip(const IpAddress& address);
[[nodiscard]] std::string format_network(const IpNetwork& network);

}  // namespace vedette::base
