// Owns: the randomness of a simulation: reproducible by its seed, on every machine.
// Promises: integers only (no floating point, whose rounding differs between machines); two
// generators of one seed give the same numbers for ever, since tests pin hashes of what they make.
// Source: xoshiro256** and splitmix64 by Blackman and Vigna (public domain), written anew.
// Must not know: anything that must not be guessed takes ports/random.h instead. One thread.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace vedette::simulate {

class SeededRandom {
 public:
  explicit SeededRandom(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15ULL;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
      word = mixed ^ (mixed >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // 0 .. count - 1.
  std::uint64_t below(std::uint64_t count) {
    assert(count > 0);
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * count) >> 64);
  }
  std::size_t index(std::size_t count) { return static_cast<std::size_t>(below(count)); }
  // Both ends included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    assert(low <= high);
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(std::uint64_t permille) { return below(1000) < permille; }
  // A waiting time of that mean, as between independent arrivals (at most about five times the
  // mean).
  std::int64_t exponential(std::int64_t mean) { return mean / 1024 * quantile() + mean % 1024; }

 private:
  // The exponential distribution's quantiles at (i + 1/2) / 64, in 1/1024 of the mean.
  std::int64_t quantile() {
    static constexpr std::array<std::int32_t, 64> quantiles = {
        8,    24,   41,   58,   75,   92,   110,  128,  146,  165,  184,  203,  223,
        243,  263,  284,  305,  327,  349,  372,  395,  419,  444,  469,  494,  520,
        547,  575,  603,  633,  663,  694,  726,  759,  793,  828,  865,  903,  942,
        983,  1026, 1070, 1117, 1166, 1217, 1271, 1328, 1388, 1452, 1520, 1594, 1672,
        1758, 1851, 1953, 2067, 2195, 2342, 2513, 2719, 2976, 3320, 3844, 4968};
    return quantiles[static_cast<std::size_t>(next() >> 58)];
  }

  std::array<std::uint64_t, 4> state_{};
};

}  // namespace vedette::simulate
