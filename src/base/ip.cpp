#include "base/ip.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace vedette::base {
namespace {

constexpr std::size_t address_text_max = 45;  // the longest IPv6 text with an IPv4 tail

// Strict dotted quad: four numbers 0..255 without leading zeros.
std::optional<std::uint32_t> parse_v4(std::string_view text) {
  std::uint32_t value = 0;
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return std::nullopt;
    const std::size_t first = at;
    std::uint32_t number = 0;
    while (at < text.size() && at - first < 3 && text[at] >= '0' && text[at] <= '9')
      number = number * 10 + static_cast<std::uint32_t>(text[at++] - '0');
    if (at == first || number > 255 || (text[first] == '0' && at - first > 1)) return std::nullopt;
    value = value << 8 | number;
  }
  if (at != text.size()) return std::nullopt;
  return value;
}

std::uint64_t read_big_endian(const unsigned char* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

void write_big_endian(std::uint64_t value, unsigned char* bytes) {
  for (int i = 7; i >= 0; --i, value >>= 8) bytes[i] = static_cast<unsigned char>(value);
}

constexpr std::uint32_t v4(int a, int b, int c, int d) {
  return static_cast<std::uint32_t>(a << 24 | b << 16 | c << 8 | d);
}

struct V4Range {
  std::uint32_t base;
  int bits;
};
constexpr V4Range special_v4[] = {
    {v4(0, 0, 0, 0), 8},     {v4(10, 0, 0, 0), 8},      {v4(100, 64, 0, 0), 10},
    {v4(127, 0, 0, 0), 8},   {v4(169, 254, 0, 0), 16},  {v4(172, 16, 0, 0), 12},
    {v4(192, 0, 0, 0), 24},  {v4(192, 0, 2, 0), 24},    {v4(192, 168, 0, 0), 16},
    {v4(198, 18, 0, 0), 15}, {v4(198, 51, 100, 0), 24}, {v4(203, 0, 113, 0), 24},
    {v4(224, 0, 0, 0), 3},
};
struct V6Range {
  std::uint64_t high;
  int bits;
};
constexpr V6Range special_v6[] = {
    {0x2001'0DB8'0000'0000ULL, 32},  // documentation
    {0xFC00'0000'0000'0000ULL, 7},   // unique local
    {0xFE80'0000'0000'0000ULL, 10},  // link-local
    {0xFF00'0000'0000'0000ULL, 8},   // multicast
};

}  // namespace

bool IpAddress::is_special() const {
  if (is_v4()) {
    for (const auto& range : special_v4)
      if ((v4() ^ range.base) >> (32 - range.bits) == 0) return true;
    return false;
  }
  if (high == 0 && low <= 1) return true;  // :: and ::1
  for (const auto& range : special_v6)
    if ((high ^ range.high) >> (64 - range.bits) == 0) return true;
  return false;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.empty() || text.size() > address_text_max) return std::nullopt;
  if (const auto value = parse_v4(text)) return IpAddress::from_v4(*value);
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  std::array<char, address_text_max + 1> terminated{};
  std::memcpy(terminated.data(), text.data(), text.size());
  std::array<unsigned char, 16> bytes{};
  if (std::strlen(terminated.data()) != text.size()) return std::nullopt;
  if (inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return IpAddress{read_big_endian(bytes.data()), read_big_endian(bytes.data() + 8)};
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpNetwork{*address, 128};
  const std::string_view bits_text = text.substr(slash + 1);
  int bits = -1;
  const auto [end, error] =
      std::from_chars(bits_text.data(), bits_text.data() + bits_text.size(), bits);
  const int most = address->is_v4() ? 32 : 128;
  if (error != std::errc() || end != bits_text.data() + bits_text.size() || bits < 0 || bits > most)
    return std::nullopt;
  if (address->is_v4()) bits += 96;
  return IpNetwork{address->masked(bits), bits};
}

std::string format_ip(const IpAddress& address) {
  if (address.is_v4()) {
    const std::uint32_t value = address.v4();
    return fmt::format("{}.{}.{}.{}", value >> 24, value >> 16 & 255, value >> 8 & 255,
                       value & 255);
  }
  std::array<unsigned char, 16> bytes{};
  write_big_endian(address.high, bytes.data());
  write_big_endian(address.low, bytes.data() + 8);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string format_network(const IpNetwork& network) {
  const bool v4_network = network.base.is_v4() && network.bits >= 96;
  return fmt::format("{}/{}", format_ip(network.base),
                     v4_network ? network.bits - 96 : network.bits);
}

}  // namespace vedette::base
