// Functions on IP addresses and networks. IPv4 text may carry a prefix: 192.168.0.0/16.
#include <algorithm>
#include <charconv>

#include "base/ip.h"
#include "base/text.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

struct Network {
  base::IpAddress address;
  int prefix = 0;  // of 32 or 128, as the text has it
  bool v4 = true;
};

std::optional<Network> read_network(std::string_view text, bool only_v4) {
  text = base::trim(text);
  // ::192.168.0.1/24 is an IPv4 network too, its prefix of 32 (the IPv4-compatible form).
  if (!only_v4 && text.starts_with("::") && text.find('.') != std::string_view::npos &&
      text.find(':', 2) == std::string_view::npos)
    text.remove_prefix(2);
  const std::size_t slash = text.find('/');
  const auto address = base::parse_ip(text.substr(0, slash));
  if (!address || (only_v4 && !address->is_v4())) return std::nullopt;
  Network network{*address, address->is_v4() ? 32 : 128, address->is_v4()};
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    int bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const int least = network.v4 ? 96 : 0;
    const bool mapped = network.v4 && text.find(':') != std::string_view::npos;
    if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 ||
        bits > (mapped ? 128 : network.prefix))
      return std::nullopt;
    // ::ffff:1.2.3.0/120 counts all 128 bits, of which the last 32 are the address.
    if (mapped && bits > 32) {
      network.v4 = bits >= least;
      network.prefix = network.v4 ? bits - least : bits;
    } else {
      network.prefix = bits;
    }
  }
  return network;
}
base::IpAddress masked(const base::IpAddress& address, int prefix, bool v4) {
  return address.masked(v4 ? 96 + prefix : prefix);
}

// -1, 0, 1 under the shortest of the prefixes; empty when something is no address.
std::optional<std::int64_t> compare(const Call& call, bool only_v4) {
  auto a = read_network(call.text(0), only_v4);
  auto b = read_network(call.text(1), only_v4);
  if (!a || !b) return std::nullopt;
  int prefix = 0;
  bool v4 = a->v4 && b->v4;
  const int bits_a = a->v4 && !v4 ? 96 + a->prefix : a->prefix;
  const int bits_b = b->v4 && !v4 ? 96 + b->prefix : b->prefix;
  prefix = std::min(bits_a, bits_b);
  if (!call.is_null(2)) {
    if (call.integer(2) < 0 || call.integer(2) > (only_v4 ? 32 : 128)) return std::nullopt;
    std::int64_t wanted = call.integer(2);
    if (!only_v4 && v4) wanted = std::max<std::int64_t>(0, wanted - 96);
    prefix = std::min(prefix, static_cast<int>(wanted));
  }
  const base::IpAddress x = masked(a->address, prefix, v4), y = masked(b->address, prefix, v4);
  return x == y ? 0 : x < y ? -1 : 1;
}
template <bool only_v4>
void ip_compare(Call& call) {
  if (const auto order = compare(call, only_v4)) call.give_integer(*order);
}
template <bool only_v4>
void ip_match(Call& call) {
  if (const auto order = compare(call, only_v4)) call.give(*order == 0);
}

bool inside(const base::IpAddress& address, const Network& range) {
  return masked(address, range.prefix, range.v4) == masked(range.address, range.prefix, range.v4);
}
template <bool only_v4>
void in_range(Call& call) {
  const auto address = read_network(call.text(0), only_v4);
  const auto range = read_network(call.text(1), only_v4);
  if (address && range) call.give(inside(address->address, *range));
}

