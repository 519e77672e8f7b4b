// Owns: the question "what stands at this address?", asked for a query (externaldata). Real body:
// net/external_reader.h. Promises: only hosts that an administrator allowed are asked; what comes
// is bounded in bytes and time. Blocks the calling thread; called from any.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"

namespace vedette::ports {

class ExternalData {
 public:
  virtual ~ExternalData() = default;
  // refused: the address is not allowed, and the message says by whom and how it could be;
  // unavailable, not_found, limit_exceeded: it was asked, in vain.
  [[nodiscard]] virtual base::Result<std::string> read(const std::string& address, int timeout_ms,
                                                       const std::stop_token& stop) = 0;
};

}  // namespace vedette::ports
