// Series: dynamic arrays of numbers. Nulls stay null.
#include <algorithm>
#include <cmath>
#include <functional>

#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;
using native::JsonKind;
using Series = std::vector<std::optional<double>>;

// Moments and spans of time count as their ticks.
std::optional<double> ticks_in(std::string_view text) {
  auto ticks = parse_datetime(text);
  if (!ticks) ticks = parse_timespan(text);
  return ticks ? std::optional(static_cast<double>(*ticks)) : std::nullopt;
}
Series series_of(std::string_view json) {
  Series series;
  for (const std::string_view element : native::elements_of(json)) {
    const JsonKind kind = native::kind_of(element);
    std::optional<double> value;
    if (kind == JsonKind::integer || kind == JsonKind::real || kind == JsonKind::string)
      value = native::number_of(element);
    if (!value && kind == JsonKind::string) value = ticks_in(native::unescaped(element));
    series.push_back(value);
  }
  return series;
}
bool is_array(std::string_view json) {
  return native::kind_of(json) == JsonKind::array;
}

void give_series(Call& call, const Series& series) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::optional<double>& value : series) {
    if (value) {
      out.real(*value);
    } else {
      out.value("null");
    }
  }
  out.close(']');
}

template <typename Operation>
void pairwise(Call& call, Operation operation) {
  const bool a_array = is_array(call.text(0)), b_array = is_array(call.text(1));
  if (!a_array && !b_array) return;
  const Series a = series_of(call.text(0)), b = series_of(call.text(1));
  const std::optional<double> a_one = a_array ? std::nullopt : native::number_of(call.text(0));
  const std::optional<double> b_one = b_array ? std::nullopt : native::number_of(call.text(1));
  const std::size_t size = std::max(a.size(), b.size());
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::size_t i = 0; i < size; ++i) {
    const std::optional<double> x = a_array ? (i < a.size() ? a[i] : std::nullopt) : a_one;
    const std::optional<double> y = b_array ? (i < b.size() ? b[i] : std::nullopt) : b_one;
    if (!x || !y) {
      out.value("null");
    } else if constexpr (std::is_same_v<decltype(operation(0.0, 0.0)), bool>) {
      out.value(operation(*x, *y) ? "true" : "false");
    } else {
      out.real(operation(*x, *y));
    }
  }
  out.close(']');
}
template <typename Operation>
void each(Call& call, Operation operation) {
  if (!is_array(call.text(0))) return;
  Series series = series_of(call.text(0));
  for (std::optional<double>& value : series)
    if (value) value = operation(*value);
  give_series(call, series);
}

void add(Call& c) {
  pairwise(c, [](double x, double y) { return x + y; });
}
void subtract(Call& c) {
  pairwise(c, [](double x, double y) { return x - y; });
}
void multiply(Call& c) {
  pairwise(c, [](double x, double y) { return x * y; });
}
void divide(Call& c) {
  pairwise(c, [](double x, double y) { return x / y; });
}
void power(Call& c) {
  pairwise(c, [](double x, double y) { return std::pow(x, y); });
}
void greater(Call& c) {
  pairwise(c, [](double x, double y) -> bool { return x > y; });
}
void greater_equals(Call& c) {
  pairwise(c, [](double x, double y) -> bool { return x >= y; });
}
void less(Call& c) {
  pairwise(c, [](double x, double y) -> bool { return x < y; });
}
void less_equals(Call& c) {
  pairwise(c, [](double x, double y) -> bool { return x <= y; });
}
void equals(Call& c) {
  pairwise(c, [](double x, double y) -> bool { return x == y; });
}
void not_equals(Call& c) {
  pairwise(c, [](double x, double y) -> bool { return x != y; });
}
void absolute(Call& c) {
  each(c, [](double x) { return std::fabs(x); });
}
void exponential(Call& c) {
  each(c, [](double x) { return std::exp(x); });
}
void logarithm(Call& c) {
  each(c, [](double x) { return std::log(x); });
}
void floor_of(Call& c) {
  each(c, [](double x) { return std::floor(x); });
}
void ceiling_of(Call& c) {
  each(c, [](double x) { return std::ceil(x); });
}
void sign_of(Call& c) {
  each(c, [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; });
}
void sine(Call& c) {
  each(c, [](double x) { return std::sin(x); });
}
void cosine(Call& c) {
  each(c, [](double x) { return std::cos(x); });
}
void tangent(Call& c) {
  each(c, [](double x) { return std::tan(x); });
}
void arc_sine(Call& c) {
  each(c, [](double x) { return std::asin(x); });
}
void arc_cosine(Call& c) {
  each(c, [](double x) { return std::acos(x); });
}
void arc_tangent(Call& c) {
  each(c, [](double x) { return std::atan(x); });
}

