// Owns: addresses of sockets in the system's form, and listening sockets. Promises: an IPv4 sender
// that reaches an IPv6 socket is the IPv4 address it is. Must not know: what is received. Any
// thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "collect/file_descriptor.h"

namespace vedette::collect {

// Whether somebody may send: everybody may when no networks are named.
[[nodiscard]] bool may_send(const std::vector<base::IpNetwork>& senders,
                            const base::IpAddress& address);
[[nodiscard]] base::IpAddress address_of(const sockaddr_storage& socket_address);

// A socket of that type (SOCK_STREAM, which listens, or SOCK_DGRAM), bound, that never blocks. Port
// 0: any free one. "::" takes IPv4 too. The error says which address and why.
[[nodiscard]] base::Result<FileDescriptor> bind_socket(int type, const base::IpAddress& address,
                                                       std::uint16_t port);
[[nodiscard]] std::uint16_t bound_port(const FileDescriptor& socket);

}  // namespace vedette::collect
