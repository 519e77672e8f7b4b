#include "base/encode.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::base {
namespace {

constexpr char32_t replacement = 0xFFFD;

// The length of a sequence by its first byte; 0 for a byte that starts none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

constexpr bool is_plain_in_json(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

constexpr std::uint64_t every_byte = 0x0101'0101'0101'0101ULL;

// Where the first character is, from `at` on, that needs an escape or is not ASCII.
std::size_t end_of_plain(std::string_view text, std::size_t at) {
#if defined(__SSE2__)
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    // As signed numbers, those that are not ASCII lie below the blank, too.
    const __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(0x20), bytes);
    const __m128i other = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7F))));
    const int found = _mm_movemask_epi8(_mm_or_si128(low, other));
    if (found != 0)
      return at + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found)));
  }
#endif
  const auto is_in = [](std::uint64_t word, std::uint64_t byte) {
    const std::uint64_t difference = word ^ (byte * every_byte);
    return (difference - every_byte) & ~difference;
  };
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t found = (word - 0x20 * every_byte) | word | is_in(word, '"') |
                                is_in(word, '\\') | is_in(word, 0x7F);
    if ((found & (0x80 * every_byte)) != 0) break;
  }
  while (at < text.size() && is_plain_in_json(text[at])) ++at;
  return at;
}

}  // namespace

char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = sequence_length(lead);
  if (length == 1) {
    ++at;
    return lead;
  }
  if (length == 0 || at + length > text.size()) {
    ++at;
    return replacement;
  }
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0) != 0x80) {
      ++at;
      return replacement;
    }
    value = value << 6 | (byte & 0x3F);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    ++at;
    return replacement;
  }
  at += length;
  return value;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | c >> 6);
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | c >> 12);
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | c >> 18);
    byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

bool is_bidirectional_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

void append_json_string(std::string& out, std::string_view text) {
  // Most text is plain: whole runs of it are copied, and mostly all of it is one.
  std::size_t at = end_of_plain(text, 0);
  const std::size_t before = out.size();
  const std::size_t after = before + at + 2;  // GCC 12 hands over more when the text has to grow
  out.resize_and_overwrite(after, [&](char* bytes, std::size_t) {
    bytes[before] = '"';
    std::copy_n(text.data(), at, bytes + before + 1);
    bytes[after - 1] = '"';
    return after;
  });
  if (at == text.size()) return;
  out.pop_back();
  while (true) {
    const std::size_t first = at;
    at = end_of_plain(text, at);
    out.append(text, first, at - first);
    if (at == text.size()) break;
    const char32_t c = next_character(text, at);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c < 0x20 || c == 0x7F || c == 0x2028 || c == 0x2029) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      append_utf8(out, c);
    }
  }
  out.push_back('"');
}

std::string clean_utf8(std::string_view text, std::size_t bytes_max) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = out.size();
    append_utf8(out, next_character(text, at));
    if (out.size() > bytes_max) {
      out.resize(before);
      while (out.size() + 3 > bytes_max && !out.empty()) {
        // Room for the ellipsis: drop whole characters from the end.
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80)
          out.pop_back();
        if (!out.empty()) out.pop_back();
      }
      if (bytes_max >= 3) out += "…";
      return out;
    }
  }
  return out;
}

std::string encode_terminal(std::string_view text, std::size_t bytes_max) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    const auto code = static_cast<unsigned>(c);
    if (c < 0x20 || c == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", code);
    } else if ((c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029 ||
               is_bidirectional_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    } else {
      append_utf8(out, c);
    }
    if (out.size() > bytes_max) return clean_utf8(out, bytes_max);
  }
  return out;
}

}  // namespace vedette::base