// How many bins make-series has; with an inclusive end one for the last value's own bin.
void count_bins(Call& call) {
  const std::int64_t step = call.integer(2);
  if (step <= 0) return call.fail("the step of make-series must be above zero");
  const std::int64_t distance = call.integer(1) - call.integer(0);
  if (distance < 0) return call.give_integer(0);
  const std::int64_t bins = call.boolean(3) ? distance / step + 1 : (distance + step - 1) / step;
  if (bins > base::limits::array_elements_max)
    return call.fail("make-series would have more than 1,048,576 points");
  call.give_integer(bins);
}
void count_bins_real(Call& call) {
  const double step = call.real(2);
  if (!(step > 0)) return call.fail("the step of make-series must be above zero");
  const double bins = call.boolean(3) ? std::floor((call.real(1) - call.real(0)) / step) + 1
                                      : std::ceil((call.real(1) - call.real(0)) / step);
  if (!(bins <= static_cast<double>(base::limits::array_elements_max)))
    return call.fail("make-series would have more than 1,048,576 points");
  call.give_integer(bins < 0 ? 0 : static_cast<std::int64_t>(bins));
}
void place(Call& call) {
  const std::int64_t distance = call.integer(0) - call.integer(1);
  const std::int64_t step = call.integer(2);
  if (step > 0) call.give_integer(distance < 0 ? -1 : distance / step);
}
void place_real(Call& call) {
  const double at = std::floor((call.real(0) - call.real(1)) / call.real(2));
  if (std::isfinite(at) && std::fabs(at) < 1e15) call.give_integer(static_cast<std::int64_t>(at));
}
// [[place, value], ...] put on the axis.
void fill(Call& call) {
  const std::int64_t size =
      std::clamp<std::int64_t>(call.integer(1), 0, base::limits::array_elements_max);
  std::vector<std::string_view> cells(static_cast<std::size_t>(size),
                                      call.is_null(2) ? "null" : call.text(2));
  for (const std::string_view pair : native::elements_of(call.text(0))) {
    const auto parts = native::elements_of(pair);
    if (parts.size() != 2) continue;
    const auto at = native::integer_of(parts[0]);
    if (at && *at >= 0 && *at < size) cells[static_cast<std::size_t>(*at)] = parts[1];
  }
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::string_view cell : cells) out.value(cell);
  out.close(']');
}
void axis(Call& call) {
  const std::string_view type = call.text(3);
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::int64_t i = 0; i < std::min(call.integer(2), base::limits::array_elements_max); ++i) {
    const std::int64_t value = call.integer(0) + i * call.integer(1);
    if (type == "datetime") {
      out.text(format_datetime_full(value));
    } else if (type == "timespan") {
      out.text(format_timespan_full(value));
    } else {
      out.integer(value);
    }
  }
  out.close(']');
}
void axis_real(Call& call) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (std::int64_t i = 0; i < std::min(call.integer(2), base::limits::array_elements_max); ++i)
    out.real(call.real(0) + static_cast<double>(i) * call.real(1));
  out.close(']');
}

