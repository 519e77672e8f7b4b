// Owns: randomness that must not be guessed: table seeds, ids, jitter. Real body:
// net/system_random.h. Fake: test/fakes/fake_random.h. Contract: test/contract/random_contract.h.
// Called from any thread.
#pragma once

#include <cstdint>

namespace vedette::ports {

class Random {
 public:
  virtual ~Random() = default;
  [[nodiscard]] virtual std::uint64_t next() = 0;
};

}  // namespace vedette::ports
