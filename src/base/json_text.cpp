#include "base/json_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/encode.h"

namespace vedette::base {
namespace {

std::size_t digits_at(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
  return at - begin;
}

std::optional<char32_t> unit_at(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
  if (error != std::errc() || end != begin + 4) return std::nullopt;
  return static_cast<char32_t>(value);
}

char plain_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case '"':
    case '\\':
    case '/':
      return c;
    default:
      return 0;
  }
}

// The place of the first letter that does not stand for itself in a canonical string, or its quote.
std::size_t find_end_of_plain(std::string_view text, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t ones = 0x0101010101010101ULL, highs = ones * 0x80;
  const auto zeros = [](std::uint64_t word) { return (word - ones) & ~word & highs; };
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t found = (word & highs) | ((word - ones * 0x20) & ~word & highs) |
                                zeros(word ^ (ones * '"')) | zeros(word ^ (ones * '\\')) |
                                zeros(word ^ (ones * 0x7F));
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && is_plain_json(text.substr(at, 1))) ++at;
  return at;
}

class CanonicalReader {
 public:
  CanonicalReader(std::string_view text, unsigned depth_max) : text_(text), depth_max_(depth_max) {}
  bool composite(unsigned depth) {
    if (depth > depth_max_) return false;
    return take('{') ? object(depth) : take('[') && array(depth);
  }
  [[nodiscard]] CanonicalJson read() const { return {at_, members_}; }

 private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool object(unsigned depth) {
    if (take('}')) return true;
    const std::size_t first_name = names_used_;
    do {
      const std::size_t begin = at_;
      if (!string() || !is_new_name(text_.substr(begin, at_ - begin), first_name)) return false;
      ++members_;
      if (!take(':') || take("null") || !value(depth)) return false;
    } while (take(','));
    names_used_ = first_name;
    return take('}');
  }
  bool array(unsigned depth) {
    if (take(']')) return true;
    do
      if (!take("null") && !value(depth)) return false;
    while (take(','));
    return take(']');
  }
  bool value(unsigned depth) {
    if (at_ == text_.size()) return false;
    switch (text_[at_]) {
      case '"':
        return string();
      case '{':
      case '[':
        return composite(depth + 1);
      case 't':
        return take("true");
      case 'f':
        return take("false");
      default:
        return number();
    }
  }
  bool string() {
    if (!take('"')) return false;
    at_ = find_end_of_plain(text_, at_);
    return take('"');
  }
  bool number() {
    const std::size_t end = std::min(text_.find_first_of(",]}", at_), text_.size());
    if (!is_json_number(text_.substr(at_, end - at_))) return false;
    at_ = end;
    return true;
  }
  bool is_new_name(std::string_view name, std::size_t first_name) {
    if (names_used_ == names_.size()) return false;
    for (std::size_t i = first_name; i < names_used_; ++i)
      if (names_[i] == name) return false;
    names_[names_used_++] = name;
    return true;
  }

  std::string_view text_;
  unsigned depth_max_;
  std::size_t at_ = 0, members_ = 0;
  std::array<std::string_view, 64> names_;  // of the objects around, the outer ones first
  std::size_t names_used_ = 0;
};

}  // namespace

std::optional<CanonicalJson> find_canonical_json(std::string_view text, unsigned depth_max) {
  CanonicalReader reader(text, depth_max);
  if (!reader.composite(1)) return std::nullopt;
  return reader.read();
}

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, ++at);
    if (fraction == 0) return false;
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t power = digits_at(text, at);
    if (power == 0) return false;
    at += power;
  }
  return at == text.size();
}

bool is_plain_json(std::string_view text) {
  // Without branches, so that it takes many letters at once.
  unsigned strange = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    strange |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(byte >= 0x7F) |
               static_cast<unsigned>(c == '"') | static_cast<unsigned>(c == '\\');
  }
  return strange == 0;
}

bool append_unescaped_json(std::string& out, std::string_view inner) {
  for (std::size_t at = 0; at < inner.size();) {
    const std::size_t escape = std::min(inner.find('\\', at), inner.size());
    out.append(inner, at, escape - at);
    at = escape + 1;
    if (escape == inner.size()) break;
    if (at == inner.size()) return false;
    const char c = inner[at++];
    if (const char plain = plain_escape(c); plain != 0) {
      out += plain;
      continue;
    }
    const auto high = c == 'u' ? unit_at(inner, at) : std::nullopt;
    if (!high) return false;
    at += 4;
    char32_t code = *high;
    if (code >= 0xD800 && code < 0xDC00 && inner.substr(at).starts_with("\\u")) {
      if (const auto low = unit_at(inner, at + 2); low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (*low - 0xDC00);
        at += 6;
      }
    }
    append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
  }
  return true;
}

}  // namespace vedette::base
