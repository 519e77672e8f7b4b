#include "notify/mail_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "notify/chat_text.h"
#include "notify/signature.h"

namespace vedette::notify {
namespace {

constexpr std::size_t line_bytes_max = 76;
constexpr std::string_view encoded_begin = "=?UTF-8?B?";
constexpr std::string_view encoded_end = "?=";

bool is_plain(std::string_view text) {
  return text.find("=?") == std::string_view::npos && !text.ends_with(' ') &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// Words as they are, on lines of at most 76 bytes where blanks allow it.
std::string fold(std::string line, std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const std::size_t blank = value.find(' ', 1);
    const std::string_view word = value.substr(0, blank);
    if (line.size() + word.size() > line_bytes_max && !line.empty() && word.starts_with(' ')) {
      out += line + "\r\n";
      line.clear();
    }
    line += word;
    value.remove_prefix(word.size());
  }
  return out + line + "\r\n";
}

// Encoded words of at most 75 bytes, each of whole characters.
std::string encoded_words(std::string line, std::string_view value) {
  constexpr std::size_t piece_bytes_max = 39;  // 52 as base64
  std::string out;
  for (std::size_t at = 0; at < value.size();) {
    std::size_t end = at;
    while (end < value.size()) {
      std::size_t next = end;
      static_cast<void>(base::next_character(value, next));
      if (next - at > piece_bytes_max) break;
      end = next;
    }
    const std::string word = fmt::format("{}{}{}", encoded_begin,
                                         encode_base64(value.substr(at, end - at)), encoded_end);
    out += line + word + "\r\n";
    line = " ";
    at = end;
  }
  return out;
}

constexpr bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

constexpr bool is_domain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}

}  // namespace

std::string mail_header(std::string_view name, std::string_view value,
                        std::size_t value_bytes_max) {
  // After this there is no CR, LF or zero byte left, whoever wrote the value.
  const std::string visible = visible_text(value, value_bytes_max);
  std::string line = fmt::format("{}: ", name);
  if (visible.empty()) return line + "\r\n";
  return is_plain(visible) ? fold(std::move(line), visible)
                           : encoded_words(std::move(line), visible);
}

std::string encode_mail_text(std::string_view text, std::size_t bytes_max) {
  return without_links(visible_text(text, bytes_max));
}

std::string encode_mail_html(std::string_view text, std::size_t bytes_max) {
  std::string out;
  for (const char c : encode_mail_text(text, bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    const std::string_view escape = c == '"'    ? "&quot;"
                                    : c == '\'' ? "&#39;"
                                                : markup_escape(byte < 0x80 ? byte : 0);
    if (escape.empty())
      out += c;
    else
      out += escape;
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out, line;
  const auto end_line = [&](std::string_view ending) {
    out += line;
    out += ending;
    line.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') {
      end_line("\r\n");
      continue;
    }
    const bool ends_line = at + 1 == text.size() || text[at + 1] == '\n';
    // A blank at a line's end may be lost on the way; a dot at its start has a meaning to SMTP, and
    // "From " to old mailboxes.
    const bool is_literal = c >= '!' && c <= '~' && c != '=';
    const bool is_risky = line.empty() && (c == '.' || c == 'F');
    const std::string piece = (is_literal && !is_risky) || (c == ' ' && !ends_line)
                                  ? std::string(1, c)
                                  : fmt::format("={:02X}", static_cast<unsigned char>(c));
    if (line.size() + piece.size() > line_bytes_max - 1) end_line("=\r\n");
    line += piece;
  }
  end_line(line.empty() ? "" : "\r\n");
  return out;
}

std::string mail_date(base::Timestamp time) {
  constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::int64_t thursday = 4;  // 1970-01-01
  const std::int64_t seconds = std::max<std::int64_t>(0, time.unix_seconds());
  const std::int64_t day = seconds / 86'400, of_day = seconds % 86'400;
  const base::CivilDate date = base::civil_from_days(day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     days.at(static_cast<std::size_t>((day + thursday) % 7)), date.day,
                     months.at(static_cast<std::size_t>(date.month) - 1), date.year, of_day / 3600,
                     of_day / 60 % 60, of_day % 60);
}

bool is_mail_address(std::string_view text) {
  constexpr std::size_t address_bytes_max = 254, name_bytes_max = 64;  // RFC 5321 section 4.5.3.1
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > name_bytes_max) return false;
  const std::string_view name = text.substr(0, at), domain = text.substr(at + 1);
  const auto dots_are_between = [](std::string_view part) {
    return !part.empty() && part.front() != '.' && part.back() != '.' &&
           part.find("..") == std::string_view::npos;
  };
  return text.size() <= address_bytes_max && dots_are_between(name) && dots_are_between(domain) &&
         std::ranges::all_of(name, is_name_character) &&
         std::ranges::all_of(domain, is_domain_character);
}

}  // namespace vedette::notify
