// Owns: one fast 64-bit hash for tables and identities. Not cryptographic, not keyed: where an
// attacker chooses the keys, tables use a seed from ports/random.h (see hash_bytes' second
// argument). Promises: the same value on every machine of the same byte order; version 1 is on disk
// as event identity and never changes. Source: the folded-multiply construction of wyhash (public
// domain), written anew. Must not know: any room. Called from any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace vedette::base {

[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline constexpr std::uint64_t hash_key_0 = 0xa0761d6478bd642fULL;
inline constexpr std::uint64_t hash_key_1 = 0xe7037ed1a0b428dbULL;
inline constexpr std::uint64_t hash_key_2 = 0x8ebc6af09c88c6e3ULL;

namespace hash_details {

[[nodiscard]] inline std::uint64_t word(const char* p) {
  std::uint64_t value = 0;
  std::memcpy(&value, p, 8);
  return value;
}

// The last 0 to 16 bytes, of which those before `end - 8` may be any that can be read. How many
// there are cannot be foreseen, so nothing here is a branch.
[[nodiscard]] inline std::uint64_t finish(const char* end, std::size_t left, std::size_t size,
                                          std::uint64_t state) {
  const bool is_long = left >= 8;
  const std::uint64_t first = word(end - (is_long ? left : 8));
  const std::uint64_t last = word(end - 8);
  const std::uint64_t a = is_long ? first : (first >> 1) >> ((63 - 8 * left) & 63);
  const std::uint64_t b = is_long ? last : 0;
  return mix(hash_key_2 ^ size, mix(a ^ hash_key_1, b ^ state));
}

}  // namespace hash_details

[[nodiscard]] inline std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed = 0) {
  using hash_details::word;
  const char* p = text.data();
  std::size_t left = text.size();
  std::uint64_t state = seed ^ hash_key_0;
  if (left > 16) {
    for (; left > 16; p += 16, left -= 16) state = mix(word(p) ^ hash_key_1, word(p + 8) ^ state);
    return hash_details::finish(p + left, left, text.size(), state);
  }
  std::uint64_t a = 0, b = 0;
  if (left >= 8) {
    a = word(p);
    b = word(p + left - 8);
  } else if (left >= 4) {  // `left` bytes as one word, from two reads that overlap
    const auto short_word = [](const char* at) -> std::uint64_t {
      std::uint32_t value = 0;
      std::memcpy(&value, at, 4);
      return value;
    };
    a = short_word(p) | short_word(p + left - 4) << (8 * (left - 4));
  } else if (left > 0) {
    const auto byte = [p](std::size_t at) -> std::uint64_t {
      return static_cast<unsigned char>(p[at]) * (1ULL << (8 * at));
    };
    a = byte(0) | byte(left / 2) | byte(left - 1);
  }
  return mix(hash_key_2 ^ text.size(), mix(a ^ hash_key_1, b ^ state));
}

// The same value, for a text before which at least 8 bytes can be read: a part of a line.
[[nodiscard]] inline std::uint64_t hash_part(std::string_view text) {
  if (text.size() > 16) return hash_bytes(text);
  return hash_details::finish(text.data() + text.size(), text.size(), text.size(), hash_key_0);
}

[[nodiscard]] constexpr std::uint64_t hash_words(std::uint64_t a, std::uint64_t b) {
  return mix(a ^ hash_key_0, b ^ hash_key_1);
}

}  // namespace vedette::base
