// Owns: decimal numbers and IPv4 addresses read from bytes at a known place, without a loop over
// their digits: how many digits a port or an octet has cannot be foreseen, and every wrong guess of
// the processor costs more than the rest of the line.
// Promises: the same answer with and without vector instructions. Reads only the bytes that each
// function names. Must not know: messages. Called from any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/ip.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::normalise {

// Eight bytes as a word whose lowest byte is the first.
[[nodiscard]] inline std::uint64_t load_word(const char* p) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, p, 8);
  return word;
}

// The number that eight digits spell, each of them a byte 0..9, the first in the lowest byte.
// Source: pairs, then fours, then eights in one multiplication each (D. Lemire, "Quickly parsing
// eight digits").
[[nodiscard]] constexpr std::uint32_t number_of_eight(std::uint64_t digits) {
  constexpr std::uint64_t every_second = 0x0000'00FF'0000'00FFULL;
  digits = digits * 10 + (digits >> 8);
  const std::uint64_t low = (digits & every_second) * 0x000F'4240'0000'0064ULL;
  const std::uint64_t high = ((digits >> 16) & every_second) * 0x0000'2710'0000'0001ULL;
  return static_cast<std::uint32_t>((low + high) >> 32);
}

// A bit (the highest) in each byte of the word that is no digit. A byte above a byte that is no
// digit may be marked wrongly, so only the lowest mark counts.
[[nodiscard]] constexpr std::uint64_t marks_of_others(std::uint64_t word) {
  const std::uint64_t difference = word ^ 0x3030'3030'3030'3030ULL;
  return (difference | (difference + 0x7676'7676'7676'7676ULL)) & 0x8080'8080'8080'8080ULL;
}

struct Number {
  std::uint32_t value = 0;
  int digits = 0;  // 0: there is none
};

// The digits that start at `p`; at most seven, then the number is not taken. Reads eight bytes.
[[nodiscard]] inline Number read_number(const char* p) {
  const std::uint64_t word = load_word(p);
  const std::uint64_t others = marks_of_others(word);
  if (others == 0) return {};
  const int digits = std::countr_zero(others) / 8;
  if (digits == 0) return {};
  return {number_of_eight((word & 0x0F0F'0F0F'0F0F'0F0FULL) << (64 - 8 * digits)), digits};
}

// Which of the 16 bytes at `p` are digits, and which are dots: the first byte is the lowest bit.
struct SixteenBytes {
  std::uint32_t digits = 0;
  std::uint32_t dots = 0;
};

[[nodiscard]] inline SixteenBytes look_at_sixteen(const char* p) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i from_zero = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(from_zero, _mm_set1_epi8(9)), from_zero);
  const __m128i dots = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'));
  return {static_cast<std::uint32_t>(_mm_movemask_epi8(digits)),
          static_cast<std::uint32_t>(_mm_movemask_epi8(dots))};
#else
  SixteenBytes seen;
  for (unsigned i = 0; i < 16; ++i) {
    seen.digits |= static_cast<std::uint32_t>(p[i] >= '0' && p[i] <= '9') << i;
    seen.dots |= static_cast<std::uint32_t>(p[i] == '.') << i;
  }
  return seen;
#endif
}

// The number that ends before `end`, of one to five digits with no digit before them. Reads the 16
// bytes before `end`.
[[nodiscard]] inline Number read_number_backwards(const char* end) {
  const std::uint32_t others = ~look_at_sixteen(end - 16).digits & 0xFFFF;
  const int digits = 15 - (31 - std::countl_zero(others | 1));
  if (digits < 1 || digits > 5) return {};
  const std::uint64_t word = load_word(end - 8) & 0x0F0F'0F0F'0F0F'0F0FULL;
  return {number_of_eight(word & (~0ULL << (64 - 8 * digits))), digits};
}

// Is the number of these digits (the last one is the highest byte) an octet as sshd writes it: up
// to 255, no leading zero? `length` is 1 to 3. Compared as text is, from the first digit on.
[[nodiscard]] constexpr bool is_octet(std::uint32_t digits, std::uint32_t length) {
  constexpr std::uint32_t most = 0x02'05'05;
  const std::uint32_t least = (1U << (8 * (length - 1))) & ~1U;
  return std::byteswap(digits) - least <= most - least;
}

// Reads "1.2.3.4" backwards from `end`: the place where it starts, or null when it is no address or
// when a digit or a dot stands before it. Reads the 16 bytes before `end`.
[[nodiscard]] const char* read_v4_backwards(const char* end, base::IpAddress& address);
// The same on every processor.
[[nodiscard]] const char* read_v4_backwards_plainly(const char* end, base::IpAddress& address);
// Reads an IPv6 address of hexadecimal groups alone ("2001:db8::1": no IPv4 tail, no zone, not
// "::") backwards from `end` to where it starts, at or after `begin`; null when it is none, as
// base::parse_ip would say of those bytes.
[[nodiscard]] const char* read_v6_backwards(const char* begin, const char* end,
                                            base::IpAddress& address);

}  // namespace vedette::normalise
