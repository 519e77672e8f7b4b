#include "normalise/line_identity.h"

#include "base/hash.h"

namespace vedette::normalise {

LineIdentity::LineIdentity() : seen_(std::make_unique<Set[]>(sets)) {}

std::uint64_t LineIdentity::identify(std::string_view line, bool has_fraction) {
  const std::uint64_t hash = base::hash_bytes(line);
  auto& lines = seen_[hash % sets].lines;
  std::uint64_t entry = hash & ~times_mask;
  std::size_t at = 0;
  while (at + 1 < lines_per_set && (lines[at] & ~times_mask) != entry) ++at;
  if ((lines[at] & ~times_mask) == entry && lines[at] != 0) entry = lines[at];
  for (; at > 0; --at) lines[at] = lines[at - 1];
  const std::uint64_t times_before = entry & times_mask;
  lines[0] = times_before < times_mask ? entry + 1 : entry;
  if (times_before == 0) return hash | 1;  // an identity is never 0
  if (has_fraction) return 0;
  return base::hash_words(hash, times_before) | 1;
}

}  // namespace vedette::normalise