// The ranges of a list, read once for as long as the list stays the same.
const std::vector<Network>& ranges_of(std::string_view json, bool only_v4) {
  thread_local std::string last;
  thread_local bool last_v4 = false;
  thread_local std::vector<Network> ranges;
  if (last == json && last_v4 == only_v4) return ranges;
  ranges.clear();
  const auto add = [&](std::string_view element) {
    std::string text;
    native::append_as_text(text, element);
    if (const auto range = read_network(text, only_v4)) ranges.push_back(*range);
  };
  if (native::kind_of(json) == native::JsonKind::array) {
    for (const std::string_view element : native::elements_of(json)) {
      if (native::kind_of(element) == native::JsonKind::array) {
        for (const std::string_view one : native::elements_of(element)) add(one);
      } else {
        add(element);
      }
    }
  } else {
    add(json);
  }
  last = json;
  last_v4 = only_v4;
  return ranges;
}
template <bool only_v4>
void in_any_range(Call& call) {
  const auto address = read_network(call.text(0), only_v4);
  if (!address) return;
  for (std::size_t i = 1; i < call.size(); ++i)
    for (const Network& range : ranges_of(call.text(i), only_v4))
      if (inside(address->address, range)) return call.give(true);
  call.give(false);
}

void is_private(Call& call) {
  const auto network = read_network(call.text(0), true);
  if (!network) return;
  static constexpr struct {
    std::uint32_t base;
    int bits;
  } ranges[] = {{0x0A000000, 8}, {0xAC100000, 12}, {0xC0A80000, 16}};
  for (const auto& range : ranges)
    if (network->prefix >= range.bits &&
        (network->address.v4() >> (32 - range.bits)) == (range.base >> (32 - range.bits)))
      return call.give(true);
  call.give(false);
}
void netmask_suffix(Call& call) {
  if (const auto network = read_network(call.text(0), true)) call.give_integer(network->prefix);
}
void parse_v4(Call& call) {
  if (const auto network = read_network(call.text(0), true))
    call.give_integer(masked(network->address, network->prefix, true).v4());
}
void parse_v4_mask(Call& call) {
  const auto network = read_network(call.text(0), true);
  if (network && call.integer(1) >= 0 && call.integer(1) <= 32)
    call.give_integer(masked(network->address, static_cast<int>(call.integer(1)), true).v4());
}
std::string expanded_v6(const base::IpAddress& address) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (int i = 0; i < 32; ++i) {
    if (i > 0 && i % 4 == 0) out += ':';
    const std::uint64_t half = i < 16 ? address.high : address.low;
    out += digits[(half >> (60 - 4 * (i % 16))) & 15];
  }
  return out;
}
void parse_v6(Call& call) {
  if (const auto network = read_network(call.text(0), false))
    call.give_text(expanded_v6(masked(network->address, network->prefix, network->v4)));
}
void parse_v6_mask(Call& call) {
  const auto network = read_network(call.text(0), false);
  if (!network || call.integer(1) < 0 || call.integer(1) > 128) return;
  const int given = network->v4 ? 96 + network->prefix : network->prefix;
  call.give_text(
      expanded_v6(network->address.masked(std::min(given, static_cast<int>(call.integer(1))))));
}
void format_v4(Call& call, bool with_mask) {
  std::optional<base::IpAddress> address;
  int prefix = 32;
  const std::string_view text = call.text(0);
  if (const auto number = base::parse_unsigned(text); number && *number <= 0xFFFFFFFFULL) {
    address = base::IpAddress::from_v4(static_cast<std::uint32_t>(*number));
  } else if (const auto network = read_network(text, true)) {
    address = network->address;
    prefix = network->prefix;
  }
  if (!call.is_null(1)) {
    if (call.integer(1) < 0 || call.integer(1) > 32) return call.give_text("");
    prefix = static_cast<int>(std::min<std::int64_t>(prefix, call.integer(1)));
  }
  if (!address) return call.give_text("");
  std::string out = base::format_ip(masked(*address, prefix, true));
  if (with_mask) out += "/" + std::to_string(prefix);
  call.give_text(out);
}
void format_v4_plain(Call& call) {
  format_v4(call, false);
}
void format_v4_mask(Call& call) {
  format_v4(call, true);
}

