// Owns: the few readings of text that every parser needs, over views, without allocation.
// Must not know: any format. Called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::base {

[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower_ascii(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
// Decimal digits only, the whole text; empty when it does not fit in 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
// The word of `candidates` nearest to `word` by edit distance (at most a third of its length away),
// for "did you mean"; empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string_view>& candidates);
// 1234567 -> "1,234,567", for people.
[[nodiscard]] std::string group_thousands(std::uint64_t number);
// 12 B, 3.4 kB, 1.2 GB (decimal units), for people.
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace vedette::base
