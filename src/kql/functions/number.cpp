// Functions on numbers: rounding, powers, trigonometry, bits, and the bins of `bin`.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/limits.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

// Half to even, as .NET's Math.Round.
double round_even(double value, std::int64_t digits) {
  if (!std::isfinite(value)) return value;
  if (digits <= 0) {
    const double scale = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(value / scale) * scale;
  }
  if (digits > 15) return value;
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = value * scale;
  if (std::fabs(scaled) > 1e15) return value;
  return std::nearbyint(scaled) / scale;
}
void round_real(Call& call) {
  call.give_real(round_even(call.real(0), call.integer(1, 0)));
}

void sign_of(Call& call) {
  call.give_real(call.real(0) > 0 ? 1 : call.real(0) < 0 ? -1 : 0);
}
void cotangent(Call& call) {
  call.give_real(1 / std::tan(call.real(0)));
}
template <double (*function)(double)>
void math(Call& call) {
  call.give_real(function(call.real(0)));
}
double exponential_2(double x) {
  return std::exp2(x);
}
double exponential_10(double x) {
  return std::pow(10.0, x);
}
double degrees(double x) {
  return x * 180.0 / M_PI;
}
double radians(double x) {
  return x * M_PI / 180.0;
}
double gamma_of(double x) {
  return std::tgamma(x);
}
double log_gamma_of(double x) {
  return std::lgamma(x);
}
double error_of(double x) {
  return std::erf(x);
}
double error_complement(double x) {
  return std::erfc(x);
}
double sine(double x) {
  return std::sin(x);
}
double cosine(double x) {
  return std::cos(x);
}
double tangent(double x) {
  return std::tan(x);
}
double exponential(double x) {
  return std::exp(x);
}
double whole_gamma(double x) {
  // Whole arguments give whole results, so that gamma(n+1)/gamma(k+1) is exact.
  if (x > 0 && x < 171 && x == std::floor(x)) {
    double product = 1;
    for (double i = 2; i < x; ++i) product *= i;
    return product;
  }
  return gamma_of(x);
}
void domain_log(Call& call) {
  if (call.real(0) > 0) call.give_real(std::log(call.real(0)));
}
void domain_log2(Call& call) {
  if (call.real(0) > 0) call.give_real(std::log2(call.real(0)));
}
void domain_log10(Call& call) {
  if (call.real(0) > 0) call.give_real(std::log10(call.real(0)));
}
void domain_sqrt(Call& call) {
  if (call.real(0) >= 0) call.give_real(std::sqrt(call.real(0)));
}
void domain_asin(Call& call) {
  if (std::fabs(call.real(0)) <= 1) call.give_real(std::asin(call.real(0)));
}
void domain_acos(Call& call) {
  if (std::fabs(call.real(0)) <= 1) call.give_real(std::acos(call.real(0)));
}
double arc_tangent(double x) {
  return std::atan(x);
}
void arc_tangent_2(Call& call) {
  call.give_real(std::atan2(call.real(0), call.real(1)));
}
void power(Call& call) {
  call.give_real(std::pow(call.real(0), call.real(1)));
}

// The regularised incomplete beta function, by its continued fraction (Lentz's method).
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  if (std::fabs(d) < tiny) d = tiny;
  d = 1 / d;
  double h = d;
  for (int m = 1; m <= 300; ++m) {
    const double m2 = 2.0 * m;
    double numerator = m * (b - m) * x / ((a + m2 - 1) * (a + m2));
    d = 1 + numerator * d;
    c = 1 + numerator / c;
    if (std::fabs(d) < tiny) d = tiny;
    if (std::fabs(c) < tiny) c = tiny;
    d = 1 / d;
    h *= d * c;
    numerator = -(a + m) * (a + b + m) * x / ((a + m2) * (a + m2 + 1));
    d = 1 + numerator * d;
    c = 1 + numerator / c;
    if (std::fabs(d) < tiny) d = tiny;
    if (std::fabs(c) < tiny) c = tiny;
    d = 1 / d;
    const double change = d * c;
    h *= change;
    if (std::fabs(change - 1) < 1e-16) break;
  }
  return h;
}
double beta_cdf_of(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(x, a, b) / a
                                   : 1 - front * beta_fraction(1 - x, b, a) / b;
}
void beta_cdf(Call& call) {
  constexpr double shape_max = 10'000;  // Microsoft's own bound
  const double a = call.real(1), b = call.real(2);
  if (a <= 0 || b <= 0 || a > shape_max || b > shape_max || call.real(0) < 0 || call.real(0) > 1)
    return call.give_real(std::numeric_limits<double>::quiet_NaN());
  call.give_real(beta_cdf_of(call.real(0), a, b));
}
void beta_inv(Call& call) {
  const double wanted = call.real(0);
  if (wanted > 1) return;
  if (wanted <= 0 || call.real(1) <= 0 || call.real(2) <= 0)
    return call.give_real(std::numeric_limits<double>::quiet_NaN());
  double low = 0, high = 1;
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (beta_cdf_of(middle, call.real(1), call.real(2)) < wanted ? low : high) = middle;
  }
  call.give_real((low + high) / 2);
}
// Welch's t-test: how likely two samples with such means, variances and sizes have one mean.
void welch_test(Call& call) {
  const double n1 = call.real(2), n2 = call.real(5);
  const double v1 = call.real(1) / n1, v2 = call.real(4) / n2;
  if (!(n1 > 1) || !(n2 > 1) || !(v1 + v2 > 0)) return;
  const double t = (call.real(0) - call.real(3)) / std::sqrt(v1 + v2);
  const double freedom = (v1 + v2) * (v1 + v2) / (v1 * v1 / (n1 - 1) + v2 * v2 / (n2 - 1));
  call.give_real(beta_cdf_of(freedom / (freedom + t * t), freedom / 2, 0.5));
}
void beta_pdf(Call& call) {
  const double x = call.real(0), a = call.real(1), b = call.real(2);
  if (a <= 0 || b <= 0 || x <= 0 || x >= 1)
    return call.give_real(std::numeric_limits<double>::quiet_NaN());
  call.give_real(std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b)) *
                 std::pow(x, a - 1) * std::pow(1 - x, b - 1));
}

