#include "kql/functions/series_values.h"

#include <algorithm>
#include <cmath>

#include "kql/native/json_text.h"

namespace vedette::kql::functions {

Series read_series(std::string_view json) {
  Series series;
  for (const std::string_view element : native::elements_of(json)) {
    const native::JsonKind kind = native::kind_of(element);
    const bool number = kind == native::JsonKind::integer || kind == native::JsonKind::real ||
                        kind == native::JsonKind::string;
    const auto value = number ? native::number_of(element) : std::nullopt;
    series.push_back(value && std::isfinite(*value) ? value : std::nullopt);
  }
  return series;
}

void append_series(std::string& out, const Series& series) {
  native::JsonBuilder json(out);
  json.open('[');
  for (const std::optional<double>& value : series) {
    if (value) {
      json.real(*value);
    } else {
      json.value("null");
    }
  }
  json.close(']');
}

void append_series(std::string& out, const std::vector<double>& numbers) {
  append_series(out, Series(numbers.begin(), numbers.end()));
}

std::vector<double> present(const Series& series) {
  std::vector<double> numbers;
  for (const std::optional<double>& value : series)
    if (value) numbers.push_back(*value);
  return numbers;
}

double quantile_of_sorted(const std::vector<double>& sorted, double fraction) {
  if (sorted.empty()) return 0;
  const double at = fraction * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - static_cast<double>(low));
}

std::optional<Line> fit_line_through(const Series& series, std::size_t first, std::size_t last) {
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (!series[i]) continue;
    const double x = static_cast<double>(i - first);
    n += 1;
    sx += x;
    sy += *series[i];
    sxx += x * x;
    sxy += x * *series[i];
  }
  if (n < 2) return std::nullopt;
  Line line;
  line.slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  line.intercept = (sy - line.slope * sx) / n;
  double whole = 0, rest = 0;
  for (std::size_t i = first; i < last; ++i) {
    if (!series[i]) continue;
    const double fitted = line.intercept + line.slope * static_cast<double>(i - first);
    rest += (*series[i] - fitted) * (*series[i] - fitted);
    whole += (*series[i] - sy / n) * (*series[i] - sy / n);
  }
  line.r_square = whole == 0 ? 1 : 1 - rest / whole;
  line.variance = whole / (n - 1);
  line.rest_variance = rest / (n - 1);
  return line;
}

}  // namespace vedette::kql::functions
