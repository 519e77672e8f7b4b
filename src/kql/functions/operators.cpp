// What the operators of expressions become: arithmetic, comparison, null logic. Used by the binder
// by name; a person never writes these names.
#include <cmath>
#include <optional>

#include "kql/decimal.h"
#include "kql/functions/function.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// Kusto's modulo is never negative: 0 <= n % d < |d|.
void modulo_real(Call& call) {
  const double divisor = std::fabs(call.real(1));
  double rest = std::fmod(call.real(0), divisor);
  if (rest < 0) rest += divisor;
  call.give_real(rest);
}

void add_wrapping(Call& call) {
  call.give_integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(call.integer(0)) +
                                              static_cast<std::uint64_t>(call.integer(1))));
}
void subtract_wrapping(Call& call) {
  call.give_integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(call.integer(0)) -
                                              static_cast<std::uint64_t>(call.integer(1))));
}
void multiply_wrapping(Call& call) {
  call.give_integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(call.integer(0)) *
                                              static_cast<std::uint64_t>(call.integer(1))));
}
void negate_wrapping(Call& call) {
  call.give_integer(static_cast<std::int64_t>(~static_cast<std::uint64_t>(call.integer(0)) + 1));
}
void divide_long(Call& call) {
  const std::int64_t divisor = call.integer(1);
  if (divisor == 0) return;
  if (divisor == -1) return negate_wrapping(call);
  call.give_integer(call.integer(0) / divisor);
}
void modulo_long(Call& call) {
  const std::int64_t divisor = call.integer(1);
  if (divisor == 0) return;
  if (divisor == -1 || divisor == 1) return call.give_integer(0);
  std::int64_t rest = call.integer(0) % divisor;
  if (rest < 0) rest = divisor < 0 ? rest - divisor : rest + divisor;
  call.give_integer(rest);
}

// Decimals travel as text here, in units of 10^-18.
__extension__ using Wide = __int128;

std::optional<Wide> read_scaled(std::string_view text) {
  if (text.empty()) return std::nullopt;  // null
  bool negative = false;
  if (text.starts_with('-')) {
    negative = true;
    text.remove_prefix(1);
  }
  Wide value = 0;
  int scale = -1;
  for (const char c : text) {
    if (c == '.') {
      scale = 0;
      continue;
    }
    if (scale >= decimal_scale) break;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value))
      return std::nullopt;
    if (scale >= 0) ++scale;
  }
  for (int i = scale < 0 ? 0 : scale; i < decimal_scale; ++i)
    if (__builtin_mul_overflow(value, 10, &value)) return std::nullopt;
  return negative ? -value : value;
}