// A negative int has eight digits, a negative long sixteen.
template <typename Unsigned>
void to_hex(Call& call) {
  std::string digits = fmt::format("{:x}", static_cast<Unsigned>(call.integer(0)));
  const std::int64_t least = std::min<std::int64_t>(call.integer(1, 0), 16);
  if (static_cast<std::int64_t>(digits.size()) < least)
    digits.insert(0, static_cast<std::size_t>(least) - digits.size(), '0');
  call.give_text(digits);
}

void shift_left(Call& call) {
  if (call.integer(1) < 0) return;
  call.give_integer(static_cast<std::int64_t>(static_cast<std::uint64_t>(call.integer(0))
                                              << (call.integer(1) & 63)));
}
void shift_right(Call& call) {
  if (call.integer(1) < 0) return;
  call.give_integer(call.integer(0) >> (call.integer(1) & 63));
}
void count_ones(Call& call) {
  call.give_integer(std::popcount(static_cast<std::uint64_t>(call.integer(0))));
}

void format_bytes(Call& call) {
  static constexpr std::string_view units[] = {"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"};
  double size = call.real(0);
  std::size_t unit = 0;
  if (!call.text(2).empty()) {
    while (!base::equals_ignoring_case(units[unit], call.text(2))) {
      if (++unit == std::size(units))
        return call.fail("format_bytes knows the units Bytes, KB, MB, GB, TB, PB and EB");
      size /= 1024;
    }
  } else {
    while (std::fabs(size) >= 1024 && unit + 1 < std::size(units)) {
      size /= 1024;
      ++unit;
    }
  }
  call.give_text(fmt::format("{} {}", native::text_of_real(round_even(size, call.integer(1, 0))),
                             units[unit]));
}

constexpr Function real_1(std::string_view name, native::Body run, std::string_view example,
                          std::string_view gives) {
  return {.name = name,
          .parameters = "real",
          .result = "real",
          .body = run,
          .example = example,
          .gives = gives,
          .naming = Naming::first_argument};
}

