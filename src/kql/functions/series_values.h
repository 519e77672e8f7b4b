// Owns: series as the analysis functions see them: a dynamic array of numbers, read once and
// written once. Promises: what is no number is missing, never zero; a series is as long as it was.
// Must not know: which function reads it. Called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vedette::kql::functions {

using Series = std::vector<std::optional<double>>;

[[nodiscard]] Series read_series(std::string_view json);
// [1.0,null,2.5]
void append_series(std::string& out, const Series& series);
void append_series(std::string& out, const std::vector<double>& numbers);
// The numbers that are there, in their order.
[[nodiscard]] std::vector<double> present(const Series& series);
// Sorted numbers; the fraction lies between 0 and 1 and is interpolated.
[[nodiscard]] double quantile_of_sorted(const std::vector<double>& sorted, double fraction);

// A straight line through (0, y0), (1, y1) ... by least squares; missing points do not count.
struct Line {
  double slope = 0;
  double intercept = 0;
  double r_square = 0;
  double variance = 0;
  double rest_variance = 0;
};
[[nodiscard]] std::optional<Line> fit_line_through(const Series& series, std::size_t first,
                                                   std::size_t last);

}  // namespace vedette::kql::functions
