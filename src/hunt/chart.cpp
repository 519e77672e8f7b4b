#include "hunt/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "hunt/chart_shapes.h"
#include "kql/result/sink.h"

namespace vedette::hunt {
namespace {

using base::Result;
using kql::Type;
using kql::result::Cell;

constexpr std::size_t points_max = 2'000, series_max = 12;
constexpr std::size_t name_bytes_max = 40;
constexpr std::size_t line_rows = 12;

bool is_value(Type type) {
  return kql::is_number(type) || type == Type::timespan;
}

std::optional<double> number_of(const KeptRows::Kept& kept) {
  if (kept.cell.is_null) return std::nullopt;
  switch (kept.cell.type) {
    case Type::real:
      return std::isfinite(kept.cell.real) ? std::optional(kept.cell.real) : std::nullopt;
    case Type::timespan:
      return static_cast<double>(kept.cell.integer) / 1e7;
    case Type::decimal: {
      double value = 0;
      const auto read =
          std::from_chars(kept.text.data(), kept.text.data() + kept.text.size(), value);
      return read.ec == std::errc() ? std::optional(value) : std::nullopt;
    }
    default:
      return static_cast<double>(kept.cell.integer);
  }
}

std::string text_of(const KeptRows::Kept& kept) {
  Cell cell = kept.cell;
  cell.text = kept.text;
  return kql::result::text_of(cell);
}

// Which column is what.
struct Roles {
  std::size_t axis = 0;
  std::vector<std::size_t> values;
  std::vector<std::size_t> splits;  // columns whose values are names of series
};

// What stands behind `with` of `render`: names and texts.
std::vector<std::pair<std::string, std::string>> options_of(const KeptRows& answer) {
  std::vector<std::pair<std::string, std::string>> options;
  const std::string& render = answer.ending().render;
  const std::size_t space = render.find(' ');
  if (space == std::string::npos) return options;
  const auto json = base::parse_json(std::string_view(render).substr(space + 1));
  if (!json || json->as_object() == nullptr) return options;
  for (const auto& [name, value] : *json->as_object()) options.emplace_back(name, value.text());
  return options;
}

std::string option_of(const KeptRows& answer, std::string_view name) {
  for (const auto& [each, value] : options_of(answer))
    if (each == name) return value;
  return {};
}

// "a, b" as the places of these columns.
Result<std::vector<std::size_t>> columns_named(const KeptRows& answer, std::string_view option) {
  std::vector<std::size_t> places;
  const std::string names = option_of(answer, option);
  for (const std::string_view word : base::split(names, ',')) {
    const std::string_view name = base::trim(word);
    if (name.empty()) continue;
    const auto& columns = answer.columns();
    const auto found = std::ranges::find(columns, name, &kql::plan::Column::name);
    if (found == columns.end())
      return base::failure(base::ErrorCode::invalid_argument,
                           fmt::format("render has {}={}, and the answer has no such column",
                                       option, base::encode_terminal(name, 100)));
    places.push_back(static_cast<std::size_t>(found - columns.begin()));
  }
  return places;
}

Result<Roles> roles_of(const KeptRows& answer, ChartKind kind) {
  const auto& columns = answer.columns();
  const auto axis = VEDETTE_TRY(columns_named(answer, "xcolumn"));
  const auto values = VEDETTE_TRY(columns_named(answer, "ycolumns"));
  const auto splits = VEDETTE_TRY(columns_named(answer, "series"));
  Roles roles;
  const auto time = std::ranges::find(columns, Type::datetime, &kql::plan::Column::type);
  if (!axis.empty())
    roles.axis = axis.front();
  else if (kind == ChartKind::line && time != columns.end())
    roles.axis = static_cast<std::size_t>(time - columns.begin());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_split = std::ranges::find(splits, i) != splits.end();
    const bool is_named = std::ranges::find(values, i) != values.end();
    if (i == roles.axis) continue;
    if (is_value(columns[i].type) && !is_split && (is_named || values.empty()))
      roles.values.push_back(i);
    else if (is_split || (splits.empty() && columns[i].type == Type::string))
      roles.splits.push_back(i);
  }
  if (answer.rows().empty() || roles.values.empty())
    return base::failure(base::ErrorCode::invalid_argument,
                         answer.rows().empty()
                             ? "there are no rows to draw"
                             : "a chart needs a column to go along and one of numbers");
  if (kind == ChartKind::pie) roles.values.resize(1);
  return roles;
}

// Titles, `kind=`, `legend=`; the rest is said to be left out.
void read_options(const KeptRows& answer, Chart& chart) {
  const std::string_view render = answer.ending().render;
  const std::string_view kind = render.substr(0, render.find(' '));
  chart.is_area = kind == "areachart" || kind == "stackedareachart";
  if (kind == "stackedareachart") chart.stacking = Stacking::stacked;
  std::string not_drawn;
  for (const auto& [name, value] : options_of(answer)) {
    if (name == "title")
      chart.title = value;
    else if (name == "xtitle")
      chart.x_title = value;
    else if (name == "ytitle")
      chart.y_title = value;
    else if (name == "legend")
      chart.has_legend = value != "hidden";
    else if (name == "kind" && (value == "stacked" || value == "stacked100"))
      chart.stacking = value == "stacked" ? Stacking::stacked : Stacking::hundred;
    else if (name != "xcolumn" && name != "ycolumns" && name != "series" &&
             !(name == "kind" && (value == "default" || value == "unstacked")))
      not_drawn += fmt::format("{}{}={}", not_drawn.empty() ? "" : ", ", name, value);
  }
  if (!not_drawn.empty())
    chart.left_out += (chart.left_out.empty() ? "" : ", ") + base::clean_utf8(not_drawn, 200);
}

// What stands on the axis: a number to sort and place it by, and its name.
struct Point {
  double place = 0;
  std::string name;
};

class Maker {
 public:
  Maker(const KeptRows& answer, ChartKind kind, Roles roles)
      : answer_(answer), roles_(std::move(roles)) {
    chart_.kind = kind;
  }

