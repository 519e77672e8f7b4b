// Owns: the kernel's randomness, as the body of ports::Random.
// Promises: cryptographic quality; never fails once the machine has booted (asserted).
// Must not know: what it is used for. Called from any thread.
#pragma once

#include "ports/random.h"

namespace vedette::net {

class SystemRandom : public ports::Random {
 public:
  [[nodiscard]] std::uint64_t next() override;
};

}  // namespace vedette::net
