// Curves through series: two lines, polynomials, and the Fourier transform.
#include <algorithm>
#include <cmath>
#include <complex>

#include "base/limits.h"
#include "kql/functions/function.h"
#include "kql/functions/series_values.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

constexpr std::size_t degree_max = 10;
constexpr std::size_t slow_transform_points_max = 4'096;

void append_line(JsonBuilder& out, const Line& line) {
  out.real(line.r_square);
  out.real(line.slope);
  out.real(line.intercept - line.slope);  // places count from 1, as in series_fit_line
  out.real(line.variance);
  out.real(line.rest_variance);
}

// What is left over when both sides of the split have their own line.
struct Split {
  std::size_t at = 0;
  Line left, right;
  double rest = 0;
};

double rest_of(const Series& series, const Line& line, std::size_t first, std::size_t last) {
  double rest = 0;
  for (std::size_t i = first; i < last; ++i) {
    const double fitted = line.intercept + line.slope * static_cast<double>(i - first);
    if (series[i]) rest += (*series[i] - fitted) * (*series[i] - fitted);
  }
  return rest;
}

std::optional<Split> best_split(const Series& series) {
  std::optional<Split> best;
  if (series.size() > slow_transform_points_max) return best;  // the search is quadratic
  for (std::size_t at = 2; at + 2 <= series.size(); ++at) {
    const auto left = fit_line_through(series, 0, at);
    const auto right = fit_line_through(series, at, series.size());
    if (!left || !right) continue;
    const double rest = rest_of(series, *left, 0, at) + rest_of(series, *right, at, series.size());
    if (!best || rest < best->rest) best = Split{at, *left, *right, rest};
  }
  return best;
}

// [rsquare, split, variance, rvariance, line, right ..., left ...], as tuples.cpp names them.
void fit_two_lines(Call& call) {
  const Series series = read_series(call.text(0));
  const auto best = best_split(series);
  const auto whole = fit_line_through(series, 0, series.size());
  if (!best || !whole) return;
  const double n = static_cast<double>(present(series).size());
  const double rest_variance = best->rest / (n - 1);
  std::vector<double> line;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Line& side = i < best->at ? best->left : best->right;
    const std::size_t first = i < best->at ? 0 : best->at;
    line.push_back(side.intercept + side.slope * static_cast<double>(i - first));
  }
  std::string fitted;
  append_series(fitted, line);
  JsonBuilder out(call.give_text());
  out.open('[');
  out.real(whole->variance == 0 ? 1 : 1 - rest_variance / whole->variance);
  out.integer(static_cast<std::int64_t>(best->at));
  out.real(whole->variance);
  out.real(rest_variance);
  out.value(fitted);
  append_line(out, best->right);
  append_line(out, best->left);
  out.close(']');
}

// Solves the equations of least squares by elimination with pivots; none when they have no answer.
std::optional<std::vector<double>> solve(std::vector<std::vector<double>> rows) {
  const std::size_t size = rows.size();
  for (std::size_t column = 0; column < size; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < size; ++row)
      if (std::fabs(rows[row][column]) > std::fabs(rows[pivot][column])) pivot = row;
    if (std::fabs(rows[pivot][column]) < 1e-300) return std::nullopt;
    std::swap(rows[pivot], rows[column]);
    for (std::size_t row = 0; row < size; ++row) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (std::size_t i = column; i <= size; ++i) rows[row][i] -= factor * rows[column][i];
    }
  }
  std::vector<double> result;
  for (std::size_t i = 0; i < size; ++i) result.push_back(rows[i][size] / rows[i][i]);
  return result;
}

double value_at(const std::vector<double>& coefficients, double x) {
  double y = 0;
  for (std::size_t i = coefficients.size(); i-- > 0;) y = y * x + coefficients[i];
  return y;
}

// (y, x, degree): [rsquare, coefficients from the highest power, variance, rvariance, curve]
void fit_polynomial(Call& call) {
  const Series y = read_series(call.text(0));
  Series x = read_series(call.text(1));
  if (call.is_null(1))
    for (std::size_t i = 0; i < y.size(); ++i) x.emplace_back(static_cast<double>(i + 1));
  const auto degree = static_cast<std::size_t>(
      std::clamp<std::int64_t>(call.integer(2, 1), 0, static_cast<std::int64_t>(degree_max)));
  if (x.size() != y.size() || y.size() <= degree) return;
  std::vector<std::vector<double>> rows(degree + 1, std::vector<double>(degree + 2, 0));
  double total = 0, count = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (!x[i] || !y[i]) continue;
    total += *y[i];
    count += 1;
    for (std::size_t row = 0; row <= degree; ++row) {
      for (std::size_t column = 0; column <= degree; ++column)
        rows[row][column] += std::pow(*x[i], static_cast<double>(row + column));
      rows[row][degree + 1] += *y[i] * std::pow(*x[i], static_cast<double>(row));
    }
  }
  auto coefficients = solve(std::move(rows));
  if (!coefficients || count < 2) return;
  double whole = 0, rest = 0;
  Series curve;
  for (std::size_t i = 0; i < y.size(); ++i) {
    curve.push_back(x[i] ? std::optional(value_at(*coefficients, *x[i])) : std::nullopt);
    if (!x[i] || !y[i]) continue;
    whole += (*y[i] - total / count) * (*y[i] - total / count);
    rest += (*y[i] - *curve[i]) * (*y[i] - *curve[i]);
  }
  std::reverse(coefficients->begin(), coefficients->end());
  std::string highest_first, fitted;
  append_series(highest_first, *coefficients);
  append_series(fitted, curve);
  JsonBuilder out(call.give_text());
  out.open('[');
  out.real(whole == 0 ? 1 : 1 - rest / whole);
  out.value(highest_first);
  out.real(whole / (count - 1));
  out.real(rest / (count - 1));
  out.value(fitted);
  out.close(']');
}

