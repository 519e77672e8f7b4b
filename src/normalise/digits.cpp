#include "normalise/digits.h"

#include <array>

#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

namespace vedette::normalise {

const char* read_v4_backwards_plainly(const char* end, base::IpAddress& address) {
  const char* const first = end - 16;
  const SixteenBytes seen = look_at_sixteen(first);
  // The four last bytes that are no digits: three dots, and what stands before the address.
  std::uint32_t others = ~seen.digits & 0xFFFF;
  std::uint32_t stops[4], lengths[4], bits = 0, wrong_length = 0, after = 16;
#pragma GCC unroll 4
  for (int part = 0; part < 4; ++part) {
    stops[part] = static_cast<std::uint32_t>(31 ^ __builtin_clz(others | 1));
    lengths[part] = after - stops[part] - 1;
    wrong_length |= static_cast<std::uint32_t>(lengths[part] - 1 > 2);
    bits |= 1U << stops[part];
    others &= ~(1U << stops[part]);
    after = stops[part];
  }
  const std::uint32_t before_it = 1U << stops[3];
  const bool stands_alone = (seen.digits & before_it) == 0;
  if (wrong_length != 0 || !stands_alone || (seen.dots & bits) != (bits ^ before_it))
    return nullptr;
  std::uint32_t value = 0;
  bool good = true;
  after = 16;
#pragma GCC unroll 4
  for (int part = 0; part < 4; ++part) {
    std::uint32_t digits = 0;  // the last one is the highest byte
    std::memcpy(&digits, first + after - 4, 4);
    digits &= 0x0F0F'0F0F & (0xFFFF'FFFFU << (32 - 8 * lengths[part]));
    good &= is_octet(digits, lengths[part]);
    // The byte that all three products meet in: hundreds, tens and ones.
    value |= ((digits * std::uint64_t{0x64'0A'01}) >> 24 & 0xFF) << (8 * part);
    after = stops[part];
  }
  if (!good) return nullptr;
  address = base::IpAddress::from_v4(value);
  return first + after + 1;
}

