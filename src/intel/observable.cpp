#include "intel/observable.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "intel/intel_limits.h"

namespace vedette::intel {
namespace {

using base::IpAddress;
using base::IpNetwork;
using base::Result;
using model::Observable;
using model::ObservableType;

std::unexpected<base::Error> refused(const char* reason) {
  return base::failure(base::ErrorCode::malformed, reason);
}

// Source: IANA's special-purpose registries, without the documentation networks: nobody logs in
// from those, but every example names them.
constexpr std::array private_texts{"0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10",
                                   "127.0.0.0/8",    "169.254.0.0/16", "172.16.0.0/12",
                                   "192.168.0.0/16", "224.0.0.0/3",    "::/127",
                                   "fc00::/7",       "fe80::/10",      "ff00::/8"};

const std::vector<IpNetwork>& private_networks() {
  static const std::vector<IpNetwork> networks = [] {
    std::vector<IpNetwork> made;
    for (const char* text : private_texts)
      if (const auto network = base::parse_network(text)) made.push_back(*network);
    return made;
  }();
  return networks;
}

struct Resolver {
  const char* address;
  const char* who;
};
// Source: what their operators publish.
constexpr std::array resolver_texts{
    Resolver{"1.1.1.1", "Cloudflare"},
    Resolver{"1.0.0.1", "Cloudflare"},
    Resolver{"2606:4700:4700::1111", "Cloudflare"},
    Resolver{"2606:4700:4700::1001", "Cloudflare"},
    Resolver{"8.8.8.8", "Google"},
    Resolver{"8.8.4.4", "Google"},
    Resolver{"2001:4860:4860::8888", "Google"},
    Resolver{"2001:4860:4860::8844", "Google"},
    Resolver{"9.9.9.9", "Quad9"},
    Resolver{"149.112.112.112", "Quad9"},
    Resolver{"2620:fe::fe", "Quad9"},
    Resolver{"2620:fe::9", "Quad9"},
    Resolver{"208.67.222.222", "OpenDNS"},
    Resolver{"208.67.220.220", "OpenDNS"},
    Resolver{"94.140.14.14", "AdGuard"},
    Resolver{"94.140.15.15", "AdGuard"},
};

// No registry gives out more than a /8 of IPv4 or a /16 of IPv6 to one.
bool is_too_large(const IpNetwork& network) {
  return network.bits < (network.base.is_v4() ? 96 + 8 : 16);
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// A name in lower case, without the dot at its end; empty when it is none.
std::string domain_of(std::string_view text) {
  std::string name = base::to_lower_ascii(text);
  if (name.ends_with('.')) name.pop_back();
  const auto labels = base::split(name, '.');
  const bool is_name = labels.size() >= 2 && name.size() <= 253 &&
                       std::ranges::all_of(labels, is_label) &&
                       !std::ranges::all_of(labels.back(), [](char c) { return c <= '9'; });
  return is_name ? name : std::string();
}

std::string refanged(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("[.]") || rest.starts_with("(.)")) {
      plain += '.';
      at += 2;
    } else if (rest.starts_with("[@]")) {
      plain += '@';
      at += 2;
    } else {
      plain += text[at];
    }
  }
  if (base::to_lower_ascii(plain.substr(0, 4)) == "hxxp") plain.replace(1, 2, "tt");
  return plain;
}

}  // namespace

bool is_private(const IpNetwork& network) {
  return std::ranges::any_of(private_networks(), [&](const IpNetwork& each) {
    return each.bits <= network.bits ? each.contains(network.base) : network.contains(each.base);
  });
}

std::string_view public_resolver(const IpAddress& address) {
  static const std::vector<std::pair<IpAddress, const char*>> resolvers = [] {
    std::vector<std::pair<IpAddress, const char*>> made;
    for (const auto& each : resolver_texts)
      if (const auto parsed = base::parse_ip(each.address)) made.emplace_back(*parsed, each.who);
    return made;
  }();
  for (const auto& [known, who] : resolvers)
    if (known == address) return who;
  return {};
}

Result<Observable> read_address(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return refused("blank");
  const auto network = base::parse_network(text);
  if (!network) return refused("no address");
  if (is_too_large(*network)) return refused("a network larger than any that is given out");
  if (is_private(*network)) return refused("a private address");
  if (network->bits < 128)
    return Observable{ObservableType::network, base::format_network(*network)};
  return Observable{network->base.is_v4() ? ObservableType::ipv4 : ObservableType::ipv6,
                    base::format_ip(network->base)};
}

Result<Observable> read_domain(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return refused("blank");
  std::string name = domain_of(text);
  if (name.empty()) return refused("no domain name");
  return Observable{ObservableType::domain, std::move(name)};
}

Result<Observable> read_hostname(std::string_view text) {
  Observable name = VEDETTE_TRY(read_domain(text));
  name.type = ObservableType::hostname;
  return name;
}

Result<Observable> read_url(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return refused("blank");
  const std::size_t scheme = text.find("://");
  const bool is_clean = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
  if (scheme == std::string_view::npos || scheme == 0 || !is_clean ||
      text.size() > limits::value_bytes_max)
    return refused("no URL");
  text = text.substr(0, text.find('#'));
  const std::size_t end = std::min(text.find_first_of("/?", scheme + 3), text.size());
  if (end <= scheme + 3) return refused("no URL");
  std::string value = base::to_lower_ascii(text.substr(0, end));
  value += end == text.size() ? std::string_view("/") : text.substr(end);
  return Observable{ObservableType::url, std::move(value)};
}

Result<Observable> read_email(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return refused("blank");
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 ||
      text.find_first_of(" \t\r\n<>") != std::string_view::npos)
    return refused("no e-mail address");
  const std::string domain = domain_of(text.substr(at + 1));
  if (domain.empty()) return refused("no e-mail address");
  return Observable{ObservableType::email, base::to_lower_ascii(text.substr(0, at)) + "@" + domain};
}

Result<Observable> read_hash(std::string_view text) {
  text = base::trim(text);
  if (text.empty()) return refused("blank");
  std::string value = base::to_lower_ascii(text);
  const bool is_hexadecimal = std::ranges::all_of(
      value, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!is_hexadecimal) return refused("no hash");
  switch (value.size()) {
    case 32:
      return Observable{ObservableType::md5, std::move(value)};
    case 40:
      return Observable{ObservableType::sha1, std::move(value)};
    case 64:
      return Observable{ObservableType::sha256, std::move(value)};
    case 128:
      return Observable{ObservableType::sha512, std::move(value)};
    default:
      return refused("no hash");
  }
}

Result<Observable> read_observable(std::string_view text) {
  const std::string plain = refanged(base::trim(text));
  if (plain.empty()) return refused("blank");
  if (base::parse_network(plain)) return read_address(plain);
  if (plain.find("://") != std::string::npos) return read_url(plain);
  if (plain.find('@') != std::string::npos) return read_email(plain);
  if (auto hash = read_hash(plain)) return hash;
  if (auto domain = read_domain(plain)) return domain;
  return refused("neither an address, nor a name, a URL, an e-mail address or a hash");
}

}  // namespace vedette::intel
