#include "net/system_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/encode.h"
#include "base/limits.h"

namespace vedette::net {
namespace {

constexpr std::size_t host_name_bytes_max =
    253;  // RFC 1035 section 2.3.4, as text without the root dot

std::uint64_t read_big_endian(const unsigned char* bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

// Copies out of the untyped sockaddr, since its alignment and type are the resolver's.
bool read_address(const addrinfo& entry, base::IpAddress& address) {
  if (entry.ai_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, entry.ai_addr, sizeof v4);
    address = base::IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
    return true;
  }
  if (entry.ai_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, entry.ai_addr, sizeof v6);
    address = {read_big_endian(v6.sin6_addr.s6_addr), read_big_endian(v6.sin6_addr.s6_addr + 8)};
    return true;
  }
  return false;
}

std::unexpected<base::Error> resolver_failure(const std::string& host_name, int code,
                                              int error_number) {
  const std::string what = "host name \"" + base::encode_terminal(host_name) + "\"";
  if (code == EAI_SYSTEM) return base::system_failure("cannot resolve " + what, error_number);
  if (code == EAI_NONAME || code == EAI_NODATA || code == EAI_FAIL)
    return base::failure(base::ErrorCode::not_found, what + " is not known to the resolver");
  return base::failure(base::ErrorCode::unavailable,
                       "cannot resolve " + what + ": " + ::gai_strerror(code));
}

}  // namespace

base::Result<std::vector<base::IpAddress>> SystemResolver::resolve(const std::string& host_name) {
  if (host_name.empty() || host_name.size() > host_name_bytes_max ||
      host_name.find('\0') != std::string::npos)
    return base::failure(base::ErrorCode::invalid_argument,
                         "\"" + base::encode_terminal(host_name, 80) + "\" is not a host name");
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // one entry an address, not one for each socket type
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host_name.c_str(), nullptr, &hints, &found);
  if (code != 0) return resolver_failure(host_name, code, errno);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<base::IpAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    base::IpAddress address;
    if (addresses.size() == base::limits::resolved_addresses_max) break;
    if (read_address(*entry, address) &&
        std::find(addresses.begin(), addresses.end(), address) == addresses.end())
      addresses.push_back(address);
  }
  if (addresses.empty())
    return base::failure(base::ErrorCode::not_found,
                         "host name \"" + base::encode_terminal(host_name) + "\" has no address");
  return addresses;
}

}  // namespace vedette::net