  Chart make() {
    const bool in_order = chart_.kind == ChartKind::line;
    for (const auto& row : answer_.rows()) add_point(row);
    if (in_order) std::ranges::sort(points_, {}, &Point::place);
    for (std::size_t i = 0; i < points_.size(); ++i) {
      place_of_[points_[i].name] = i;
      chart_.points.push_back(points_[i].name);
      chart_.places.push_back(relative(points_[i].place));
    }
    for (const auto& row : answer_.rows()) add_values(row);
    note();
    return std::move(chart_);
  }

 private:
  void add_point(const KeptRows::Row& row) {
    const auto& kept = row[roles_.axis];
    const std::string name = text_of(kept);
    if (!seen_.emplace(name, true).second) return;
    if (points_.size() >= points_max) {
      ++points_left_out_;
      return;
    }
    const bool is_placed = kept.cell.type == Type::datetime || is_value(kept.cell.type);
    points_.push_back(
        {is_placed && !kept.cell.is_null
             ? (kept.cell.type == Type::datetime ? static_cast<double>(kept.cell.integer)
                                                 : number_of(kept).value_or(0))
             : static_cast<double>(points_.size()),
         name});
  }
  [[nodiscard]] double relative(double place) const {
    const double first = points_.front().place, last = points_.back().place;
    return last > first ? (place - first) / (last - first) : 0;
  }
  void add_values(const KeptRows::Row& row) {
    const auto point = place_of_.find(text_of(row[roles_.axis]));
    if (point == place_of_.end()) return;
    std::string split;
    for (const std::size_t column : roles_.splits)
      split += (split.empty() ? "" : ", ") + text_of(row[column]);
    for (const std::size_t column : roles_.values) {
      const std::string& name = answer_.columns()[column].name;
      Series* series =
          series_named(split.empty()               ? name
                       : roles_.values.size() == 1 ? split
                                                   : fmt::format("{}: {}", split, name));
      if (series == nullptr) continue;
      if (const auto value = number_of(row[column])) {
        auto& at = series->values[point->second];
        at = at.value_or(0) + *value;
      }
    }
  }
  Series* series_named(const std::string& name) {
    const auto found = std::ranges::find(chart_.series, name, &Series::name);
    if (found != chart_.series.end()) return &*found;
    if (chart_.series.size() >= series_max) {
      left_out_series_[name] = true;
      return nullptr;
    }
    chart_.series.push_back({name, std::vector<std::optional<double>>(points_.size())});
    return &chart_.series.back();
  }
  void note() {
    if (points_left_out_ > 0) chart_.left_out = fmt::format("{} more points", points_left_out_);
    if (!left_out_series_.empty())
      chart_.left_out += fmt::format("{}{} more series", chart_.left_out.empty() ? "" : ", ",
                                     left_out_series_.size());
  }

  const KeptRows& answer_;
  const Roles roles_;
  Chart chart_;
  std::vector<Point> points_;
  std::map<std::string, bool> seen_, left_out_series_;
  std::map<std::string, std::size_t> place_of_;
  std::size_t points_left_out_ = 0;
};

// --- with characters -----------------------------------------------------------------------------

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string name_text(std::string_view name) {
  return base::encode_terminal(base::clean_utf8(name, name_bytes_max), 160);
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, characters(text)), ' ');
}

// Eighths of a character.
std::string bar_of(double share, std::size_t width) {
  static constexpr std::array<const char*, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(
      std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(width) * 8));
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + parts.at(eighths % 8);
}

std::string draw_bars(const std::vector<Bar>& bars, std::size_t width, double whole,
                      std::size_t most, bool in_percent) {
  std::size_t names = 0;
  const std::size_t shown = std::min(bars.size(), most);
  for (std::size_t i = 0; i < shown; ++i)
    names = std::max(names, characters(name_text(bars[i].name)));
  const std::size_t room = width > names + 24 ? width - names - 24 : 10;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    const double share = bars[i].value / whole;
    text += fmt::format("{}  {} {}{}\n", padded(name_text(bars[i].name), names),
                        bar_of(share, room), number_text(bars[i].value),
                        in_percent ? fmt::format(" ({:.1f} %)", share * 100) : "");
  }
  if (bars.size() > shown) text += fmt::format("... and {} more\n", bars.size() - shown);
  return text;
}