// Addresses in running text: between characters that belong to no address.
bool borders(std::string_view text, std::size_t at, std::size_t end, bool at_end) {
  const auto stops = [](char c) {
    return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  };
  if (at > 0 && !stops(text[at - 1])) return false;
  return !at_end || end >= text.size() || stops(text[end]);
}
bool text_has(std::string_view text, std::string_view wanted, bool prefix) {
  if (wanted.empty()) return false;
  for (std::size_t at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + 1)) {
    if (!borders(text, at, at + wanted.size(), !prefix)) continue;
    if (!prefix) return true;
    std::size_t end = at;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
    std::string_view candidate = text.substr(at, end - at);
    while (candidate.ends_with('.')) candidate.remove_suffix(1);
    if (const auto address = base::parse_ip(candidate); address && address->is_v4()) return true;
  }
  return false;
}
bool has_address(std::string_view text, std::string_view wanted, bool prefix) {
  if (prefix) {
    const bool dotted = wanted.ends_with('.');
    if (!dotted && !base::parse_ip(wanted)) return false;
    return text_has(text, wanted, dotted);
  }
  return base::parse_ip(wanted) && text_has(text, wanted, false);
}
template <bool prefix>
void has_v4(Call& call) {
  call.give(has_address(call.text(0), call.text(1), prefix));
}
template <bool prefix>
void has_any_v4(Call& call) {
  for (std::size_t i = 1; i < call.size(); ++i) {
    const std::string_view json = call.text(i);
    const auto elements = native::kind_of(json) == native::JsonKind::array
                              ? native::elements_of(json)
                              : std::vector<std::string_view>{json};
    for (const std::string_view element : elements) {
      std::string wanted;
      native::append_as_text(wanted, element);
      if (has_address(call.text(0), wanted, prefix)) return call.give(true);
    }
  }
  call.give(false);
}

void range_to_cidr(Call& call) {
  const auto first = read_network(call.text(0), true), last = read_network(call.text(1), true);
  if (!first || !last) return;
  std::uint64_t at = first->address.v4();
  const std::uint64_t end = last->address.v4();
  native::JsonBuilder out(call.give_text());
  out.open('[');
  while (at <= end) {
    int bits = 32;
    while (bits > 0 && (at & ((1ULL << (33 - bits)) - 1)) == 0 &&
           at + (1ULL << (33 - bits)) - 1 <= end)
      --bits;
    out.text(base::format_ip(base::IpAddress::from_v4(static_cast<std::uint32_t>(at))) + "/" +
             std::to_string(bits));
    at += 1ULL << (32 - bits);
  }
  out.close(']');
}

void geo_info(Call& call) {
  call.fail("geo_info_from_ip_address needs the place database, which hunt does not read yet");
}