std::vector<double> numbers_of(std::string_view json) {
  std::vector<double> numbers;
  for (const std::optional<double>& value : series_of(json)) numbers.push_back(value.value_or(0));
  return numbers;
}
double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double total = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) total += a[i] * b[i];
  return total;
}
void dot_product(Call& call) {
  std::vector<double> a = numbers_of(call.text(0)), b = numbers_of(call.text(1));
  if (!is_array(call.text(0))) a.assign(b.size(), native::number_of(call.text(0)).value_or(0));
  if (!is_array(call.text(1))) b.assign(a.size(), native::number_of(call.text(1)).value_or(0));
  if (a.empty() || b.empty()) return;
  call.give_real(dot(a, b));
}
void magnitude(Call& call) {
  const auto a = numbers_of(call.text(0));
  call.give_real(std::sqrt(dot(a, a)));
}
void product(Call& call) {
  double total = 1;  // what is no number is left out, as series_sum does
  for (const auto& value : series_of(call.text(0))) total *= value.value_or(1);
  call.give_real(total);
}
void cosine_similarity(Call& call) {
  const auto a = numbers_of(call.text(0)), b = numbers_of(call.text(1));
  const double x = call.is_null(2) ? std::sqrt(dot(a, a)) : call.real(2);
  const double y = call.is_null(3) ? std::sqrt(dot(b, b)) : call.real(3);
  if (a.size() == b.size()) call.give_real(dot(a, b) / (x * y));
}
void pearson(Call& call) {
  for (const std::size_t side : {0U, 1U})
    for (const auto& value : series_of(call.text(side)))
      if (!value) return;  // no number: no answer
  const auto a = numbers_of(call.text(0)), b = numbers_of(call.text(1));
  if (a.size() != b.size() || a.empty()) return;
  const double n = static_cast<double>(a.size());
  double sa = 0, sb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sa += a[i];
    sb += b[i];
  }
  double covariance = 0, va = 0, vb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    covariance += (a[i] - sa / n) * (b[i] - sb / n);
    va += (a[i] - sa / n) * (a[i] - sa / n);
    vb += (b[i] - sb / n) * (b[i] - sb / n);
  }
  call.give_real(covariance / std::sqrt(va * vb));
}

// [min, min_idx, max, max_idx, avg, stdev, variance]
void stats(Call& call) {
  const Series series = series_of(call.text(0));
  const bool leaves_out = !call.is_null(1) && call.text(1) == "true";
  if (!leaves_out)
    for (const auto& value : series)
      if (!value || !std::isfinite(*value)) return;
  double total = 0, squares = 0;
  std::int64_t count = 0, at_min = -1, at_max = -1;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!series[i] || !std::isfinite(*series[i])) continue;
    const auto place_of = static_cast<std::int64_t>(i);
    if (at_min < 0 || *series[i] < *series[static_cast<std::size_t>(at_min)]) at_min = place_of;
    if (at_max < 0 || *series[i] > *series[static_cast<std::size_t>(at_max)]) at_max = place_of;
    total += *series[i];
    ++count;
  }
  if (count == 0) return;
  const double average = total / static_cast<double>(count);
  for (const auto& value : series)
    if (value && std::isfinite(*value)) squares += (*value - average) * (*value - average);
  const double variance = count > 1 ? squares / static_cast<double>(count - 1) : 0;
  JsonBuilder out(call.give_text());
  out.open('[');
  out.real(*series[static_cast<std::size_t>(at_min)]);
  out.integer(at_min);
  out.real(*series[static_cast<std::size_t>(at_max)]);
  out.integer(at_max);
  out.real(average);
  out.real(std::sqrt(variance));
  out.real(variance);
  out.close(']');
}

// Least squares: [rsquare, slope, variance, rvariance, interception, line]. Microsoft counts the
// places from 1, so that the interception is the line's value one place before the first.
void fit_line(Call& call) {
  const auto y = numbers_of(call.text(0));
  const double n = static_cast<double>(y.size());
  if (y.size() < 2) return;
  double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double x = static_cast<double>(i);
    sx += x;
    sy += y[i];
    sxx += x * x;
    sxy += x * y[i];
    syy += y[i] * y[i];
  }
  const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const double intercept = (sy - slope * sx) / n;
  double rest = 0;
  Series line;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double fitted = intercept + slope * static_cast<double>(i);
    line.emplace_back(fitted);
    rest += (y[i] - fitted) * (y[i] - fitted);
  }
  const double whole = syy - sy * sy / n;
  Call inner;
  give_series(inner, line);
  JsonBuilder out(call.give_text());
  out.open('[');
  out.real(whole == 0 ? 1 : 1 - rest / whole);
  out.real(slope);
  out.real(whole / (n - 1));
  out.real(rest / (n - 1));
  out.real(intercept - slope);
  out.value(inner.result_text);
  out.close(']');
}

