#include "simulate/tenant/identifier.h"

namespace vedette::simulate::tenant {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

// The digits before which a GUID has a dash.
constexpr bool dash_before(int digit) {
  return digit == 8 || digit == 12 || digit == 16 || digit == 20;
}

}  // namespace

void append_guid(std::string& out, Identifier id) {
  for (int i = 0; i < 32; ++i) {
    if (dash_before(i)) out += '-';
    const std::uint64_t word = i < 16 ? id.high : id.low;
    out += digits[(word >> (60 - 4 * (i % 16))) & 15];
  }
}

std::string format_guid(Identifier id) {
  std::string text;
  text.reserve(36);
  append_guid(text, id);
  return text;
}

std::optional<Identifier> parse_guid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Identifier id;
  std::size_t at = 0;
  for (int i = 0; i < 32; ++i) {
    if (dash_before(i) && text[at++] != '-') return std::nullopt;
    char character = text[at++];
    if (character >= 'A' && character <= 'F') character = static_cast<char>(character + 32);
    const auto value = digits.find(character);
    if (value == std::string_view::npos) return std::nullopt;
    std::uint64_t& word = i < 16 ? id.high : id.low;
    word = word << 4 | value;
  }
  return id;
}

}  // namespace vedette::simulate::tenant
