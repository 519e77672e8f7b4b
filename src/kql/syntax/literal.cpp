#include "kql/syntax/literal.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "base/encode.h"
#include "base/text.h"
#include "base/time.h"
#include "kql/decimal.h"
#include "kql/moment.h"

namespace vedette::kql::syntax {

namespace {

constexpr std::int64_t second = base::ticks_per_second;
constexpr std::int64_t millisecond = base::ticks_per_millisecond;

constexpr std::array<std::pair<std::string_view, std::int64_t>, 36> units{{
    {"d", 86'400 * second},
    {"day", 86'400 * second},
    {"days", 86'400 * second},
    {"h", 3'600 * second},
    {"hr", 3'600 * second},
    {"hrs", 3'600 * second},
    {"hour", 3'600 * second},
    {"hours", 3'600 * second},
    {"m", 60 * second},
    {"min", 60 * second},
    {"minute", 60 * second},
    {"minutes", 60 * second},
    {"s", second},
    {"sec", second},
    {"second", second},
    {"seconds", second},
    {"ms", millisecond},
    {"milli", millisecond},
    {"millis", millisecond},
    {"millisec", millisecond},
    {"millisecond", millisecond},
    {"milliseconds", millisecond},
    {"micro", 10},
    {"micros", 10},
    {"microsec", 10},
    {"microsecond", 10},
    {"microseconds", 10},
    {"us", 10},
    {"tick", 1},
    {"ticks", 1},
    {"D", 86'400 * second},
    {"H", 3'600 * second},
    {"M", 60 * second},
    {"S", second},
    {"MS", millisecond},
    {"Ms", millisecond},
}};

std::optional<std::int64_t> read_integer(std::string_view text) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  int radix = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    radix = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (radix == 10 && value > (1ULL << 63) - (negative ? 0 : 1)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? ~value + 1 : value);
}

std::optional<Constant> read_integer_literal(Type type, std::string_view inner) {
  const auto value = read_integer(inner);
  if (!value) return std::nullopt;
  if (type == Type::int32 && (*value > std::numeric_limits<std::int32_t>::max() ||
                              *value < std::numeric_limits<std::int32_t>::min()))
    return std::nullopt;
  return Constant::of_integer(type, *value);
}

std::optional<Constant> read_real_literal(std::string_view inner) {
  const std::string lower = base::to_lower_ascii(inner);
  if (lower == "nan") return Constant::of_real(std::numeric_limits<double>::quiet_NaN());
  if (lower == "inf" || lower == "+inf") return Constant::of_real(HUGE_VAL);
  if (lower == "-inf") return Constant::of_real(-HUGE_VAL);
  std::string_view digits = inner.starts_with('+') ? inner.substr(1) : inner;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return Constant::of_real(value);
}

std::optional<Constant> read_bool_literal(std::string_view inner) {
  if (base::equals_ignoring_case(inner, "true")) return Constant::of(true);
  if (base::equals_ignoring_case(inner, "false")) return Constant::of(false);
  if (const auto number = read_integer(inner)) return Constant::of(*number != 0);
  return std::nullopt;
}

// datetime(2025, 6, 14) and datetime(2025 - 06 - 14) are read too.
std::optional<std::int64_t> parse_datetime_literal(std::string_view inner) {
  const bool apart =
      inner.find(',') != std::string_view::npos || inner.find(" - ") != std::string_view::npos;
  if (!apart || inner.find_first_of(":abcdefghijklmnopqrstuvwxyz") != std::string_view::npos)
    return parse_datetime(inner);
  std::string dashed;
  for (const char c : inner)
    if (c != ' ') dashed += c == ',' ? '-' : c;
  return parse_datetime(dashed);
}

}  // namespace

bool is_typed_literal_word(std::string_view word) {
  return word == "datetime" || word == "date" || word == "timespan" || word == "time" ||
         word == "guid" || word == "uuid" || word == "uniqueid" || word == "int" ||
         word == "long" || word == "real" || word == "double" || word == "decimal" ||
         word == "bool" || word == "boolean";
}

std::optional<Constant> read_typed_literal(std::string_view word, std::string_view inner) {
  const auto type = type_of_name(word);
  if (!type) return std::nullopt;
  if (inner == "null" || inner.empty()) return Constant::null(*type);
  if (inner.size() >= 2 && (inner.front() == '"' || inner.front() == '\'') &&
      inner.back() == inner.front())
    inner = inner.substr(1, inner.size() - 2);
  switch (*type) {
    case Type::datetime:
      if (const auto ticks = parse_datetime_literal(inner))
        return Constant::of_integer(*type, *ticks);
      return std::nullopt;
    case Type::timespan:
      if (const auto ticks = parse_timespan(inner)) return Constant::of_integer(*type, *ticks);
      return std::nullopt;
    case Type::int32:
    case Type::int64:
      return read_integer_literal(*type, inner);
    case Type::real:
      return read_real_literal(inner);
    case Type::boolean:
      return read_bool_literal(inner);
    case Type::decimal:
      if (auto text = canonical_decimal(inner)) return Constant::of_text(*type, std::move(*text));
      return std::nullopt;
    case Type::guid:
      if (auto text = canonical_guid(inner)) return Constant::of_text(*type, std::move(*text));
      return std::nullopt;
    case Type::string:
    case Type::dynamic:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::int64_t> ticks_of_unit(std::string_view unit) {
  for (const auto& [name, ticks] : units)
    if (name == unit) return ticks;
  return std::nullopt;
}

std::optional<std::int64_t> scale_ticks(std::string_view number, std::int64_t ticks) {
  const std::size_t point = number.find('.');
  std::int64_t whole = 0;
  const std::string_view whole_digits = number.substr(0, point);
  const auto [end, error] =
      std::from_chars(whole_digits.data(), whole_digits.data() + whole_digits.size(), whole);
  if (error != std::errc{}) return std::nullopt;
  std::int64_t result = 0;
  if (__builtin_mul_overflow(whole, ticks, &result)) return std::nullopt;
  if (point == std::string_view::npos) return result;
  double fraction = 0;
  const std::string text = "0" + std::string(number.substr(point));
  std::from_chars(text.data(), text.data() + text.size(), fraction);
  const double added = std::round(fraction * static_cast<double>(ticks));
  if (__builtin_add_overflow(result, static_cast<std::int64_t>(added), &result))
    return std::nullopt;
  return result;
}

std::size_t unescape(std::string_view after, std::string& out) {
  const char c = after.front();
  switch (c) {
    case 'n':
      out += '\n';
      return 1;
    case 't':
      out += '\t';
      return 1;
    case 'r':
      out += '\r';
      return 1;
    case 'a':
      out += '\a';
      return 1;
    case 'b':
      out += '\b';
      return 1;
    case 'f':
      out += '\f';
      return 1;
    case 'v':
      out += '\v';
      return 1;
    case '0':
      out += '\0';
      return 1;
    default:
      break;
  }
  if (c == 'x' || c == 'u' || c == 'U') {
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    std::uint32_t value = 0;
    if (after.size() > digits) {
      const auto [end, error] =
          std::from_chars(after.data() + 1, after.data() + 1 + digits, value, 16);
      if (error == std::errc{} && end == after.data() + 1 + digits) {
        base::append_utf8(out, static_cast<char32_t>(value));
        return 1 + digits;
      }
    }
  }
  out += c;  // \\ \" \' and, as Kusto does, any other character stands for itself
  return 1;
}

}  // namespace vedette::kql::syntax
