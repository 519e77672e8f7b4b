// Owns: the question "which addresses has this host name?", for allow lists. Real body:
// net/system_resolver.h. Fake: test/fakes/fake_resolver.h. Contract:
// test/contract/resolver_contract.h. Promises: bounded by the system's own resolver time-out; an
// unknown name is not_found. Blocks.
#pragma once

#include <string>
#include <vector>

#include "base/ip.h"
#include "base/result.h"

namespace vedette::ports {

class Resolver {
 public:
  virtual ~Resolver() = default;
  [[nodiscard]] virtual base::Result<std::vector<base::IpAddress>> resolve(
      const std::string& host_name) = 0;
};

}  // namespace vedette::ports
