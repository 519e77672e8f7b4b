// Owns: what keeps an address from reaching this machine, for a while. Real body:
// app/block_program.h. Fake: test/fakes/fake_address_block.h. Contract:
// test/contract/address_block_contract.h. Promises: each call sets a state, so that doing it twice
// is as doing it once; a block ends by itself after its span. Must not know: which addresses may be
// blocked, why. One thread.
#pragma once

#include <stop_token>

#include "base/ip.h"
#include "base/result.h"
#include "base/time.h"

namespace vedette::ports {

class AddressBlock {
 public:
  virtual ~AddressBlock() = default;
  // Errors of all: unavailable (perhaps it was done), refused.
  [[nodiscard]] virtual base::Result<bool> is_blocked(const base::IpAddress& address,
                                                      const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<void> block(const base::IpAddress& address,
                                                 base::Duration span,
                                                 const std::stop_token& stop) = 0;
  [[nodiscard]] virtual base::Result<void> unblock(const base::IpAddress& address,
                                                   const std::stop_token& stop) = 0;
};

}  // namespace vedette::ports
