// Owns: a text of several lines under a cursor, and what editing does to both. Promises: the cursor
// stands between characters; the text is valid UTF-8 without control characters but line breaks,
// and bounded. Must not know: keys, terminals. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vedette::prompt {

// A query's own bound is 1 MB (base/limits.h); nobody edits that by hand.
inline constexpr std::size_t edited_bytes_max = 256 * 1024;

// Line breaks as \n, tabs as spaces, other control characters left out.
[[nodiscard]] std::string clean_input(std::string_view text);
// The columns a character takes on a terminal: 0 (it joins the one before), 1 or 2. Source:
// Unicode's East Asian Width (wide and full-width), general categories Mn, Me and Cf, by blocks.
[[nodiscard]] std::size_t columns_of(char32_t character);

class TextBuffer {
 public:
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t cursor() const { return cursor_; }  // byte offset
  [[nodiscard]] bool is_on_last_line() const;

  void set(std::string_view text);  // the cursor behind it
  void insert(std::string_view text);
  // The bytes from `begin` to the cursor become `text`.
  void replace_before_cursor(std::size_t begin, std::string_view text);

  void left();
  void right();
  void word_left();
  void word_right();
  void line_start();
  void line_end();
  // False: there is no line there.
  bool up();
  bool down();

  void erase_left();
  void erase_right();
  // What these take away, `yank` puts back.
  void kill_word();
  void kill_to_line_start();
  void kill_to_line_end();
  void yank() { insert(std::string(killed_)); }

 private:
  [[nodiscard]] std::size_t before(std::size_t at) const;
  [[nodiscard]] std::size_t after(std::size_t at) const;
  [[nodiscard]] std::size_t line_begin(std::size_t at) const;
  [[nodiscard]] std::size_t line_finish(std::size_t at) const;
  [[nodiscard]] std::size_t word_begin() const;
  void move_to_line(std::size_t begin);
  void kill(std::size_t begin, std::size_t end);

  std::string text_, killed_;
  std::size_t cursor_ = 0;
};

}  // namespace vedette::prompt