void fir(Call& call) {
  const auto series = numbers_of(call.text(0));
  auto filter = numbers_of(call.text(1));
  const bool negative = std::ranges::any_of(filter, [](double f) { return f < 0; });
  // Documented: a filter with numbers below zero cannot be normalised, and is not unless asked for.
  const bool normalise = call.is_null(2) ? !negative : call.text(2) == "true";
  if (normalise && negative) return;
  const bool center = !call.is_null(3) && call.text(3) == "true";
  double total = 0;
  for (const double f : filter) total += f;
  if (normalise && total != 0)
    for (double& f : filter) f /= total;
  Series result;
  const auto size = static_cast<std::int64_t>(series.size()),
             taps = static_cast<std::int64_t>(filter.size());
  for (std::int64_t i = 0; i < size; ++i) {
    double sum = 0;
    for (std::int64_t j = 0; j < taps; ++j) {
      const std::int64_t from = i - j + (center ? (taps - 1) / 2 : 0);
      if (from >= 0 && from < size)
        sum += series[static_cast<std::size_t>(from)] * filter[static_cast<std::size_t>(j)];
    }
    result.emplace_back(sum);
  }
  give_series(call, result);
}
void iir(Call& call) {
  const auto series = numbers_of(call.text(0)), b = numbers_of(call.text(1)),
             a = numbers_of(call.text(2));
  if (a.empty() || a[0] == 0) return;
  std::vector<double> y;
  for (std::size_t i = 0; i < series.size(); ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < b.size() && j <= i; ++j) sum += b[j] * series[i - j];
    for (std::size_t j = 1; j < a.size() && j <= i; ++j) sum -= a[j] * y[i - j];
    y.push_back(sum / a[0]);
  }
  Series result(y.begin(), y.end());
  give_series(call, result);
}

constexpr Function pair_row(std::string_view name, native::Body run, std::string_view example,
                            std::string_view gives) {
  return {.name = name,
          .parameters = "json, json",
          .result = "dynamic",
          .body = run,
          .example = example,
          .gives = gives};
}
constexpr Function one_row(std::string_view name, native::Body run, std::string_view example,
                           std::string_view gives) {
  return {.name = name,
          .parameters = "dynamic",
          .result = "dynamic",
          .body = run,
          .example = example,
          .gives = gives};
}

