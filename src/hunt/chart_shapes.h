// Owns: what both ways of drawing a chart need: bars of it, shares, numbers as texts, sums of what
// is stacked. Must not know: characters, SVG. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hunt/chart.h"

namespace vedette::hunt {

inline constexpr std::size_t bars_max = 40, slices_max = 12;

struct Bar {
  std::string name;
  double value = 0;
};

[[nodiscard]] std::string number_text(double value);
// What the axis goes up to; never 0.
[[nodiscard]] double greatest_of(const Chart& chart);
// Where a series' value begins and ends at a point: upon those of the series before it where they
// are stacked. Nothing: it has no value there.
struct Reach {
  double from = 0, to = 0;
};
[[nodiscard]] std::optional<Reach> reach_of(const Chart& chart, std::size_t series,
                                            std::size_t point);
// A bar each for every point and series that has a value.
[[nodiscard]] std::vector<Bar> bars_of(const Chart& chart);
// The greatest ones, and the rest as one.
[[nodiscard]] std::vector<Bar> slices_of(const Chart& chart, double& whole);

}  // namespace vedette::hunt
