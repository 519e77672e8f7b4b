// Owns: the identity of a record that has no id of its own: a hash of what it says, and of how many
// like it came before. It does not depend on files or offsets, so it is the same before and after a
// rotation.
// Promises: lines whose stamp tells parts of a second are the same record when they are the same
// text (a re-sent line is a duplicate); lines with whole seconds may truly repeat, so the second is
// numbered. What is remembered is bounded: the last 16,384 lines or so, four beside each other, of
// which the one not seen for longest gives way. Must not know: what the line means. Called from one
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/hash.h"

namespace vedette::normalise {

class LineIdentity {
 public:
  LineIdentity();
  // The identity of the line, or 0 when it is a duplicate of one seen lately.
  [[nodiscard]] std::uint64_t identify(std::string_view line, bool has_fraction) {
    return identify(base::hash_bytes(line), has_fraction);
  }
  // The same in two steps, for many lines at once: their hashes first, each with a word ahead of
  // what will be looked at, then their identities in the same order.
  void prefetch(std::uint64_t line_hash) const { __builtin_prefetch(&seen_[line_hash % sets], 1); }
  [[nodiscard]] std::uint64_t identify(std::uint64_t line_hash, bool has_fraction);

 private:
  static constexpr std::size_t sets = 4'096;
  static constexpr std::size_t lines_per_set = 4;
  // How often a line was seen stands in the low bits, the rest is its hash; 0: no line.
  static constexpr std::uint64_t times_mask = 0xFFF;
  struct alignas(32) Set {
    std::array<std::uint64_t, lines_per_set> lines;  // the latest first
  };

  std::unique_ptr<Set[]> seen_;
};

}  // namespace vedette::normalise