constexpr Function rows[] = {
    pair_row("series_add", add, "series_add(dynamic([1, 2]), dynamic([3, 4]))", "[4.0,6.0]"),
    pair_row("series_subtract", subtract, "series_subtract(dynamic([1, 2]), 1)", "[0.0,1.0]"),
    pair_row("series_multiply", multiply, "series_multiply(dynamic([1, 2]), 3)", "[3.0,6.0]"),
    pair_row("series_divide", divide, "series_divide(dynamic([1, 2]), 2)", "[0.5,1.0]"),
    pair_row("series_pow", power, "series_pow(dynamic([1, 2]), 2)", "[1.0,4.0]"),
    pair_row("series_greater", greater, "series_greater(dynamic([1, 2]), 1)", "[false,true]"),
    pair_row("series_greater_equals", greater_equals, "series_greater_equals(dynamic([1, 2]), 1)",
             "[true,true]"),
    pair_row("series_less", less, "series_less(dynamic([1, 2]), 2)", "[true,false]"),
    pair_row("series_less_equals", less_equals, "series_less_equals(dynamic([1, 2]), 1)",
             "[true,false]"),
    pair_row("series_equals", equals, "series_equals(dynamic([1, 2]), 1)", "[true,false]"),
    pair_row("series_not_equals", not_equals, "series_not_equals(dynamic([1, 2]), 1)",
             "[false,true]"),
    one_row("series_abs", absolute, "series_abs(dynamic([-1, 2]))", "[1.0,2.0]"),
    one_row("series_exp", exponential, "series_exp(dynamic([0]))", "[1.0]"),
    one_row("series_log", logarithm, "series_log(dynamic([1]))", "[0.0]"),
    one_row("series_floor", floor_of, "series_floor(dynamic([1.5]))", "[1.0]"),
    one_row("series_ceiling", ceiling_of, "series_ceiling(dynamic([1.5]))", "[2.0]"),
    one_row("series_sign", sign_of, "series_sign(dynamic([-6, 0, 8]))", "[-1.0,0.0,1.0]"),
    one_row("series_sin", sine, "series_sin(dynamic([0]))", "[0.0]"),
    one_row("series_cos", cosine, "series_cos(dynamic([0]))", "[1.0]"),
    one_row("series_tan", tangent, "series_tan(dynamic([0]))", "[0.0]"),
    one_row("series_asin", arc_sine, "series_asin(dynamic([0]))", "[0.0]"),
    one_row("series_acos", arc_cosine, "series_acos(dynamic([1]))", "[0.0]"),
    one_row("series_atan", arc_tangent, "series_atan(dynamic([0]))", "[0.0]"),
    {.name = "series_dot_product",
     .parameters = "json, json",
     .result = "real",
     .body = dot_product,
     .example = "series_dot_product(dynamic([1, 2]), dynamic([3, 4]))",
     .gives = "11"},
    {.name = "series_magnitude",
     .parameters = "dynamic",
     .result = "real",
     .body = magnitude,
     .example = "series_magnitude(dynamic([3, 4]))",
     .gives = "5"},
    {.name = "series_product",
     .parameters = "dynamic",
     .result = "real",
     .body = product,
     .example = "series_product(dynamic([3, 4]))",
     .gives = "12"},
    {.name = "series_cosine_similarity",
     .parameters = "dynamic, dynamic, real?, real?",
     .result = "real",
     .body = cosine_similarity,
     .example = "series_cosine_similarity(dynamic([1, 0]), dynamic([1, 0]))",
     .gives = "1",
     .traits = sees_nulls},
    {.name = "series_pearson_correlation",
     .parameters = "dynamic, dynamic",
     .result = "real",
     .body = pearson,
     .example = "series_pearson_correlation(dynamic([1, 2, 3]), dynamic([2, 4, 6]))",
     .gives = "1"},
    {.name = "series_stats",
     .parameters = "dynamic, json?",
     .result = "dynamic",
     .body = stats,
     .traits = sees_nulls},
    {.name = "series_fit_line", .parameters = "dynamic", .result = "dynamic", .body = fit_line},
    {.name = "series_fir",
     .parameters = "dynamic, dynamic, json?, json?",
     .result = "dynamic",
     .body = fir,
     .example = "series_fir(dynamic([1, 2, 3]), dynamic([1, 1]), false)",
     .gives = "[1.0,3.0,5.0]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    {.name = "series_iir",
     .parameters = "dynamic, dynamic, dynamic",
     .result = "dynamic",
     .body = iir,
     .example = "series_iir(dynamic([1, 2, 3]), dynamic([1]), dynamic([1, -1]))",
     .gives = "[1.0,3.0,6.0]",
     .naming = Naming::first_argument},
    internal_row("series_count", "long, long, long, bool", "long", count_bins),
    internal_row("series_count_real", "real, real, real, bool", "long", count_bins_real),
    internal_row("series_place", "long, long, long", "long", place),
    internal_row("series_place_real", "real, real, real", "long", place_real),
    internal_row("fill_series", "dynamic, long, dynamic", "dynamic", fill, sees_nulls),
    internal_row("series_axis", "long, long, long, string", "dynamic", axis),
    internal_row("series_axis_real", "real, real, long, string", "dynamic", axis_real),
};

}  // namespace

std::span<const Function> series_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
