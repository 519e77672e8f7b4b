// Internationalised names (RFC 3492): text that is not ASCII as letters, digits and dashes.
#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/encode.h"
#include "base/text.h"
#include "kql/functions/function.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

constexpr std::uint32_t base_digits = 36, t_min = 1, t_max = 26, skew = 38, damp = 700;
constexpr std::uint32_t first_bias = 72, first_code = 128, code_max = 0x10FFFF;
constexpr std::string_view prefix = "xn--";

std::uint32_t adapt(std::uint32_t delta, std::uint32_t count, bool first) {
  delta = first ? delta / damp : delta / 2;
  delta += delta / count;
  std::uint32_t k = 0;
  for (; delta > (base_digits - t_min) * t_max / 2; k += base_digits) delta /= base_digits - t_min;
  return k + (base_digits - t_min + 1) * delta / (delta + skew);
}
std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) {
  return k <= bias ? t_min : std::min(k - bias, t_max);
}
char digit(std::uint32_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + value - 26);
}
std::optional<std::uint32_t> value_of(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a');
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 26);
  return std::nullopt;
}

std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();)
    characters += static_cast<char32_t>(base::next_character(text, at));
  return characters;
}

std::optional<std::string> encoded(std::string_view text) {
  const std::u32string input = characters_of(text);
  std::string out;
  for (const char32_t c : input)
    if (c < first_code) out += static_cast<char>(c);
  const auto basic = static_cast<std::uint32_t>(out.size());
  std::uint32_t handled = basic, code = first_code, bias = first_bias;
  std::uint64_t delta = 0;
  if (basic > 0) out += '-';
  while (handled < input.size()) {
    std::uint32_t next = code_max + 1;
    for (const char32_t c : input)
      if (c >= code && c < next) next = c;
    delta += std::uint64_t{next - code} * (handled + 1);
    code = next;
    if (delta > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    for (const char32_t c : input) {
      if (c < code) ++delta;
      if (c != code) continue;
      auto rest = static_cast<std::uint32_t>(delta);
      for (std::uint32_t k = base_digits;; k += base_digits) {
        const std::uint32_t t = threshold(k, bias);
        if (rest < t) break;
        out += digit(t + (rest - t) % (base_digits - t));
        rest = (rest - t) / (base_digits - t);
      }
      out += digit(rest);
      bias = adapt(static_cast<std::uint32_t>(delta), handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++code;
  }
  return out;
}

std::optional<std::string> decoded(std::string_view text) {
  std::u32string out;
  std::size_t at = 0;
  if (const std::size_t dash = text.rfind('-'); dash != std::string_view::npos) {
    for (; at < dash; ++at) out += static_cast<char32_t>(static_cast<unsigned char>(text[at]));
    ++at;
  }
  std::uint64_t code = first_code, place = 0;
  std::uint32_t bias = first_bias;
  while (at < text.size()) {
    const std::uint64_t before = place;
    std::uint64_t weight = 1;
    for (std::uint32_t k = base_digits;; k += base_digits) {
      if (at >= text.size()) return std::nullopt;
      const auto value = value_of(text[at++]);
      if (!value) return std::nullopt;
      place += *value * weight;
      const std::uint32_t t = threshold(k, bias);
      if (*value < t) break;
      weight *= base_digits - t;
      if (place > std::numeric_limits<std::uint32_t>::max() || weight > code_max * 64ULL)
        return std::nullopt;
    }
    const auto count = static_cast<std::uint32_t>(out.size() + 1);
    bias = adapt(static_cast<std::uint32_t>(place - before), count, before == 0);
    code += place / count;
    place %= count;
    if (code > code_max) return std::nullopt;
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(place++), static_cast<char32_t>(code));
  }
  std::string utf8;
  for (const char32_t c : out) base::append_utf8(utf8, c);
  return utf8;
}

void from_text(Call& call) {
  if (const auto text = encoded(call.text(0))) call.give_text(*text);
}
void to_text(Call& call) {
  if (const auto text = decoded(call.text(0))) call.give_text(*text);
}

// RFC 3490, 3.1: these are dots between labels, too (ideographic, full width and half width).
constexpr std::array<std::string_view, 3> other_dots{"\u3002", "\uFF0E", "\uFF61"};

std::string with_plain_dots(std::string_view domain) {
  std::string plain;
  for (std::size_t i = 0; i < domain.size();) {
    const auto dot = std::ranges::find_if(
        other_dots, [&](std::string_view each) { return domain.substr(i).starts_with(each); });
    plain += dot == other_dots.end() ? domain[i] : '.';
    i += dot == other_dots.end() ? 1 : dot->size();
  }
  return plain;
}

// Label by label: what has the prefix becomes text again, or the other way around.
template <typename Change>
void by_label(Call& call, Change change) {
  std::string out;
  const std::string domain = with_plain_dots(call.text(0));
  for (const std::string_view label : base::split(domain, '.')) {
    const auto changed = change(label);
    if (!changed) return;
    if (!out.empty()) out += '.';
    out += *changed;
  }
  call.give_text(out);
}
void domain_from_text(Call& call) {
  by_label(call, [](std::string_view label) -> std::optional<std::string> {
    const bool has_prefix = label.size() >= prefix.size() &&
                            base::equals_ignoring_case(label.substr(0, prefix.size()), prefix);
    return has_prefix ? decoded(label.substr(prefix.size())) : std::string(label);
  });
}
void domain_to_text(Call& call) {
  by_label(call, [](std::string_view label) -> std::optional<std::string> {
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
      return static_cast<unsigned char>(c) < first_code;
    });
    if (plain) return std::string(label);
    const auto text = encoded(label);
    return text ? std::optional(std::string(prefix) + *text) : std::nullopt;
  });
}

constexpr Function row(std::string_view name, native::Body run, std::string_view example,
                       std::string_view gives) {
  return body_row(name, "string", "string", run, example, gives);
}

constexpr Function rows[] = {
    row("punycode_from_string", from_text, "punycode_from_string('académie-française')",
        "acadmie-franaise-npb1a"),
    row("punycode_to_string", to_text, "punycode_to_string('acadmie-franaise-npb1a')",
        "académie-française"),
    row("punycode_domain_from_string", domain_from_text,
        "punycode_domain_from_string('xn--bcher-kva.example')", "bücher.example"),
    row("punycode_domain_to_string", domain_to_text, "punycode_domain_to_string('bücher.example')",
        "xn--bcher-kva.example"),
};

}  // namespace

std::span<const Function> punycode_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
