// base64 and URL encoding.
#include <array>

#include "base/http_text.h"
#include "kql/functions/base64.h"
#include "kql/functions/function.h"
#include "kql/native/characters.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

void base64_encode(Call& call) {
  call.give_text(encode_base64(call.text(0)));
}
void base64_decode(Call& call) {
  const auto bytes = decode_base64(call.text(0));
  call.give_text(bytes && native::is_utf8(*bytes) ? *bytes : "");
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
  // Bytes that are no text are not encoded either, as Microsoft's function does.
  call.give_text(native::is_utf8(bytes) ? encode_base64(bytes) : "");
}

// A guid as its sixteen bytes: the first three groups with the lowest byte first.
constexpr std::array<std::size_t, 16> guid_order{3, 2, 1,  0,  5,  4,  7,  6,
                                                 8, 9, 10, 11, 12, 13, 14, 15};
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
void base64_encode_guid(Call& call) {
  std::string digits;
  for (const char c : call.text(0))
    if (c != '-') digits += c;
  if (digits.size() != 32) return;
  std::string bytes(16, '\0');
  for (std::size_t i = 0; i < 16; ++i)
    bytes[guid_order[i]] =
        static_cast<char>(hex_value(digits[2 * i]) * 16 + hex_value(digits[2 * i + 1]));
  call.give_text(encode_base64(bytes));
}
void base64_decode_guid(Call& call) {
  const auto bytes = decode_base64(call.text(0));
  if (!bytes || bytes->size() != 16) return;
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    const auto byte = static_cast<unsigned char>((*bytes)[guid_order[i]]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  call.give_text(text);
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}
void percent_encode(std::string& out, std::string_view text, std::string_view kept, bool plus) {
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ' && plus) {
      out += '+';
    } else {
      constexpr std::string_view digits = "0123456789abcdef";
      out += '%';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
  }
}
void url_encode(Call& call) {
  percent_encode(call.give_text(), call.text(0), "!*()", true);
}
void url_encode_component(Call& call) {
  percent_encode(call.give_text(), call.text(0), "~", false);
}
void url_decode(Call& call) {
  const std::string bytes = base::percent_decode(call.text(0), base::Plus::is_space);
  call.give_text(base::clean_utf8(bytes, bytes.size() * 3 + 1));
}

constexpr Function text_row(std::string_view name, native::Body run, std::string_view example,
                            std::string_view gives) {
  return body_row(name, "string", "string", run, example, gives);
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
    {.name = "base64_encode_fromguid",
     .parameters = "guid",
     .result = "string",
     .duckdb = "kql_base64_of_guid(CAST($1 AS VARCHAR))",
     .example = "base64_encode_fromguid(toguid('ae3133f2-6e22-49ae-b06a-16e6a9b212eb'))",
     .gives = "8jMxriJurkmwahbmqbIS6w=="},
    {.name = "base64_decode_toguid",
     .parameters = "string",
     .result = "guid",
     .duckdb = "TRY_CAST(nullif(kql_guid_of_base64($1), '') AS UUID)",
     .example = "base64_decode_toguid('8jMxriJurkmwahbmqbIS6w==')",
     .gives = "ae3133f2-6e22-49ae-b06a-16e6a9b212eb"},
    {.name = "base64_of_guid",
     .parameters = "string",
     .result = "string",
     .body = base64_encode_guid,
     .use = Use::internal},
    {.name = "guid_of_base64",
     .parameters = "string",
     .result = "string",
     .body = base64_decode_guid,
     .use = Use::internal},
    text_row("url_encode", url_encode, "url_encode('https://a b')", "https%3a%2f%2fa+b"),
    text_row("url_encode_component", url_encode_component, "url_encode_component('a b/c')",
             "a%20b%2fc"),
    text_row("url_decode", url_decode, "url_decode('a%20b%2fc')", "a b/c"),
};

}  // namespace

std::span<const Function> encoding_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