constexpr std::string_view marks = "*o+x#@%&=$~^";

std::string legend_of(const Chart& chart, std::size_t margin) {
  std::string text;
  for (std::size_t s = 0; s < chart.series.size() && chart.has_legend; ++s)
    text += fmt::format("{}{} {}\n", std::string(margin, ' '), marks[s % marks.size()],
                        name_text(chart.series[s].name));
  return text;
}

// A bar for each point, of one mark for each series.
std::string draw_stacked(const Chart& chart, std::size_t width) {
  const std::size_t shown = std::min(chart.points.size(), bars_max);
  std::size_t names = 0;
  for (std::size_t i = 0; i < shown; ++i)
    names = std::max(names, characters(name_text(chart.points[i])));
  const double greatest = greatest_of(chart);
  const double room = static_cast<double>(width > names + 24 ? width - names - 24 : 10);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    std::string bar;
    double end = 0;
    for (std::size_t s = 0; s < chart.series.size(); ++s)
      if (const auto reach = reach_of(chart, s, i)) {
        end = reach->to;
        const auto length = static_cast<std::size_t>(std::lround(end / greatest * room));
        if (length > bar.size()) bar.resize(length, marks[s % marks.size()]);
      }
    text += fmt::format("{}  {} {}{}\n", padded(name_text(chart.points[i]), names), bar,
                        number_text(end), chart.stacking == Stacking::hundred ? " %" : "");
  }
  if (chart.points.size() > shown)
    text += fmt::format("... and {} more\n", chart.points.size() - shown);
  return text + legend_of(chart, names + 2);
}

// A mark for each series; a column of characters for each span of the axis, the greatest in it.
std::string draw_lines(const Chart& chart, std::size_t width) {
  const double greatest = greatest_of(chart);
  const std::string top = number_text(greatest);
  const std::size_t margin = std::max<std::size_t>(top.size(), 1) + 2;
  const std::size_t room = width > margin + 10 ? width - margin : 10;
  std::vector<std::string> grid(line_rows, std::string(room, ' '));
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    for (std::size_t point = 0; point < chart.points.size(); ++point) {
      const auto reach = reach_of(chart, s, point);
      if (!reach) continue;
      const auto x = static_cast<std::size_t>(
          std::lround(chart.places[point] * static_cast<double>(room - 1)));
      const auto y = static_cast<std::size_t>(std::lround(
          std::clamp(reach->to / greatest, 0.0, 1.0) * static_cast<double>(line_rows - 1)));
      grid[line_rows - 1 - y][x] = marks[s % marks.size()];
    }
  std::string text;
  for (std::size_t row = 0; row < line_rows; ++row)
    text += fmt::format("{:>{}} |{}\n",
                        row == 0               ? top
                        : row + 1 == line_rows ? std::string("0")
                                               : "",
                        margin - 2, grid[row]);
  text += std::string(margin - 1, ' ') + "+" + std::string(room, '-') + "\n";
  const std::string first = name_text(chart.points.front()), last = name_text(chart.points.back());
  const std::size_t used = characters(first) + characters(last);
  text += std::string(margin, ' ') + first + std::string(room > used ? room - used : 1, ' ') +
          last + "\n";
  return text + legend_of(chart, margin);
}

}  // namespace

std::optional<ChartKind> chart_kind_of(std::string_view render) {
  render = render.substr(0, render.find(' '));
  for (const std::string_view name : {"timechart", "linechart", "areachart", "stackedareachart",
                                      "scatterchart", "anomalychart", "timepivot"})
    if (render == name) return ChartKind::line;
  for (const std::string_view name : {"barchart", "columnchart"})
    if (render == name) return ChartKind::bar;
  if (render == "piechart") return ChartKind::pie;
  return std::nullopt;
}

Result<Chart> chart_of(const KeptRows& answer, ChartKind kind) {
  Roles roles = VEDETTE_TRY(roles_of(answer, kind));
  Chart chart = Maker(answer, kind, std::move(roles)).make();
  read_options(answer, chart);
  return chart;
}

std::string draw(const Chart& chart, std::size_t width) {
  std::string text;
  if (chart.kind == ChartKind::line) {
    text = draw_lines(chart, width);
  } else if (chart.kind == ChartKind::bar && chart.stacking != Stacking::none) {
    text = draw_stacked(chart, width);
  } else if (chart.kind == ChartKind::bar) {
    text = draw_bars(bars_of(chart), width, greatest_of(chart), bars_max, false);
  } else {
    double whole = 1;
    const auto slices = slices_of(chart, whole);
    text = draw_bars(slices, width, whole, slices_max, true);
  }
  if (!chart.y_title.empty()) text = name_text(chart.y_title) + "\n" + text;
  if (!chart.title.empty()) text = base::encode_terminal(chart.title, width) + "\n" + text;
  if (!chart.x_title.empty()) text += name_text(chart.x_title) + "\n";
  return chart.left_out.empty()
             ? text
             : text + "(left out: " + base::encode_terminal(chart.left_out, 400) + ")\n";
}

}  // namespace vedette::hunt
