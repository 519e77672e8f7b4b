// Owns: host names to addresses by the system's resolver (getaddrinfo), as the body of
// ports::Resolver. Promises: each address once, in the system's order, at most
// limits::resolved_addresses_max. Must not know: what the addresses are for. Blocks; called from
// any thread.
#pragma once

#include "ports/resolver.h"

namespace vedette::net {

class SystemResolver : public ports::Resolver {
 public:
  [[nodiscard]] base::Result<std::vector<base::IpAddress>> resolve(
      const std::string& host_name) override;
};

}  // namespace vedette::net
