#include "collect/cloud/back_off.h"

#include <algorithm>

namespace vedette::collect::cloud {
namespace {

using base::Duration;

Duration doubled(Duration first, Duration longest, int failures, ports::Random& random) {
  Duration wait = first;
  for (int i = 1; i < failures && wait < longest; ++i) wait = wait + wait;
  wait = std::min(wait, longest);
  // From four fifths of it to all of it.
  const std::int64_t spread = wait.ticks / 5;
  return {wait.ticks -
          static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(spread + 1))};
}

}  // namespace

Duration back_off(int failures, ports::Random& random) {
  return doubled(Duration::seconds(5), Duration::minutes(10), failures, random);
}

Duration wait_after(const Trouble& trouble, bool passes, int failures, ports::Random& random) {
  return trouble.wait.value_or(
      passes ? back_off(failures, random)
             : doubled(Duration::minutes(1), Duration::minutes(15), failures, random));
}

}  // namespace vedette::collect::cloud
