#include "notify/chat_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <iterator>

#include "base/encode.h"

namespace vedette::notify {
namespace {

constexpr std::string_view ellipsis = "…";

// What means something to a sink that knows Markdown, or a part of it.
struct Markdown {
  std::string_view anywhere;
  std::string_view at_start;  // of a line only: lists, headings
};
constexpr Markdown discord_markdown{R"(\*_~`|<>#@:[]()-+!)", ""};
// Bold, italic, lists and links are documented; the rest is what renderers do besides. A link needs
// its brackets, so parentheses and colons mean nothing.
constexpr Markdown teams_markdown{R"(\*_~`<>[])", "-+#"};

// Characters that take no room on the screen (Unicode: default ignorable code points, and blanks
// that are not spaces): two names that differ only in them look alike.
bool is_invisible(char32_t c) {
  return c == 0x00AD || c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 ||
         (c >= 0x180B && c <= 0x180F) || (c >= 0x200B && c <= 0x200D) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0x2800 || c == 0x3164 ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0xFFA0 ||
         (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0x1D173 && c <= 0x1D17A) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

// Appends character after character, each as `encode` writes it, while the whole fits; never cuts
// within what one character became.
template <typename EncodeCharacter>
std::string bounded(std::string_view text, std::size_t units_max, EncodeCharacter encode) {
  assert(units_max >= 1);
  std::string out, piece;
  std::size_t units = 0, size_before_ellipsis = 0;
  for (std::size_t at = 0; at < text.size();) {
    piece.clear();
    encode(base::next_character(text, at), piece);
    const std::size_t more = utf16_units(piece);
    if (units + more > units_max) {
      out.resize(size_before_ellipsis);
      out += ellipsis;
      return out;
    }
    out += piece;
    units += more;
    if (units < units_max) size_before_ellipsis = out.size();
  }
  return out;
}

void append_escaped(char32_t c, std::string& out) {
  const std::string_view escape = markup_escape(c);
  if (escape.empty())
    base::append_utf8(out, c);
  else
    out += escape;
}

// "12. " at the start of a line is a numbered list, whatever else is escaped.
std::string_view list_number(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const bool list = digits > 0 && digits < text.size() && text[digits] == '.';
  return list ? text.substr(0, digits) : std::string_view();
}

}  // namespace

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < text.size();)
    units += base::next_character(text, at) > 0xFFFF ? 2 : 1;
  return units;
}

std::string visible_text(std::string_view text, std::size_t bytes_max) {
  std::string marked;
  for (std::size_t at = 0; at < text.size() && marked.size() <= bytes_max;) {
    const std::size_t start = at;
    const char32_t c = base::next_character(text, at);
    if (is_invisible(c))
      fmt::format_to(std::back_inserter(marked), "\\u{:04x}", static_cast<unsigned>(c));
    else
      marked.append(text.substr(start, at - start));
  }
  return base::encode_terminal(marked, bytes_max);
}

// What is special with a backslash before it, and no list.
std::string encode_markdown(const std::string& visible, const Markdown& markdown,
                            std::size_t units_max) {
  const std::string number(list_number(visible));
  const std::string_view rest = std::string_view(visible).substr(number.size());
  bool is_start = number.empty();
  const auto escape = [&](char32_t c, std::string& out) {
    const char plain = c < 0x80 ? static_cast<char>(c) : '\0';
    const bool is_special =
        plain != '\0' && (markdown.anywhere.find(plain) != std::string_view::npos ||
                          (is_start && markdown.at_start.find(plain) != std::string_view::npos));
    is_start = is_start && plain == ' ';
    if (is_special) out.push_back('\\');
    base::append_utf8(out, c);
  };
  if (number.empty() || number.size() + 2 > units_max) return bounded(visible, units_max, escape);
  return number + "\\" + bounded(rest, units_max - number.size() - 1, escape);
}

std::string encode_discord(std::string_view text, std::size_t units_max) {
  return encode_markdown(visible_text(text, units_max * 4), discord_markdown, units_max);
}

std::string encode_teams(std::string_view text, std::size_t units_max) {
  return encode_markdown(without_links(visible_text(text, units_max * 4)), teams_markdown,
                         units_max);
}

std::string encode_fenced(std::string_view text, std::size_t units_max) {
  constexpr char32_t full_width_backtick = 0xFF40;
  return bounded(visible_text(text, units_max * 4), units_max, [](char32_t c, std::string& out) {
    base::append_utf8(out, c == '`' ? full_width_backtick : c);
  });
}

std::string_view markup_escape(char32_t character) {
  switch (character) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    default:
      return {};
  }
}

std::string encode_slack(std::string_view text, std::size_t units_max) {
  return bounded(visible_text(text, units_max * 4), units_max, &append_escaped);
}

std::string encode_slack_markdown(std::string_view text, std::size_t units_max) {
  constexpr char32_t to_full_width = 0xFEE0;  // from ! .. ~ to U+FF01 .. U+FF5E
  char32_t previous = 0;
  const auto encode = [&previous](char32_t c, std::string& out) {
    const bool second_slash = c == '/' && previous == '/';
    previous = c;
    const bool formats =
        c < 0x80 && std::string_view("*_~`@#").find(static_cast<char>(c)) != std::string_view::npos;
    append_escaped(formats || second_slash ? c + to_full_width : c, out);
  };
  return bounded(visible_text(text, units_max * 4), units_max, encode);
}

std::string without_links(std::string_view visible) {
  std::string out;
  const auto is_w = [](char c) { return (c | 0x20) == 'w'; };
  for (std::size_t at = 0; at < visible.size();) {
    const std::string_view rest = visible.substr(at);
    if (rest.starts_with("://")) {
      out += "[://]";
      at += 3;
    } else if (rest.size() > 3 && is_w(rest[0]) && is_w(rest[1]) && is_w(rest[2]) &&
               rest[3] == '.') {
      out += std::string(rest.substr(0, 3)) + "[.]";
      at += 4;
    } else {
      out += visible[at++];
    }
  }
  return out;
}

std::string encode_list(const std::vector<std::string>& items, Encoder encode,
                        std::size_t units_max, std::size_t item_units_max) {
  constexpr std::size_t rest_units = 24;  // " and 18446744 more"
  assert(units_max > rest_units + 1);
  std::string out;
  std::size_t units = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool last = i + 1 == items.size();
    const std::size_t space = units_max - (last ? 0 : rest_units);
    const std::string piece =
        (i == 0 ? "" : ", ") + encode(items[i], std::min(item_units_max, units_max - rest_units));
    const std::size_t more = utf16_units(piece);
    if (units + more > space) return out + fmt::format(" and {} more", items.size() - i);
    out += piece;
    units += more;
  }
  return out;
}

std::string quote_name(std::string_view name) {
  bool plain = !name.empty();
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    plain = plain && (letter || static_cast<unsigned char>(c) >= 0x80 ||
                      std::string_view("._@$-\\").find(c) != std::string_view::npos);
  }
  if (plain) return std::string(name);
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

}  // namespace vedette::notify
