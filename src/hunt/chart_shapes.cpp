#include "hunt/chart_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace vedette::hunt {

std::string number_text(double value) {
  return std::abs(value - std::round(value)) < 1e-9 && std::abs(value) < 1e15
             ? fmt::format("{:.0f}", value)
             : fmt::format("{:.4g}", value);
}

std::optional<Reach> reach_of(const Chart& chart, std::size_t series, std::size_t point) {
  const auto& value = chart.series[series].values[point];
  if (!value) return std::nullopt;
  if (chart.stacking == Stacking::none) return Reach{0, *value};
  double below = 0, whole = 0;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const double part = std::max(chart.series[i].values[point].value_or(0), 0.0);
    if (i < series) below += part;
    whole += part;
  }
  const double unit = chart.stacking == Stacking::stacked || whole <= 0 ? 1 : 100 / whole;
  return Reach{below * unit, (below + std::max(*value, 0.0)) * unit};
}

double greatest_of(const Chart& chart) {
  double greatest = 0;
  for (std::size_t series = 0; series < chart.series.size(); ++series)
    for (std::size_t point = 0; point < chart.points.size(); ++point)
      if (const auto reach = reach_of(chart, series, point))
        greatest = std::max(greatest, reach->to);
  return greatest > 0 ? greatest : 1;
}

std::vector<Bar> bars_of(const Chart& chart) {
  std::vector<Bar> bars;
  for (std::size_t point = 0; point < chart.points.size(); ++point)
    for (const Series& series : chart.series)
      if (series.values[point])
        bars.push_back({chart.series.size() == 1
                            ? chart.points[point]
                            : fmt::format("{} {}", chart.points[point], series.name),
                        *series.values[point]});
  return bars;
}

std::vector<Bar> slices_of(const Chart& chart, double& whole) {
  std::vector<Bar> slices = bars_of(chart);
  std::erase_if(slices, [](const Bar& bar) { return bar.value <= 0; });
  std::ranges::stable_sort(slices, std::ranges::greater{}, &Bar::value);
  whole = 0;
  for (const Bar& bar : slices) whole += bar.value;
  if (slices.size() > slices_max) {
    Bar rest{fmt::format("{} others", slices.size() - slices_max + 1), 0};
    for (std::size_t i = slices_max - 1; i < slices.size(); ++i) rest.value += slices[i].value;
    slices.resize(slices_max - 1);
    slices.push_back(rest);
  }
  if (whole <= 0) whole = 1;
  return slices;
}

}  // namespace vedette::hunt
