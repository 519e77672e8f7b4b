// Owns: text by characters (code points) where Kusto counts those and not bytes.
// Promises: invalid bytes count as one character each. Called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/encode.h"

namespace vedette::kql::native {

[[nodiscard]] inline bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}
[[nodiscard]] inline bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}
[[nodiscard]] inline std::int64_t count_characters(std::string_view text) {
  std::int64_t count = 0;
  for (const char c : text) count += starts_character(c) ? 1 : 0;
  return count;
}
// The byte at which that character starts; the size of the text when there are fewer.
[[nodiscard]] inline std::size_t byte_of_character(std::string_view text, std::int64_t character) {
  if (character <= 0) return 0;
  std::size_t at = 0;
  while (at < text.size()) {
    ++at;
    while (at < text.size() && !starts_character(text[at])) ++at;
    if (--character == 0) return at;
  }
  return text.size();
}
[[nodiscard]] inline bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (base::next_character(text, at) == 0xFFFD &&
        text.substr(before, at - before) != "\xEF\xBF\xBD")
      return false;
  }
  return true;
}
[[nodiscard]] inline char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
}

}  // namespace vedette::kql::native
