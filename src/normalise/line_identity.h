// Owns: the identity of a record that has no id of its own: a hash of what it says, and of how many
// like it came before. It does not depend on files or offsets, so it is the same before and after a
// rotation. Promises: lines whose stamp tells parts of a second are the same record when they are
// the same text (a re-sent line is a duplicate); lines with whole seconds may truly repeat, so the
// second is numbered. Memory is bounded: two generations of `generation_size` hashes are
// remembered. Must not know: what the line means. Called from one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace vedette::normalise {

class LineIdentity {
 public:
  static constexpr std::size_t generation_size = 32'768;

  LineIdentity();
  // The identity of the line, or 0 when it is a duplicate of one seen lately.
  [[nodiscard]] std::uint64_t identify(std::string_view line, bool has_fraction);

 private:
  struct Seen {
    std::uint64_t hash = 0;
    std::uint64_t times = 0;
  };
  static constexpr std::size_t slots = generation_size * 2;

  [[nodiscard]] Seen* find(Seen* generation, std::uint64_t hash) const;

  std::unique_ptr<Seen[]> current_, previous_;
  std::size_t used_ = 0;
};

}  // namespace vedette::normalise
