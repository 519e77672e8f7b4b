// Owns: where the lines of a batch end: 64 bytes are looked at together, so that a line costs a few
// instructions and no call. Promises: every byte belongs to one line; the last one may lack its
// newline. Must not know: what lines say. One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::normalise {

class LineSplit {
 public:
  LineSplit() = default;
  explicit LineSplit(std::string_view bytes)
      : line_(bytes.data()), block_(bytes.data()), end_(bytes.data() + bytes.size()) {
    if (line_ != end_) newlines_ = look(block_);
  }

  [[nodiscard]] bool empty() const { return line_ == end_; }
  // The next line, without its newline. Not when empty.
  [[nodiscard]] std::string_view next() {
    while (newlines_ == 0) {
      block_ += block_bytes;
      if (block_ >= end_) return take(end_, end_);
      newlines_ = look(block_);
    }
    const char* newline = block_ + std::countr_zero(newlines_);
    newlines_ &= newlines_ - 1;
    return take(newline, newline + 1);
  }

 private:
  static constexpr std::ptrdiff_t block_bytes = 64;

  std::string_view take(const char* line_end, const char* next_line) {
    const std::string_view line(line_, static_cast<std::size_t>(line_end - line_));
    line_ = next_line;
    return line;
  }

#if defined(__SSE2__)
  static std::uint64_t sixteen(const char* p) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i found = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'));
    return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(found)));
  }
#endif
  // A bit for each newline of the block at `p`, the first byte the lowest.
  [[nodiscard]] std::uint64_t look(const char* p) const {
#if defined(__SSE2__)
    if (end_ - p >= block_bytes) [[likely]] {
      return sixteen(p) | sixteen(p + 16) << 16 | sixteen(p + 32) << 32 | sixteen(p + 48) << 48;
    }
#endif
    std::uint64_t found = 0;
    for (std::ptrdiff_t i = 0; i < block_bytes && i < end_ - p; ++i)
      found |= static_cast<std::uint64_t>(p[i] == '\n') << i;
    return found;
  }

  const char* line_ = nullptr;
  const char* block_ = nullptr;
  const char* end_ = nullptr;
  std::uint64_t newlines_ = 0;
};

}  // namespace vedette::normalise
