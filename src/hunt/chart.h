// Owns: an answer as a chart: which columns are its axis, its series and its values (as `render`
// and its options have them), drawn with characters or as SVG. Promises: bounded in points and
// series, and says what it left out; names from data pass the sink's encoder (the terminal's,
// XML's). Must not know: where rows come from. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hunt/test_rows.h"

namespace vedette::hunt {

enum class ChartKind : std::uint8_t { line, bar, pie };
// timechart, linechart ... → line; barchart, columnchart → bar; piechart → pie. Nothing for a
// table, a card and what is not drawn here.
[[nodiscard]] std::optional<ChartKind> chart_kind_of(std::string_view render);

struct Series {
  std::string name;
  std::vector<std::optional<double>> values;  // one for each point
};
// `kind=` of render: series upon each other, or as shares of their sum.
enum class Stacking : std::uint8_t { none, stacked, hundred };
struct Chart {
  ChartKind kind = ChartKind::line;
  std::vector<std::string> points;  // their names, in order
  std::vector<double> places;       // along the axis, 0 to 1; of a line
  std::vector<Series> series;
  std::string left_out;                 // in words; empty: nothing
  std::string title, x_title, y_title;  // empty: nobody said
  Stacking stacking = Stacking::none;
  bool is_area = false;  // lines are filled down to the next one
  bool has_legend = true;
};

// As the answer's `render` says: its columns and titles. invalid_argument: the answer has no column
// of numbers, or no rows, or not the columns that are named.
[[nodiscard]] base::Result<Chart> chart_of(const KeptRows& answer, ChartKind kind);
// Lines of at most `width` characters, with a line break each.
[[nodiscard]] std::string draw(const Chart& chart, std::size_t width);
// `title` stands above it unless `render` said another one.
[[nodiscard]] std::string svg_of(const Chart& chart, std::string_view title);

}  // namespace vedette::hunt
