// Owns: how the text that is being written looks on a terminal: its lines behind their prompts,
// broken where the terminal ends, and what stands below it. Promises: what is painted takes the
// place of what was painted before; a text taller than the terminal shows the part around the
// cursor; characters that would move the cursor or turn the reading direction are not painted.
// Source: ECMA-48 (CUU, CUF, ED). Must not know: keys. Pure; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::prompt {

struct View {
  std::string_view prompt;  // before the first line; further lines are moved in as far
  std::string_view text;
  std::size_t cursor = 0;  // byte offset
  const std::vector<std::string>* choices = nullptr;
  std::string_view note = {};
};

struct Size {
  std::size_t columns = 80, rows = 24;
};

class Screen {
 public:
  [[nodiscard]] std::string paint(const View& view, Size size);
  // The text as it stays, and the cursor on a line of its own below it.
  [[nodiscard]] std::string finish(const View& view, Size size);
  // Nothing of ours is on the terminal any more.
  void forget() { cursor_row_ = 0; }

 private:
  std::size_t cursor_row_ = 0;  // of what was painted last
};

}  // namespace vedette::prompt
