// Owns: how long a feed waits before it tries again. Promises: longer with each failure, bounded,
// and never twice the same, so that many do not come at once. Must not know: what failed. Any
// thread.
#pragma once

#include "base/time.h"
#include "collect/cloud/trouble.h"
#include "ports/random.h"

namespace vedette::collect::cloud {

// What passes by itself: 5 s, doubling up to 10 min. The first failure is 1.
[[nodiscard]] base::Duration back_off(int failures, ports::Random& random);
// What the service asked for; else `back_off` for what passes by itself, and for what a person must
// change 1 min, doubling up to 15 min.
[[nodiscard]] base::Duration wait_after(const Trouble& trouble, bool passes, int failures,
                                        ports::Random& random);

}  // namespace vedette::collect::cloud
