// Owns: matching of text against a pattern with *, without back-tracking cost. Called from any
// thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace vedette::kql::native {

// `is_any(c)`: the pattern's character c stands for any characters; `same(p, t)`: the pattern's p
// is the text's t.
template <typename IsAny, typename Same>
[[nodiscard]] constexpr bool matches_pattern(std::string_view pattern, std::string_view text,
                                             IsAny is_any, Same same) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < text.size()) {
    if (p < pattern.size() && is_any(pattern[p])) {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && same(pattern[p], text[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_any(pattern[p])) ++p;
  return p == pattern.size();
}

// `pattern` with * for any characters; a pattern without * must be the name itself.
[[nodiscard]] constexpr bool matches_wildcard(std::string_view pattern, std::string_view name) {
  return matches_pattern(
      pattern, name, [](char c) { return c == '*'; }, [](char a, char b) { return a == b; });
}

}  // namespace vedette::kql::native
