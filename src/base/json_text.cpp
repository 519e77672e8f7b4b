#include "base/json_text.h"

#include <charconv>
#include <optional>

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

}  // namespace

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
  for (const char c : text)
    strange |= static_cast<unsigned>(c < 0x20) | static_cast<unsigned>(c == 0x7F) |
               static_cast<unsigned>(c == '"') | static_cast<unsigned>(c == '\\');
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
