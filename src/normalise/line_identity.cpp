#include "normalise/line_identity.h"

namespace vedette::normalise {

LineIdentity::LineIdentity() : seen_(std::make_unique<Set[]>(sets)) {}

std::uint64_t LineIdentity::identify(std::uint64_t hash, bool has_fraction) {
  auto& lines = seen_[hash % sets].lines;
  std::uint64_t entry = hash & ~times_mask;
  const auto is_seen = [&](std::uint64_t seen) { return (seen ^ entry) <= times_mask; };
  const bool unseen =
      !is_seen(lines[0]) && !is_seen(lines[1]) && !is_seen(lines[2]) && !is_seen(lines[3]);
  if (unseen) [[likely]] {
    lines = {entry + 1, lines[0], lines[1], lines[2]};
    return hash | 1;  // an identity is never 0
  }
  std::size_t at = lines_per_set - 1;
  while (at > 0 && !is_seen(lines[at])) --at;
  if (lines[at] != 0) entry = lines[at];
  for (; at > 0; --at) lines[at] = lines[at - 1];
  const std::uint64_t times_before = entry & times_mask;
  lines[0] = times_before < times_mask ? entry + 1 : entry;
  if (times_before == 0) return hash | 1;
  if (has_fraction) return 0;
  return base::hash_words(hash, times_before) | 1;
}

}  // namespace vedette::normalise