constexpr Function rows[] = {
    {.name = "round",
     .parameters = "real, long?",
     .result = "real",
     .body = round_real,
     .example = "round(2.98765, 3)",
     .gives = "2.988",
     .naming = Naming::first_argument,
     .traits = may_lack},
    {.name = "round",
     .parameters = "int, long?",
     .result = "int",
     .duckdb = "TRY_CAST(round(CAST($1 AS BIGINT), CAST(coalesce($2, 0) AS INTEGER)) AS INTEGER)",
     .example = "round(toint(1234), -2)",
     .gives = "1200",
     .naming = Naming::first_argument},
    {.name = "round",
     .parameters = "long, long?",
     .result = "long",
     .duckdb = "CAST(round($1, CAST(coalesce($2, 0) AS INTEGER)) AS BIGINT)",
     .example = "round(7)",
     .gives = "7",
     .naming = Naming::first_argument},
    {.name = "round",
     .parameters = "decimal, long?",
     .result = "decimal",
     .duckdb = "CAST(round($1, CAST(coalesce($2, 0) AS INTEGER)) AS DECIMAL(38,18))",
     .example = "round(decimal(3.14159), 2)",
     .gives = "3.14",
     .naming = Naming::first_argument},
    {.name = "ceiling",
     .parameters = "real",
     .result = "real",
     .duckdb = "ceil($1)",
     .example = "ceiling(-1.1)",
     .gives = "-1",
     .naming = Naming::first_argument},
    {.name = "ceiling",
     .parameters = "int",
     .result = "int",
     .duckdb = "$1",
     .example = "gettype(ceiling(toint(4)))",
     .gives = "int",
     .naming = Naming::first_argument},
    {.name = "ceiling",
     .parameters = "decimal",
     .result = "decimal",
     .duckdb = "CAST(ceil($1) AS DECIMAL(38,18))",
     .example = "ceiling(decimal(1.1))",
     .gives = "2",
     .naming = Naming::first_argument},
    {.name = "ceiling",
     .parameters = "integer",
     .result = "$1",
     .duckdb = "$1",
     .example = "ceiling(4)",
     .gives = "4",
     .naming = Naming::first_argument},
    {.name = "abs",
     .parameters = "integer",
     .result = "long",
     .duckdb = "abs(nullif(CAST($1 AS BIGINT), -9223372036854775808))",
     .example = "abs(-5)",
     .gives = "5",
     .naming = Naming::first_argument},
    {.name = "abs",
     .parameters = "real",
     .result = "real",
     .duckdb = "abs($1)",
     .example = "abs(-5.5)",
     .gives = "5.5",
     .naming = Naming::first_argument},
    {.name = "abs",
     .parameters = "decimal",
     .result = "decimal",
     .duckdb = "abs($1)",
     .example = "abs(decimal(-1.5))",
     .gives = "1.5",
     .naming = Naming::first_argument},
    {.name = "abs",
     .parameters = "timespan",
     .result = "timespan",
     .duckdb = "abs($1)",
     .example = "abs(-5s)",
     .gives = "00:00:05",
     .naming = Naming::first_argument},
    {.name = "pow",
     .parameters = "real, real",
     .result = "real",
     .body = power,
     .example = "pow(2, 3)",
     .gives = "8",
     .naming = Naming::first_argument},
    real_1("sqrt", domain_sqrt, "sqrt(256)", "16"),
    real_1("log", domain_log, "log(1)", "0"),
    real_1("log2", domain_log2, "log2(8)", "3"),
    real_1("log10", domain_log10, "log10(1000)", "3"),
    real_1("exp", math<exponential>, "exp(0)", "1"),
    real_1("exp2", math<exponential_2>, "exp2(3)", "8"),
    real_1("exp10", math<exponential_10>, "exp10(3)", "1000"),
    real_1("sin", math<sine>, "sin(0)", "0"),
    real_1("cos", math<cosine>, "cos(0)", "1"),
    real_1("tan", math<tangent>, "tan(0)", "0"),
    real_1("asin", domain_asin, "asin(0)", "0"),
    real_1("acos", domain_acos, "acos(1)", "0"),
    real_1("atan", math<arc_tangent>, "atan(0)", "0"),
    {.name = "atan2",
     .parameters = "real, real",
     .result = "real",
     .body = arc_tangent_2,
     .example = "atan2(0, 1)",
     .gives = "0",
     .naming = Naming::first_argument},
    {.name = "cot",
     .parameters = "real",
     .result = "real",
     .body = cotangent,
     .example = "round(cot(1), 6)",
     .gives = "0.642093"},
    {.name = "degrees",
     .parameters = "real",
     .result = "real",
     .body = math<degrees>,
     .example = "degrees(pi())",
     .gives = "180"},
    {.name = "radians",
     .parameters = "real",
     .result = "real",
     .body = math<radians>,
     .example = "round(radians(180), 5)",
     .gives = "3.14159"},
    {.name = "sign",
     .parameters = "real",
     .result = "real",
     .body = sign_of,
     .example = "sign(-42)",
     .gives = "-1"},
    {.name = "pi",
     .result = "real",
     .duckdb = "pi()",
     .example = "round(pi(), 2)",
     .gives = "3.14",
     .traits = never_null},
    {.name = "rand",
     .parameters = "long?",
     .result = "real",
     .duckdb = "(CASE WHEN $1 IS NULL THEN random() ELSE floor(random() * $1) END)",
     .example = "rand() between (0.0 .. 1.0)",
     .gives = "true",
     .naming = Naming::first_argument,
     .traits = is_volatile},
    real_1("gamma", math<whole_gamma>, "gamma(4)", "6"),
    real_1("loggamma", math<log_gamma_of>, "round(loggamma(5), 5)", "3.17805"),
    real_1("erf", math<error_of>, "erf(0)", "0"),
    real_1("erfc", math<error_complement>, "erfc(0)", "1"),
    {.name = "beta_cdf",
     .parameters = "real, real, real",
     .result = "real",
     .body = beta_cdf,
     .example = "round(beta_cdf(0.9, 10.0, 20.0), 4)",
     .gives = "1"},
    {.name = "beta_inv",
     .parameters = "real, real, real",
     .result = "real",
     .body = beta_inv,
     .example = "round(beta_inv(0.1, 10.0, 20.0), 4)",
     .gives = "0.2264"},
    {.name = "beta_pdf",
     .parameters = "real, real, real",
     .result = "real",
     .body = beta_pdf,
     .example = "round(beta_pdf(0.5, 10.0, 20.0), 4)",
     .gives = "0.7462"},
    {.name = "welch_test",
     .parameters = "real, real, real, real, real, real",
     .result = "real",
     .body = welch_test,
     .example = "round(welch_test(20.0, 4.0, 10.0, 20.0, 4.0, 10.0), 6)",
     .gives = "1"},
    {.name = "isnan",
     .parameters = "real",
     .result = "bool",
     .duckdb = "isnan($1)",
     .example = "isnan(0.0/0)",
     .gives = "true"},
    {.name = "isinf",
     .parameters = "real",
     .result = "bool",
     .duckdb = "isinf($1)",
     .example = "isinf(1.0/0)",
     .gives = "true"},
    {.name = "isfinite",
     .parameters = "real",
     .result = "bool",
     .duckdb = "isfinite($1)",
     .example = "isfinite(1.0)",
     .gives = "true"},
    {.name = "around",
     .parameters = "real, real, real",
     .result = "bool",
     .duckdb = "(abs($1 - $2) <= $3)",
     .example = "around(100, 99, 2)",
     .gives = "true"},
    {.name = "around",
     .parameters = "datetime, datetime, timespan",
     .result = "bool",
     .duckdb = "(abs($1 - $2) <= $3)",
     .example = "around(datetime(2026-01-01 00:00:30), datetime(2026-01-01), 1m)",
     .gives = "true"},
    {.name = "around",
     .parameters = "timespan, timespan, timespan",
     .result = "bool",
     .duckdb = "(abs($1 - $2) <= $3)",
     .example = "around(5s, 4s, 2s)",
     .gives = "true"},
    {.name = "binary_and",
     .parameters = "long, long",
     .result = "long",
     .duckdb = "($1 & $2)",
     .example = "binary_and(6, 3)",
     .gives = "2",
     .naming = Naming::first_argument},
    {.name = "binary_or",
     .parameters = "long, long",
     .result = "long",
     .duckdb = "($1 | $2)",
     .example = "binary_or(6, 3)",
     .gives = "7",
     .naming = Naming::first_argument},
    {.name = "binary_xor",
     .parameters = "long, long",
     .result = "long",
     .duckdb = "xor($1, $2)",
     .example = "binary_xor(6, 3)",
     .gives = "5",
     .naming = Naming::first_argument},
    {.name = "binary_not",
     .parameters = "long",
     .result = "long",
     .duckdb = "(~$1)",
     .example = "binary_not(100)",
     .gives = "-101",
     .naming = Naming::first_argument},
    {.name = "binary_shift_left",
     .parameters = "long, long",
     .result = "long",
     .body = shift_left,
     .example = "binary_shift_left(1, 10)",
     .gives = "1024",
     .naming = Naming::first_argument},
    {.name = "binary_shift_right",
     .parameters = "long, long",
     .result = "long",
     .body = shift_right,
     .example = "binary_shift_right(1024, 10)",
     .gives = "1",
     .naming = Naming::first_argument},
    {.name = "bitset_count_ones",
     .parameters = "long",
     .result = "long",
     .body = count_ones,
     .example = "bitset_count_ones(42)",
     .gives = "3",
     .naming = Naming::first_argument},
    {.name = "tohex",
     .parameters = "int, long?",
     .result = "string",
     .body = to_hex<std::uint32_t>,
     .example = "tohex(toint(-256))",
     .gives = "ffffff00",
     .naming = Naming::first_argument,
     .traits = may_lack},
    {.name = "tohex",
     .parameters = "long, long?",
     .result = "string",
     .body = to_hex<std::uint64_t>,
     .example = "tohex(256)",
     .gives = "100",
     .naming = Naming::first_argument,
     .traits = may_lack},
    {.name = "format_bytes",
     .parameters = "real, long?, string?",
     .result = "string",
     .body = format_bytes,
     .example = "format_bytes(564, 1, 'KB')",
     .gives = "0.6 KB",
     .naming = Naming::first_argument,
     .traits = may_lack},
};

}  // namespace

std::span<const Function> number_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
