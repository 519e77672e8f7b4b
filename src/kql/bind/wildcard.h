// Owns: matching of names with * against a pattern, without back-tracking cost. Called from any
// thread.
#pragma once

#include <string_view>

namespace vedette::kql::bind {

// `pattern` with * for any characters; a pattern without * must be the name itself.
[[nodiscard]] constexpr bool matches_wildcard(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace vedette::kql::bind
