#include "kql/decimal.h"

#include <charconv>

namespace vedette::kql {

std::optional<std::string> canonical_decimal(std::string_view text) {
  std::string sign;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text.front() == '-') sign = "-";
    text.remove_prefix(1);
  }
  int exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (error != std::errc{} || end != power.data() + power.size()) return std::nullopt;
    if (exponent > 40 || exponent < -60) return std::nullopt;
    text = text.substr(0, e);
  }
  std::string digits;
  int scale = -1;
  for (const char c : text) {
    if (c == '.' && scale < 0) {
      scale = 0;
    } else if (c >= '0' && c <= '9') {
      digits += c;
      if (scale >= 0) ++scale;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty()) return std::nullopt;
  scale = (scale < 0 ? 0 : scale) - exponent;
  while (scale < 0) {
    digits += '0';
    ++scale;
  }
  while (scale > 0 && digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    --scale;
  }
  while (static_cast<int>(digits.size()) <= scale) digits.insert(digits.begin(), '0');
  std::string whole = digits.substr(0, digits.size() - static_cast<std::size_t>(scale));
  const std::string fraction = digits.substr(whole.size());
  const std::size_t first = whole.find_first_not_of('0');
  whole = first == std::string::npos ? "0" : whole.substr(first);
  if (fraction.size() > decimal_scale || whole.size() > 38 - decimal_scale) return std::nullopt;
  return sign + whole + (fraction.empty() || fraction == "0" ? "" : "." + fraction);
}

std::optional<std::string> canonical_guid(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '{' || text.front() == '('))
    text = text.substr(1, text.size() - 2);
  std::string digits;
  bool after_dash = false;
  for (const char c : text) {
    if (c == '-') {  // between the groups, where any of the four may be left out
      const std::size_t at = digits.size();
      if (after_dash || (at != 8 && at != 12 && at != 16 && at != 20)) return std::nullopt;
      after_dash = true;
      continue;
    }
    after_dash = false;
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c | 32) : c;
    if (!((lower >= '0' && lower <= '9') || (lower >= 'a' && lower <= 'f'))) return std::nullopt;
    digits += lower;
  }
  if (digits.size() != 32) return std::nullopt;
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20);
}

}  // namespace vedette::kql
