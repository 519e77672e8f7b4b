#include "collect/socket_address.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace vedette::collect {
namespace {

constexpr int waiting_connections_max = 128;

std::uint64_t read_word(const unsigned char* bytes) {
  std::uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word = word << 8 | bytes[i];
  return word;
}

socklen_t write_address(const base::IpAddress& address, std::uint16_t port,
                        sockaddr_storage& storage) {
  std::memset(&storage, 0, sizeof storage);
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(address.v4());
    std::memcpy(&storage, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  for (int i = 0; i < 8; ++i) {
    v6.sin6_addr.s6_addr[i] = static_cast<unsigned char>(address.high >> (56 - 8 * i));
    v6.sin6_addr.s6_addr[8 + i] = static_cast<unsigned char>(address.low >> (56 - 8 * i));
  }
  std::memcpy(&storage, &v6, sizeof v6);
  return sizeof v6;
}

}  // namespace

bool may_send(const std::vector<base::IpNetwork>& senders, const base::IpAddress& address) {
  return senders.empty() || std::ranges::any_of(senders, [&](const base::IpNetwork& network) {
           return network.contains(address);
         });
}

base::IpAddress address_of(const sockaddr_storage& socket_address) {
  if (socket_address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &socket_address, sizeof v4);
    return base::IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (socket_address.ss_family != AF_INET6) return {};
  sockaddr_in6 v6{};
  std::memcpy(&v6, &socket_address, sizeof v6);
  return {read_word(v6.sin6_addr.s6_addr), read_word(v6.sin6_addr.s6_addr + 8)};
}

base::Result<FileDescriptor> bind_socket(int type, const base::IpAddress& address,
                                         std::uint16_t port) {
  const std::string what =
      "cannot listen on " + base::format_ip(address) + " port " + std::to_string(port);
  sockaddr_storage storage{};
  const socklen_t length = write_address(address, port, storage);
  FileDescriptor socket(::socket(storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return base::system_failure(what, errno);
  const int yes = 1, no = 0;
  const bool is_stream = type == SOCK_STREAM;
  if (is_stream) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!address.is_v4()) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 ||
      (is_stream && ::listen(socket.get(), waiting_connections_max) != 0))
    return base::system_failure(what, errno);
  return socket;
}

std::uint16_t bound_port(const FileDescriptor& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  return ntohs(v6.sin6_port);
}

}  // namespace vedette::collect
