#include "normalise/line_identity.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace vedette::normalise {

LineIdentity::LineIdentity()
    : current_(std::make_unique<Seen[]>(slots)), previous_(std::make_unique<Seen[]>(slots)) {}

// The slot that holds the hash, or the free one where it belongs. A generation is at most half
// full.
LineIdentity::Seen* LineIdentity::find(Seen* generation, std::uint64_t hash) const {
  std::size_t at = hash & (slots - 1);
  while (generation[at].hash != 0 && generation[at].hash != hash) at = (at + 1) & (slots - 1);
  return generation + at;
}

std::uint64_t LineIdentity::identify(std::string_view line, bool has_fraction) {
  const std::uint64_t hash = base::hash_bytes(line) | 1;  // never 0, which marks a free slot
  Seen* seen = find(current_.get(), hash);
  if (seen->hash == 0) {
    const Seen* before = find(previous_.get(), hash);
    const std::uint64_t times = before->times;
    if (used_ == generation_size) {
      std::swap(current_, previous_);
      std::fill_n(current_.get(), slots, Seen{});
      used_ = 0;
      seen = find(current_.get(), hash);
    }
    *seen = {hash, times};
    ++used_;
  }
  const std::uint64_t times_before = seen->times++;
  if (times_before == 0) return hash;
  if (has_fraction) return 0;
  return base::hash_words(hash, times_before) | 1;
}

}  // namespace vedette::normalise
