// Owns: the parts of a time stamp that every form of it is made of, read at a known place.
// Promises: each reads only the bytes it names, and says when they are something else. Must not
// know: which form they stand in. Called from any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace vedette::normalise {

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Two decimal digits, the first of which may be a blank; -1 otherwise.
[[nodiscard]] constexpr int two_digits(const char* p) {
  const int tens = p[0] == ' ' ? 0 : p[0] - '0';
  const int ones = p[1] - '0';
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
  return tens * 10 + ones;
}

// 1..12 of an English month abbreviation; 0 for anything else.
[[nodiscard]] inline int month_of(const char* p) {
  constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (int month = 0; month < 12; ++month)
    if (std::memcmp(names.data() + month * 3, p, 3) == 0) return month + 1;
  return 0;
}

// "hh:mm:ss" in seconds; -1 when it is not one.
[[nodiscard]] inline std::int64_t time_of_day(const char* p) {
  if (p[2] != ':' || p[5] != ':') return -1;
  const int hour = two_digits(p), minute = two_digits(p + 3), second = two_digits(p + 6);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
  return hour * 3600 + minute * 60 + second;
}

// Reads "Z", "+hh:mm" or "+hhmm" at `at`, moving past it. Empty when there is none.
[[nodiscard]] inline std::optional<std::int64_t> read_offset(std::string_view line,
                                                             std::size_t& at) {
  if (at < line.size() && line[at] == 'Z') {
    ++at;
    return 0;
  }
  if (at + 5 > line.size() || (line[at] != '+' && line[at] != '-')) return std::nullopt;
  const char* p = line.data() + at;
  const std::size_t colon = p[3] == ':' ? 1 : 0;
  if (at + 5 + colon > line.size()) return std::nullopt;
  const int hours = two_digits(p + 1), minutes = two_digits(p + 3 + colon);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59) return std::nullopt;
  at += 5 + colon;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return p[0] == '-' ? -seconds : seconds;
}

}  // namespace vedette::normalise
