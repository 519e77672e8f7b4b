// Owns: how the simulated tenant names things: GUIDs made from two words, and sign-in ids that hold
// their event's time, so that a record is found again without an index.
// Promises: pure functions of their arguments. Must not know: what is named. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"

namespace vedette::simulate::tenant {

struct Identifier {
  std::uint64_t high = 0, low = 0;

  constexpr bool operator==(const Identifier&) const = default;
};

// 8-4-4-4-12 lower-case hexadecimal digits.
void append_guid(std::string& out, Identifier id);
[[nodiscard]] std::string format_guid(Identifier id);
[[nodiscard]] std::optional<Identifier> parse_guid(std::string_view text);

// A thing that never changes: the nth of a kind in the tenant of that seed.
[[nodiscard]] constexpr Identifier made_of(std::uint64_t seed, std::uint64_t kind,
                                           std::uint64_t n) {
  const std::uint64_t key = base::hash_words(base::hash_words(seed, kind + 0x51ED), n + 1);
  return {base::hash_words(key, 0x6869), base::hash_words(key, 0x6c6f)};
}

// A record of that moment; `key` tells records of one moment apart.
[[nodiscard]] constexpr Identifier record_id(base::Timestamp time, std::uint64_t key) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15ULL;
  return {static_cast<std::uint64_t>(time.ticks) * odd ^ key, key};
}
// The moment back.
[[nodiscard]] constexpr base::Timestamp record_time(Identifier id) {
  constexpr std::uint64_t inverse = 0xF1DE83E19937733DULL;  // of `odd`, modulo 2^64
  return {static_cast<std::int64_t>((id.high ^ id.low) * inverse)};
}
static_assert(record_time(record_id({638'000'000'000'000'001}, 0xABCDEF)).ticks ==
              638'000'000'000'000'001);

}  // namespace vedette::simulate::tenant
