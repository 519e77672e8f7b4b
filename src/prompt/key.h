// Owns: the bytes that a terminal sends as keys. Promises: a sequence that is cut is waited for;
// one that is not known is passed over whole; pasted text (bracketed paste) is one key, whatever is
// in it. Source: ECMA-48 control sequences; xterm's control sequences. Must not know: what keys do.
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette::prompt {

enum class KeyKind : std::uint8_t {
  character,  // text: one character
  paste,      // text: all of it
  enter,
  line_break,  // Alt-Enter, Ctrl-J
  tab,
  backspace,
  erase,  // Delete
  left,
  right,
  up,
  down,
  home,
  end,
  word_left,
  word_right,
  kill_word,
  kill_to_start,
  kill_to_end,
  yank,
  search,
  clear_screen,
  interrupt,  // Ctrl-C
  finish,     // Ctrl-D
  escape,     // Ctrl-G
};

struct Key {
  KeyKind kind = KeyKind::character;
  std::string text = {};
};

class KeyReader {
 public:
  void feed(std::string_view bytes) { waiting_ += bytes; }
  // Nothing: more bytes are needed.
  [[nodiscard]] std::optional<Key> next();

 private:
  [[nodiscard]] std::optional<Key> sequence(bool& known);
  [[nodiscard]] std::optional<Key> control(char c, bool& known);
  [[nodiscard]] std::optional<Key> character();
  [[nodiscard]] std::optional<Key> pasted();

  std::string waiting_;
};

}  // namespace vedette::prompt
