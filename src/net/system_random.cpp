#include "net/system_random.h"

#include <sys/random.h>

#include <cassert>
#include <cerrno>

namespace vedette::net {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  ssize_t got = 0;
  do {
    got = ::getrandom(&value, sizeof value, 0);
  } while (got < 0 && errno == EINTR);
  // Eight bytes come whole or not at all (getrandom(2)); without them no secret is safe.
  assert(got == static_cast<ssize_t>(sizeof value));
  return value;
}

}  // namespace vedette::net
