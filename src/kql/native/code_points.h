// Owns: sets of code points, as a class in a regular expression names them, and what is done with
// them. Promises: ranges are in order, apart from each other, and within Unicode. Called from any
// thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace vedette::kql::native {

class CodePoints {
 public:
  static constexpr char32_t greatest = 0x10FFFF;

  CodePoints() = default;
  explicit CodePoints(std::vector<std::pair<char32_t, char32_t>> ranges);  // in any order

  [[nodiscard]] CodePoints with(const CodePoints& other) const;
  [[nodiscard]] CodePoints common_with(const CodePoints& other) const;
  [[nodiscard]] CodePoints complement() const;
  // As the inside of a class: \x{41}-\x{5a}...; for the empty set what no character is.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<char32_t, char32_t>> ranges_;  // first and last
};

}  // namespace vedette::kql::native
