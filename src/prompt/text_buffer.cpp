#include "prompt/text_buffer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encode.h"

namespace vedette::prompt {
namespace {

using Range = std::pair<char32_t, char32_t>;

constexpr std::array<Range, 17> joining{{{0x0300, 0x036F},
                                         {0x0483, 0x0489},
                                         {0x0591, 0x05BD},
                                         {0x0610, 0x061A},
                                         {0x064B, 0x065F},
                                         {0x0900, 0x0902},
                                         {0x093C, 0x093C},
                                         {0x0941, 0x0948},
                                         {0x0E31, 0x0E31},
                                         {0x0E34, 0x0E3A},
                                         {0x0E47, 0x0E4E},
                                         {0x1AB0, 0x1AFF},
                                         {0x1DC0, 0x1DFF},
                                         {0x200B, 0x200F},
                                         {0x20D0, 0x20FF},
                                         {0xFE00, 0xFE0F},
                                         {0xE0100, 0xE01EF}}};
constexpr std::array<Range, 14> wide{{{0x1100, 0x115F},
                                      {0x2E80, 0x303E},
                                      {0x3041, 0x33FF},
                                      {0x3400, 0x4DBF},
                                      {0x4E00, 0x9FFF},
                                      {0xA000, 0xA4CF},
                                      {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},
                                      {0xFE30, 0xFE6F},
                                      {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},
                                      {0x1F300, 0x1F64F},
                                      {0x1F900, 0x1F9FF},
                                      {0x20000, 0x3FFFD}}};

bool is_in(const auto& ranges, char32_t character) {
  return std::ranges::any_of(ranges, [character](const Range& range) {
    return character >= range.first && character <= range.second;
  });
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

std::string clean_input(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = base::next_character(text, at);
    if (c == '\r') {
      if (at >= text.size() || text[at] != '\n') out += '\n';
    } else if (c == '\t') {
      out += "    ";
    } else if (c == '\n' || (c >= 0x20 && c != 0x7F && (c < 0x80 || c > 0x9F))) {
      base::append_utf8(out, c);
    }
  }
  return out;
}

std::size_t columns_of(char32_t character) {
  if (character < 0x0300) return 1;
  if (is_in(joining, character)) return 0;
  return is_in(wide, character) ? 2 : 1;
}

bool TextBuffer::is_on_last_line() const {
  return text_.find('\n', cursor_) == std::string::npos;
}

void TextBuffer::set(std::string_view text) {
  text_.clear();
  cursor_ = 0;
  insert(text);
}

void TextBuffer::insert(std::string_view text) {
  const std::string clean = clean_input(text);
  if (text_.size() + clean.size() > edited_bytes_max) return;
  text_.insert(cursor_, clean);
  cursor_ += clean.size();
}

void TextBuffer::replace_before_cursor(std::size_t begin, std::string_view text) {
  begin = std::min(begin, cursor_);
  text_.erase(begin, cursor_ - begin);
  cursor_ = begin;
  insert(text);
}

std::size_t TextBuffer::before(std::size_t at) const {
  if (at > 0) --at;
  while (at > 0 && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) --at;
  return at;
}

std::size_t TextBuffer::after(std::size_t at) const {
  if (at < text_.size()) ++at;
  while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) ++at;
  return at;
}

std::size_t TextBuffer::line_begin(std::size_t at) const {
  const std::size_t line_break = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
  return line_break == std::string::npos ? 0 : line_break + 1;
}

std::size_t TextBuffer::line_finish(std::size_t at) const {
  return std::min(text_.find('\n', at), text_.size());
}

std::size_t TextBuffer::word_begin() const {
  std::size_t at = cursor_;
  while (at > 0 && !is_word(text_[at - 1])) --at;
  while (at > 0 && is_word(text_[at - 1])) --at;
  return at;
}

void TextBuffer::left() {
  cursor_ = before(cursor_);
}
void TextBuffer::right() {
  cursor_ = after(cursor_);
}
void TextBuffer::word_left() {
  cursor_ = word_begin();
}
void TextBuffer::word_right() {
  while (cursor_ < text_.size() && !is_word(text_[cursor_])) ++cursor_;
  while (cursor_ < text_.size() && is_word(text_[cursor_])) ++cursor_;
}
void TextBuffer::line_start() {
  cursor_ = line_begin(cursor_);
}
void TextBuffer::line_end() {
  cursor_ = line_finish(cursor_);
}

bool TextBuffer::up() {
  const std::size_t begin = line_begin(cursor_);
  if (begin == 0) return false;
  move_to_line(line_begin(begin - 1));
  return true;
}

bool TextBuffer::down() {
  const std::size_t end = line_finish(cursor_);
  if (end == text_.size()) return false;
  move_to_line(end + 1);
  return true;
}

// As many characters into that line as the cursor was into its own.
void TextBuffer::move_to_line(std::size_t begin) {
  std::size_t characters = 0;
  for (std::size_t at = line_begin(cursor_); at < cursor_; at = after(at)) ++characters;
  const std::size_t end = line_finish(begin);
  cursor_ = begin;
  while (characters-- > 0 && cursor_ < end) cursor_ = after(cursor_);
}

void TextBuffer::erase_left() {
  const std::size_t begin = before(cursor_);
  text_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

void TextBuffer::erase_right() {
  text_.erase(cursor_, after(cursor_) - cursor_);
}

void TextBuffer::kill(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  killed_ = text_.substr(begin, end - begin);
  text_.erase(begin, end - begin);
  cursor_ = begin;
}

void TextBuffer::kill_word() {
  kill(word_begin(), cursor_);
}
void TextBuffer::kill_to_line_start() {
  kill(line_begin(cursor_), cursor_);
}
// At a line's end: the break itself.
void TextBuffer::kill_to_line_end() {
  const std::size_t end = line_finish(cursor_);
  kill(cursor_, end == cursor_ ? after(cursor_) : end);
}

}  // namespace vedette::prompt