constexpr Function rows[] = {
    {.name = "ipv4_compare",
     .parameters = "string, string, long?",
     .result = "long",
     .body = ip_compare<true>,
     .example = "ipv4_compare('192.168.1.1', '192.168.1.255', 24)",
     .gives = "0",
     .traits = sees_nulls},
    {.name = "ipv6_compare",
     .parameters = "string, string, long?",
     .result = "long",
     .body = ip_compare<false>,
     .example = "ipv6_compare('fe80::1', 'fe80::2')",
     .gives = "-1",
     .traits = sees_nulls},
    {.name = "ipv4_is_match",
     .parameters = "string, string, long?",
     .result = "bool",
     .body = ip_match<true>,
     .example = "ipv4_is_match('192.168.1.1/24', '192.168.1.255')",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "ipv6_is_match",
     .parameters = "string, string, long?",
     .result = "bool",
     .body = ip_match<false>,
     .example = "ipv6_is_match('::1', '::1')",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "ipv4_is_in_range",
     .parameters = "string, string",
     .result = "bool",
     .body = in_range<true>,
     .example = "ipv4_is_in_range('192.168.1.6', '192.168.1.1/24')",
     .gives = "true"},
    {.name = "ipv6_is_in_range",
     .parameters = "string, string",
     .result = "bool",
     .body = in_range<false>,
     .example = "ipv6_is_in_range('a5e::1', 'a5e::/16')",
     .gives = "true"},
    {.name = "ipv4_is_in_any_range",
     .parameters = "string, json*",
     .result = "bool",
     .body = in_any_range<true>,
     .example = "ipv4_is_in_any_range('192.168.1.6', '127.0.0.1', '192.168.1.1/24')",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "ipv6_is_in_any_range",
     .parameters = "string, json*",
     .result = "bool",
     .body = in_any_range<false>,
     .example = "ipv6_is_in_any_range('a5e::1', dynamic(['a5e::/16']))",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "ipv4_is_private",
     .parameters = "string",
     .result = "bool",
     .body = is_private,
     .example = "ipv4_is_private('192.168.2.1')",
     .gives = "true"},
    {.name = "ipv4_netmask_suffix",
     .parameters = "string",
     .result = "long",
     .body = netmask_suffix,
     .example = "ipv4_netmask_suffix('192.168.1.1/24')",
     .gives = "24"},
    {.name = "parse_ipv4",
     .parameters = "string",
     .result = "long",
     .body = parse_v4,
     .example = "parse_ipv4('192.1.168.1')",
     .gives = "3221334017"},
    {.name = "parse_ipv4_mask",
     .parameters = "string, long",
     .result = "long",
     .body = parse_v4_mask,
     .example = "parse_ipv4_mask('127.0.0.1', 24)",
     .gives = "2130706432"},
    {.name = "parse_ipv6",
     .parameters = "string",
     .result = "string",
     .body = parse_v6,
     .example = "parse_ipv6('127.0.0.1')",
     .gives = "0000:0000:0000:0000:0000:ffff:7f00:0001"},
    {.name = "parse_ipv6_mask",
     .parameters = "string, long",
     .result = "string",
     .body = parse_v6_mask,
     .example = "parse_ipv6_mask('127.0.0.1', 128)",
     .gives = "0000:0000:0000:0000:0000:ffff:7f00:0001"},
    {.name = "format_ipv4",
     .parameters = "text, long?",
     .result = "string",
     .body = format_v4_plain,
     .example = "format_ipv4('192.168.1.255', 24)",
     .gives = "192.168.1.0",
     .traits = sees_nulls},
    {.name = "format_ipv4_mask",
     .parameters = "text, long?",
     .result = "string",
     .body = format_v4_mask,
     .example = "format_ipv4_mask('192.168.1.255', 24)",
     .gives = "192.168.1.0/24",
     .traits = sees_nulls},
    {.name = "has_ipv4",
     .parameters = "string, string",
     .result = "bool",
     .body = has_v4<false>,
     .example = "has_ipv4('05:04:54 127.0.0.1 GET', '127.0.0.1')",
     .gives = "true"},
    {.name = "has_ipv4_prefix",
     .parameters = "string, string",
     .result = "bool",
     .body = has_v4<true>,
     .example = "has_ipv4_prefix('05:04:54 127.0.0.1 GET', '127.0.')",
     .gives = "true"},
    {.name = "has_any_ipv4",
     .parameters = "string, json*",
     .result = "bool",
     .body = has_any_v4<false>,
     .example = "has_any_ipv4('05:04:54 127.0.0.1 GET', '127.0.0.1', '127.0.0.2')",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "has_any_ipv4_prefix",
     .parameters = "string, json*",
     .result = "bool",
     .body = has_any_v4<true>,
     .example = "has_any_ipv4_prefix('05:04:54 127.0.0.1 GET', dynamic(['127.0.', '192.168.']))",
     .gives = "true",
     .traits = sees_nulls},
    {.name = "ipv4_range_to_cidr_list",
     .parameters = "string, string",
     .result = "dynamic",
     .body = range_to_cidr,
     .example = "ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')",
     .gives = "[\"1.1.128.0/21\",\"1.1.136.0/22\",\"1.1.140.0/24\"]"},
    {.name = "geo_info_from_ip_address",
     .parameters = "string",
     .result = "dynamic",
     .body = geo_info},
    {.name = "in_ipv4_network",
     .parameters = "string, string",
     .result = "bool",
     .body = in_range<true>,
     .use = Use::internal},
    {.name = "in_ipv6_network",
     .parameters = "string, string",
     .result = "bool",
     .body = in_range<false>,
     .use = Use::internal},
};

}  // namespace

std::span<const Function> address_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
