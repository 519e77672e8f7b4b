// Owns: what was entered before, and the text that a file keeps of it. Promises: bounded in entries
// and bytes, the oldest leaves first; the same text twice in a row is kept once; a text that begins
// with a space is not kept. Must not know: files. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::prompt {

inline constexpr std::size_t history_entries_max = 1'000;
inline constexpr std::size_t history_bytes_max = 1024 * 1024;

class History {
 public:
  // One entry a line; a line break in it is written \n, a backslash twice.
  [[nodiscard]] static History read(std::string_view text);
  [[nodiscard]] std::string text() const;

  void add(std::string_view entry);
  [[nodiscard]] const std::vector<std::string>& entries() const {
    return entries_;
  }  // oldest first

 private:
  std::vector<std::string> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace vedette::prompt