using Wave = std::vector<std::complex<double>>;

// By halves where the length is even, and by the definition where it is odd.
Wave transformed(const Wave& in, double sign) {
  const std::size_t n = in.size();
  Wave out(n);
  if (n <= 1) return in;
  if (n % 2 != 0) {
    for (std::size_t k = 0; k < n; ++k)
      for (std::size_t i = 0; i < n; ++i)
        out[k] += in[i] * std::polar(1.0, sign * 2 * M_PI * static_cast<double>(i * k % n) /
                                              static_cast<double>(n));
    return out;
  }
  Wave even, odd;
  for (std::size_t i = 0; i < n; i += 2) {
    even.push_back(in[i]);
    odd.push_back(in[i + 1]);
  }
  even = transformed(even, sign);
  odd = transformed(odd, sign);
  for (std::size_t k = 0; k < n / 2; ++k) {
    const auto turned =
        std::polar(1.0, sign * 2 * M_PI * static_cast<double>(k) / static_cast<double>(n)) * odd[k];
    out[k] = even[k] + turned;
    out[k + n / 2] = even[k] - turned;
  }
  return out;
}

void transform(Call& call, bool back) {
  const Series real = read_series(call.text(0)), imaginary = read_series(call.text(1));
  std::size_t odd = real.size();
  while (odd > 1 && odd % 2 == 0) odd /= 2;
  if (odd > slow_transform_points_max)
    return call.fail("a Fourier transform takes a length that halves well, or up to 4,096 points");
  Wave wave;
  for (std::size_t i = 0; i < real.size(); ++i)
    wave.emplace_back(real[i].value_or(0), i < imaginary.size() ? imaginary[i].value_or(0) : 0);
  wave = transformed(wave, back ? 1 : -1);
  std::vector<double> out_real, out_imaginary;
  const double scale = back && !wave.empty() ? 1 / static_cast<double>(wave.size()) : 1;
  for (const auto& one : wave) {
    out_real.push_back(one.real() * scale);
    out_imaginary.push_back(one.imag() * scale);
  }
  std::string& out = call.give_text();
  out += '[';
  append_series(out, out_real);
  out += ',';
  append_series(out, out_imaginary);
  out += ']';
}
void fourier(Call& call) {
  transform(call, false);
}
void fourier_back(Call& call) {
  transform(call, true);
}

// A series that is null has nothing to be found in it; optional arguments may be null.
template <native::Body run>
void unless_null(Call& call) {
  if (!call.is_null(0)) run(call);
}

constexpr Function row(std::string_view name, std::string_view parameters, native::Body run,
                       std::string_view example, std::string_view gives) {
  return body_row(name, parameters, "dynamic", run, example, gives, sees_nulls);
}

constexpr Function rows[] = {
    row("series_fit_2lines", "dynamic", unless_null<fit_two_lines>,
        "print s = dynamic([0, 1, 2, 9, 8, 7]) | extend (r, at) = series_fit_2lines(s) | project "
        "at",
        "3"),
    row("series_fit_poly", "dynamic, dynamic?, long?", unless_null<fit_polynomial>,
        "print s = dynamic([1, 4, 9, 16]) | extend (r, c) = series_fit_poly(s, dynamic([1, 2, 3, "
        "4]), 2) | project round(r, 6)",
        "1"),
    {.name = "series_stats_dynamic series_fit_line_dynamic series_fit_2lines_dynamic",
     .parameters = "dynamic",
     .result = "dynamic",
     .duckdb = "$1",
     .example = "series_stats_dynamic(dynamic([1, 3])).max_idx",
     .gives = "1"},
    row("series_fft", "dynamic, dynamic?", unless_null<fourier>,
        "print s = dynamic([1, 1]) | extend (r, i) = series_fft(s) | project r", "[2.0,0.0]"),
    row("series_ifft", "dynamic, dynamic?", unless_null<fourier_back>,
        "print s = dynamic([2, 0]) | extend (r, i) = series_ifft(s) | project r", "[1.0,1.0]"),
};

}  // namespace

std::span<const Function> series_fit_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
