// base64 and URL encoding.
#include <array>

#include "base/encode.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : alphabet[(group >> (18 - 6 * j)) & 63];
  }
  return out;
}
std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 0xFF);
    }
  }
  return out;
}
bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t before = at;
    if (base::next_character(text, at) == 0xFFFD &&
        text.substr(before, at - before) != "\xEF\xBF\xBD")
      return false;
  }
  return true;
}

void base64_encode(Call& call) {
  call.give_text(encode_base64(call.text(0)));
}
void base64_decode(Call& call) {
  const auto bytes = decode_base64(call.text(0));
  call.give_text(bytes && is_utf8(*bytes) ? *bytes : "");
}
void base64_decode_array(Call& call) {
  const auto bytes = decode_base64(call.text(0));
  if (!bytes) return;
  native::JsonBuilder out(call.give_text());
  out.open('[');
  for (const char c : *bytes) out.integer(static_cast<unsigned char>(c));
  out.close(']');
}
void base64_encode_array(Call& call) {
  std::string bytes;
  for (const std::string_view element : native::elements_of(call.text(0))) {
    const auto value = native::integer_of(element);
    if (!value || *value < 0 || *value > 255) return call.give_text("");
    bytes += static_cast<char>(*value);
  }
  call.give_text(encode_base64(bytes));
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}
void percent_encode(std::string& out, std::string_view text, std::string_view kept, bool plus,
                    bool upper) {
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ' && plus) {
      out += '+';
    } else {
      const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
}
void url_encode(Call& call) {
  percent_encode(call.give_text(), call.text(0), "!*()", true, false);
}
void url_encode_component(Call& call) {
  percent_encode(call.give_text(), call.text(0), "~", false, true);
}
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
void url_decode(Call& call) {
  const std::string_view text = call.text(0);
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      bytes += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
               hex_value(text[i + 2]) >= 0) {
      bytes += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  call.give_text(base::clean_utf8(bytes, bytes.size() * 3 + 1));
}

constexpr Function text_row(std::string_view name, native::Body run, std::string_view example,
                            std::string_view gives) {
  return {.name = name,
          .parameters = "string",
          .result = "string",
          .body = run,
          .example = example,
          .gives = gives};
}

constexpr Function rows[] = {
    text_row("base64_encode_tostring base64_encodestring", base64_encode,
             "base64_encode_tostring('Kusto')", "S3VzdG8="),
    text_row("base64_decode_tostring base64_decodestring", base64_decode,
             "base64_decode_tostring('S3VzdG8=')", "Kusto"),
    {.name = "base64_decode_toarray",
     .parameters = "string",
     .result = "dynamic",
     .body = base64_decode_array,
     .example = "base64_decode_toarray('S3VzdG8=')",
     .gives = "[75,117,115,116,111]"},
    {.name = "base64_encode_fromarray",
     .parameters = "dynamic",
     .result = "string",
     .body = base64_encode_array,
     .example = "base64_encode_fromarray(dynamic([75, 117]))",
     .gives = "S3U="},
    text_row("url_encode", url_encode, "url_encode('https://a b')", "https%3a%2f%2fa+b"),
    text_row("url_encode_component", url_encode_component, "url_encode_component('a b/c')",
             "a%20b%2Fc"),
    text_row("url_decode", url_decode, "url_decode('a%20b%2fc')", "a b/c"),
};

}  // namespace

std::span<const Function> encoding_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
