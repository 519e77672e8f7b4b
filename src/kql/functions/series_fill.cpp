// Gaps in series: points that are null, or a placeholder, get a value from those around them.
#include "kql/functions/function.h"
#include "kql/functions/series_values.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

// The placeholder (null, unless given) says what a gap is.
struct Gaps {
  std::vector<std::string_view> cells;
  std::vector<bool> is_gap;
};
Gaps gaps_of(std::string_view json, std::string_view placeholder) {
  Gaps gaps;
  gaps.cells = native::elements_of(json);
  const auto wanted =
      native::is_json_null(placeholder) ? std::nullopt : native::number_of(placeholder);
  for (const std::string_view cell : gaps.cells)
    gaps.is_gap.push_back(wanted ? native::number_of(cell) == wanted : native::is_json_null(cell));
  return gaps;
}
void give_cells(Call& call, const std::vector<std::string_view>& cells) {
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const std::string_view cell : cells) out.value(cell);
  out.close(']');
}
void fill_forward(Call& call) {
  Gaps gaps = gaps_of(call.text(0), call.text(1));
  for (std::size_t i = 1; i < gaps.cells.size(); ++i)
    if (gaps.is_gap[i]) gaps.cells[i] = gaps.cells[i - 1];
  give_cells(call, gaps.cells);
}
void fill_backward(Call& call) {
  Gaps gaps = gaps_of(call.text(0), call.text(1));
  for (std::size_t i = gaps.cells.size(); i-- > 1;)
    if (gaps.is_gap[i - 1]) gaps.cells[i - 1] = gaps.cells[i];
  give_cells(call, gaps.cells);
}
void fill_constant(Call& call) {
  Gaps gaps = gaps_of(call.text(0), call.text(2));
  for (std::size_t i = 0; i < gaps.cells.size(); ++i)
    if (gaps.is_gap[i]) gaps.cells[i] = call.is_null(1) ? "0" : call.text(1);
  give_cells(call, gaps.cells);
}
// Whole numbers stay whole: what lies between them is cut.
bool all_whole(const std::vector<std::string_view>& cells) {
  bool any = false;
  for (const std::string_view cell : cells) {
    const native::JsonKind kind = native::kind_of(cell);
    if (kind == native::JsonKind::real || kind == native::JsonKind::string) return false;
    any = any || kind == native::JsonKind::integer;
  }
  return any;
}
void give_interpolated(Call& call, const Series& values, bool whole) {
  if (!whole) return append_series(call.give_text(), values);
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const auto& value : values) {
    if (value) {
      out.integer(static_cast<std::int64_t>(*value));
    } else {
      out.value("null");
    }
  }
  out.close(']');
}
void fill_linear(Call& call) {
  const Gaps gaps = gaps_of(call.text(0), call.text(1));
  const bool edges = call.is_null(2) || call.text(2) != "false";
  Series values = read_series(call.text(0));
  // What stands where no point is known: 0 unless given, and null where null is given.
  const auto constant =
      call.arguments.size() < 4 ? std::optional(0.0) : native::number_of(call.text(3));
  const std::size_t size = values.size();
  std::size_t before = size;
  for (std::size_t i = 0; i < size; ++i) {
    if (!gaps.is_gap[i]) {
      before = i;
      continue;
    }
    std::size_t after = i;
    while (after < size && gaps.is_gap[after]) ++after;
    for (std::size_t j = i; j < after; ++j) {
      if (before < size && after < size) {
        values[j] = *values[before] + (*values[after] - *values[before]) *
                                          static_cast<double>(j - before) /
                                          static_cast<double>(after - before);
      } else if (edges && (before < size || after < size)) {
        values[j] = values[before < size ? before : after];
      } else if (before >= size && after >= size) {
        values[j] = constant;
      }
    }
    i = after - 1;
  }
  give_interpolated(call, values, all_whole(gaps.cells));
}

constexpr Function rows[] = {
    {.name = "series_fill_forward",
     .parameters = "dynamic, json?",
     .result = "dynamic",
     .body = fill_forward,
     .example = "series_fill_forward(dynamic([1, null, 3]))",
     .gives = "[1,1,3]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    {.name = "series_fill_backward",
     .parameters = "dynamic, json?",
     .result = "dynamic",
     .body = fill_backward,
     .example = "series_fill_backward(dynamic([1, null, 3]))",
     .gives = "[1,3,3]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    {.name = "series_fill_const",
     .parameters = "dynamic, json?, json?",
     .result = "dynamic",
     .body = fill_constant,
     .example = "series_fill_const(dynamic([1, null, 3]), 0)",
     .gives = "[1,0,3]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    {.name = "series_fill_linear",
     .parameters = "dynamic, json, json, json",
     .result = "dynamic",
     .body = fill_linear,
     .example = "series_fill_linear(dynamic([null]), real(null), true, 3)",
     .gives = "[3.0]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
    {.name = "series_fill_linear",
     .parameters = "dynamic, json?, json?",
     .result = "dynamic",
     .body = fill_linear,
     .example = "series_fill_linear(dynamic([1, null, 3]))",
     .gives = "[1,2,3]",
     .naming = Naming::first_argument,
     .traits = sees_nulls},
};

}  // namespace

std::span<const Function> series_fill_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
