// Owns: which addresses are this machine itself. Must not know: names. Any thread.
#pragma once

#include "base/ip.h"

namespace vedette::base {

// 127.0.0.0/8 and ::1.
[[nodiscard]] constexpr bool is_loopback(const IpAddress& address) {
  return address.is_v4() ? address.v4() >> 24 == 127 : address.high == 0 && address.low == 1;
}

}  // namespace vedette::base