#if defined(__x86_64__)
namespace {

// An address whose numbers have known lengths, seen from its end.
struct OctetPattern {
  alignas(16) std::array<std::uint8_t, 16> order{};  // brings its digits into four words
  alignas(16) std::array<std::uint32_t, 4> least{};  // that a number of so many digits may be
};

// The lengths of the last three numbers, of the last one first, as one number below 27.
struct Tail {
  std::uint8_t number = none;
  std::uint8_t after_first = 0;  // where the first of the three dots is
  std::uint16_t dots = 0;        // where all of them are
  static constexpr std::uint8_t none = 0xFF;
};

// By which of the last twelve bytes are no digits: the three last of these end the tail's numbers.
constexpr std::array<Tail, 4096> tails = [] {
  std::array<Tail, 4096> made{};
  for (std::uint32_t others = 0; others < made.size(); ++others) {
    Tail& tail = made[others];
    std::uint32_t left = others << 4, after = 16, number = 0, weight = 1;
    bool fits = true;
    for (int part = 0; part < 3 && fits; ++part, weight *= 3) {
      const auto stop = static_cast<std::uint32_t>(31 - std::countl_zero(left | 1));
      const std::uint32_t length = after - stop - 1;
      fits = left != 0 && length >= 1 && length <= 3;
      if (!fits) break;
      number += weight * (length - 1);
      tail.dots = static_cast<std::uint16_t>(tail.dots | 1U << stop);
      left &= ~(1U << stop);
      after = stop;
    }
    tail.number = fits ? static_cast<std::uint8_t>(number) : Tail::none;
    tail.after_first = static_cast<std::uint8_t>(after);
  }
  return made;
}();

constexpr std::array<OctetPattern, 81> octet_patterns = [] {
  constexpr std::uint8_t nothing = 0x80;
  std::array<OctetPattern, 81> patterns{};
  for (std::uint32_t number = 0; number < patterns.size(); ++number) {
    OctetPattern& pattern = patterns[number];
    std::uint32_t after = 16, rest = number;
    for (std::uint32_t part = 0; part < 4; ++part, rest /= 3) {
      const std::uint32_t length = rest % 3 + 1;
      for (std::uint32_t digit = 0; digit < 4; ++digit)  // from the right
        pattern.order[part * 4 + 3 - digit] =
            digit < length ? static_cast<std::uint8_t>(after - 1 - digit) : nothing;
      pattern.least[part] = length == 1 ? 0 : length == 2 ? 10 : 100;
      after -= length + 1;
    }
  }
  return patterns;
}();

[[gnu::always_inline]] inline __m128i load(const void* sixteen_bytes) {
  return _mm_load_si128(static_cast<const __m128i*>(sixteen_bytes));
}

// The stops come from a table, and one shuffle brings all digits to their places. Source of the
// idea: W. Mula and D. Lemire, "Parsing series of integers with SIMD".
[[gnu::target("ssse3")]] const char* read_v4_by_shuffle(const char* end, base::IpAddress& address) {
  const SixteenBytes seen = look_at_sixteen(end - 16);
  const std::uint32_t others = ~seen.digits & 0xFFFF;
  const Tail tail = tails[others >> 4];
  if (tail.number == Tail::none) return nullptr;
  const std::uint32_t before_dots = others & ((1U << tail.after_first) - 1);
  const auto stop = static_cast<std::uint32_t>(31 ^ __builtin_clz(before_dots | 1));
  const std::uint32_t length = tail.after_first - stop - 1;
  // Something stands before the address, and it is neither a digit nor a dot.
  const bool stands_alone = before_dots != 0 && (seen.dots >> stop & 1) == 0;
  if (length - 1 > 2 || !stands_alone || (seen.dots & tail.dots) != tail.dots) return nullptr;
  const OctetPattern& pattern = octet_patterns[tail.number + 27 * (length - 1)];
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
  const __m128i digits = _mm_and_si128(bytes, _mm_set1_epi8(0x0F));
  const __m128i ordered = _mm_shuffle_epi8(digits, load(pattern.order.data()));
  const __m128i pairs = _mm_maddubs_epi16(ordered, _mm_set1_epi32(0x01'0A'64'00));
  const __m128i numbers = _mm_madd_epi16(pairs, _mm_set1_epi16(1));
  const __m128i wrong = _mm_or_si128(_mm_cmpgt_epi32(load(pattern.least.data()), numbers),
                                     _mm_cmpgt_epi32(numbers, _mm_set1_epi32(255)));
  if (_mm_movemask_epi8(wrong) != 0) return nullptr;
  const __m128i words = _mm_packs_epi32(numbers, numbers);
  const auto value = static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
  address = base::IpAddress::from_v4(value);
  return end - 16 + stop + 1;
}

// Until it is known, the other way is taken, with the same answers.
const bool can_shuffle = __builtin_cpu_supports("ssse3") != 0;

}  // namespace
#endif

const char* read_v4_backwards(const char* end, base::IpAddress& address) {
#if defined(__x86_64__)
  if (can_shuffle) [[likely]]
    return read_v4_by_shuffle(end, address);
#endif
  return read_v4_backwards_plainly(end, address);
}

namespace {

constexpr std::uint8_t no_digit = 0xFF;
constexpr std::array<std::uint8_t, 256> hexadecimal_digits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::uint8_t i = 0; i < 10; ++i) digits[std::size_t{'0'} + i] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    digits[std::size_t{'a'} + i] = static_cast<std::uint8_t>(10 + i);
    digits[std::size_t{'A'} + i] = static_cast<std::uint8_t>(10 + i);
  }
  return digits;
}();

}  // namespace

const char* read_v6_backwards(const char* begin, const char* end, base::IpAddress& address) {
  constexpr std::uint32_t groups_max = 8;
  std::array<std::uint16_t, groups_max> groups{};                   // of the last one first
  std::uint32_t used = 0, digits = 0, value = 0, gap = groups_max;  // groups behind the "::"
  const char* p = end;
  while (true) {
    const bool over = p == begin;
    const std::uint8_t digit =
        over ? no_digit : hexadecimal_digits[static_cast<unsigned char>(p[-1])];
    if (digit != no_digit) {
      if (digits == 4) return nullptr;
      value |= std::uint32_t{digit} << (4 * digits++);
      --p;
      continue;
    }
    if (digits > 0) {
      if (used == groups_max) return nullptr;
      groups[used++] = static_cast<std::uint16_t>(value);
      digits = value = 0;
    } else if (p != end && !(gap == used && p[0] == ':' && p[1] == ':')) {
      return nullptr;  // a colon that no group stands before
    }
    if (over || p[-1] != ':') break;
    --p;
    if (p != begin && p[-1] == ':') {
      if (gap != groups_max || used == groups_max) return nullptr;
      gap = used;
      --p;
    } else if (used == 0 || gap == used) {
      return nullptr;  // one that ends it, or a third
    }
  }
  const bool has_gap = gap != groups_max;
  if (has_gap ? used == 0 || used == groups_max : used != groups_max) return nullptr;
  address = {};
  for (std::uint32_t i = 0; i < used; ++i) {
    const std::uint32_t place = i < gap ? i : i + groups_max - used;
    (place < 4 ? address.low : address.high) |= std::uint64_t{groups[i]} << (16 * (place % 4));
  }
  return p;
}

}  // namespace vedette::normalise