std::string text_of_scaled(Wide value) {
  const bool negative = value < 0;
  if (negative) value = -value;
  std::string digits;
  for (; value != 0 || digits.size() <= static_cast<std::size_t>(decimal_scale); value /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  digits.insert(digits.size() - decimal_scale, ".");
  return (negative ? "-" : "") + digits;
}

constexpr Wide scale_unit = 1'000'000'000'000'000'000;

void multiply_decimal(Call& call) {
  const auto a = read_scaled(call.text(0));
  const auto b = read_scaled(call.text(1));
  if (!a || !b) return;
  // (ah * u + al) * b / u, so that the product of two scaled numbers needs no 256 bits
  const Wide high = *a / scale_unit;
  const Wide low = *a % scale_unit;
  Wide first = 0, second_high = 0, second_low = 0;
  const Wide b_high = *b / scale_unit;
  const Wide b_low = *b % scale_unit;
  if (__builtin_mul_overflow(high, *b, &first) || __builtin_mul_overflow(low, b_high, &second_high))
    return call.fail("a decimal overflowed");
  second_low = low * b_low / scale_unit;
  call.give_text(text_of_scaled(first + second_high + second_low));
}

void divide_decimal(Call& call) {
  const auto a = read_scaled(call.text(0));
  const auto b = read_scaled(call.text(1));
  if (!a || !b || *b == 0) return;
  Wide whole = *a / *b;
  Wide rest = *a % *b;
  Wide result = whole;
  for (int i = 0; i < decimal_scale; ++i) {
    if (__builtin_mul_overflow(result, 10, &result) || __builtin_mul_overflow(rest, 10, &rest))
      return call.fail("a decimal overflowed");
    result += rest / *b;
    rest %= *b;
  }
  call.give_text(text_of_scaled(result));
}

constexpr Function row(std::string_view name, std::string_view result, std::string_view sql) {
  return {.name = name, .result = result, .duckdb = sql, .use = Use::internal};
}

constexpr Function rows[] = {
    row("add", "$1", "($1 + $2)"),
    row("subtract", "$1", "($1 - $2)"),
    row("multiply", "$1", "($1 * $2)"),
    {.name = "assert",
     .parameters = "bool, string",
     .result = "bool",
     .duckdb = "$1",  // the binder looks at it (bind/special_calls.cpp)
     .example = "assert(1 < 2, 'one is less')",
     .gives = "true"},
    internal_row("add_wrapping", "long, long", "long", add_wrapping),
    internal_row("subtract_wrapping", "long, long", "long", subtract_wrapping),
    internal_row("multiply_wrapping", "long, long", "long", multiply_wrapping),
    internal_row("negate_wrapping", "long", "long", negate_wrapping),
    internal_row("divide_long", "long, long", "long", divide_long),
    internal_row("modulo_long", "long, long", "long", modulo_long),
    row("divide_real", "real", "(CAST($1 AS DOUBLE) / CAST($2 AS DOUBLE))"),
    internal_row("modulo_real", "real, real", "real", modulo_real),
    internal_row("multiply_decimal", "string, string", "string", multiply_decimal),
    internal_row("divide_decimal", "string, string", "string", divide_decimal),
    row("modulo_decimal", "decimal", "((($1 % $2) + abs($2)) % abs($2))"),
    row("negate", "$1", "(-$1)"),
    row("scale_timespan", "timespan",
        "TRY_CAST(trunc(CAST($1 AS DOUBLE) * CAST($2 AS DOUBLE)) AS BIGINT)"),
    row("shrink_timespan", "timespan",
        "TRY_CAST(trunc(CAST($1 AS DOUBLE) / CAST($2 AS DOUBLE)) AS BIGINT)"),
    // Comparison. `equals` only where neither side can be null or where null and false are the
    // same.
    row("equals", "bool", "($1 = $2)"),
    row("equals_or_false", "bool", "coalesce($1 = $2, false)"),
    row("equals_null_aware", "bool",
        "(CASE WHEN $1 IS NULL AND $2 IS NULL THEN NULL ELSE coalesce($1 = $2, false) END)"),
    row("differs", "bool", "($1 <> $2)"),
    row("differs_or_true", "bool", "($1 IS DISTINCT FROM $2)"),
    row("differs_null_aware", "bool",
        "(CASE WHEN $1 IS NULL AND $2 IS NULL THEN NULL ELSE $1 IS DISTINCT FROM $2 END)"),
    row("equals_without_nan", "bool",
        "(coalesce($1 = $2, false) AND coalesce(NOT isnan($1), true))"),
    row("differs_with_nan", "bool",
        "(CASE WHEN $1 IS NULL AND $2 IS NULL THEN NULL ELSE coalesce(isnan($1), false) OR $1 IS "
        "DISTINCT FROM $2 END)"),
    row("and_no_nan", "bool", "($1 AND NOT isnan($2))"),
    row("less", "bool", "($1 < $2)"),
    row("less_or_equal", "bool", "($1 <= $2)"),
    row("greater", "bool", "($1 > $2)"),
    row("greater_or_equal", "bool", "($1 >= $2)"),
    row("between", "bool", "($1 >= $2 AND $1 <= $3)"),
    row("not", "bool", "(NOT $1)"),
    row("is_null", "bool", "($1 IS NULL)"),
    row("is_not_null", "bool", "($1 IS NOT NULL)"),
    row("is_empty_text", "bool", "($1 = '')"),
    row("is_not_empty_text", "bool", "($1 <> '')"),
    row("or_false", "bool", "coalesce($1, false)"),
    row("or_empty", "string", "coalesce($1, '')"),
    row("greatest", "$1", "greatest($*)"),
    row("least", "$1", "least($*)"),
    row("coalesce", "$1", "coalesce($*)"),
    row("coalesce_text", "string", "coalesce(nullif($1, ''), $2)"),
    row("text_size", "long", "coalesce(CAST(strlen($1) AS BIGINT), 0)"),
    row("join_text", "string", "($1 || $2)"),
};

}  // namespace

std::span<const Function> operator_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
