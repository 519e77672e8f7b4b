#include "hunt/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <numbers>

#include "base/encode.h"
#include "kql/result/sink.h"

namespace vedette::hunt {
namespace {

using base::Result;
using kql::Type;
using kql::result::Cell;

constexpr std::size_t points_max = 2'000, series_max = 12;
constexpr std::size_t bars_max = 40, slices_max = 12, name_bytes_max = 40;
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

Result<Roles> roles_of(const KeptRows& answer, ChartKind kind) {
  const auto& columns = answer.columns();
  Roles roles;
  const auto time = std::ranges::find(columns, Type::datetime, &kql::plan::Column::type);
  if (kind == ChartKind::line && time != columns.end())
    roles.axis = static_cast<std::size_t>(time - columns.begin());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == roles.axis) continue;
    if (is_value(columns[i].type))
      roles.values.push_back(i);
    else if (columns[i].type == Type::string)
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

std::string number_text(double value) {
  return std::abs(value - std::round(value)) < 1e-9 && std::abs(value) < 1e15
             ? fmt::format("{:.0f}", value)
             : fmt::format("{:.4g}", value);
}

double greatest_of(const Chart& chart) {
  double greatest = 0;
  for (const Series& series : chart.series)
    for (const auto& value : series.values) greatest = std::max(greatest, value.value_or(0));
  return greatest > 0 ? greatest : 1;
}

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

struct Bar {
  std::string name;
  double value = 0;
};

// A bar each for every point and series that has a value.
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

// A mark for each series; a column of characters for each span of the axis, the greatest in it.
std::string draw_lines(const Chart& chart, std::size_t width) {
  static constexpr std::string_view marks = "*o+x#@%&=$~^";
  const double greatest = greatest_of(chart);
  const std::string top = number_text(greatest);
  const std::size_t margin = std::max<std::size_t>(top.size(), 1) + 2;
  const std::size_t room = width > margin + 10 ? width - margin : 10;
  std::vector<std::string> grid(line_rows, std::string(room, ' '));
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    for (std::size_t point = 0; point < chart.points.size(); ++point) {
      const auto& value = chart.series[s].values[point];
      if (!value) continue;
      const auto x = static_cast<std::size_t>(
          std::lround(chart.places[point] * static_cast<double>(room - 1)));
      const auto y = static_cast<std::size_t>(std::lround(std::clamp(*value / greatest, 0.0, 1.0) *
                                                          static_cast<double>(line_rows - 1)));
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
  for (std::size_t s = 0; s < chart.series.size(); ++s)
    text += fmt::format("{}{} {}\n", std::string(margin, ' '), marks[s % marks.size()],
                        name_text(chart.series[s].name));
  return text;
}

// --- SVG -----------------------------------------------------------------------------------------

constexpr double svg_width = 960, svg_height = 400, svg_left = 70, svg_top = 40, svg_bottom = 50;
constexpr std::array<const char*, 12> colours{"#3366cc", "#dc3912", "#ff9900", "#109618",
                                              "#990099", "#0099c6", "#dd4477", "#66aa00",
                                              "#b82e2e", "#316395", "#994499", "#22aa99"};

std::string xml(std::string_view text) {
  std::string out;
  for (const char c : base::clean_utf8(text, 200)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

std::string svg_text(double x, double y, std::string_view anchor, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     xml(text));
}

double svg_y(double share) {
  return svg_height - svg_bottom - share * (svg_height - svg_bottom - svg_top);
}

std::string svg_legend(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double y = svg_top + 18 * static_cast<double>(i);
    text +=
        fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n",
                    svg_width - 200, y, colours.at(i % colours.size()));
    text += svg_text(svg_width - 182, y + 11, "start", names[i]);
  }
  return text;
}

std::string svg_axes(double greatest) {
  std::string text;
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const double y = svg_y(quarter / 4.0);
    text += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#ccc\"/>\n",
        svg_left, y, svg_width - 220, y);
    text += svg_text(svg_left - 6, y + 4, "end", number_text(greatest * quarter / 4));
  }
  return text;
}

std::string svg_lines(const Chart& chart) {
  const double greatest = greatest_of(chart), room = svg_width - 220 - svg_left;
  std::string text = svg_axes(greatest);
  for (std::size_t s = 0; s < chart.series.size(); ++s) {
    std::string points;
    for (std::size_t i = 0; i < chart.points.size(); ++i)
      if (const auto& value = chart.series[s].values[i])
        points += fmt::format("{:.1f},{:.1f} ", svg_left + chart.places[i] * room,
                              svg_y(std::clamp(*value / greatest, 0.0, 1.0)));
    text +=
        fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>\n",
                    colours.at(s % colours.size()), points);
  }
  return text + svg_text(svg_left, svg_height - 20, "start", chart.points.front()) +
         svg_text(svg_left + room, svg_height - 20, "end", chart.points.back());
}

std::string svg_bars(const Chart& chart) {
  const double greatest = greatest_of(chart), room = svg_width - 220 - svg_left;
  const std::size_t points = std::min(chart.points.size(), bars_max);
  const double step = room / static_cast<double>(points);
  const double width = step * 0.8 / static_cast<double>(chart.series.size());
  std::string text = svg_axes(greatest);
  for (std::size_t i = 0; i < points; ++i) {
    const double left = svg_left + step * (static_cast<double>(i) + 0.1);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const double share = std::clamp(chart.series[s].values[i].value_or(0) / greatest, 0.0, 1.0);
      text += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
          left + width * static_cast<double>(s), svg_y(share), width, svg_y(0) - svg_y(share),
          colours.at(s % colours.size()));
    }
    text += fmt::format("<g transform=\"translate({:.1f},{:.1f}) rotate(30)\">{}</g>\n", left,
                        svg_height - svg_bottom + 14, svg_text(0, 0, "start", chart.points[i]));
  }
  return text;
}

std::string svg_pie(const std::vector<Bar>& slices, double whole) {
  constexpr double radius = 150, x = 300, y = 210;
  std::string text;
  double from = -std::numbers::pi / 2;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const double share = slices[i].value / whole;
    // A whole circle is no arc.
    const double to = from + std::min(share, 0.9999) * 2 * std::numbers::pi;
    text += fmt::format(
        "<path d=\"M{:.1f} {:.1f} L{:.2f} {:.2f} A{:.1f} {:.1f} 0 {} 1 {:.2f} {:.2f} Z\" "
        "fill=\"{}\"/>\n",
        x, y, x + radius * std::cos(from), y + radius * std::sin(from), radius, radius,
        share > 0.5 ? 1 : 0, x + radius * std::cos(to), y + radius * std::sin(to),
        colours.at(i % colours.size()));
    from = to;
  }
  return text;
}

// The greatest ones, and the rest as one.
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

}  // namespace

std::optional<ChartKind> chart_kind_of(std::string_view render) {
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
  return Maker(answer, kind, std::move(roles)).make();
}

std::string draw(const Chart& chart, std::size_t width) {
  std::string text;
  if (chart.kind == ChartKind::line) {
    text = draw_lines(chart, width);
  } else if (chart.kind == ChartKind::bar) {
    text = draw_bars(bars_of(chart), width, greatest_of(chart), bars_max, false);
  } else {
    double whole = 1;
    const auto slices = slices_of(chart, whole);
    text = draw_bars(slices, width, whole, slices_max, true);
  }
  return chart.left_out.empty() ? text : text + "(left out: " + chart.left_out + ")\n";
}

std::string svg_of(const Chart& chart, std::string_view title) {
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      svg_width, svg_height);
  text += svg_text(svg_left, 22, "start", title);
  std::vector<std::string> names;
  if (chart.kind == ChartKind::pie) {
    double whole = 1;
    const auto slices = slices_of(chart, whole);
    for (const Bar& slice : slices)
      names.push_back(fmt::format("{} ({:.1f} %)", slice.name, slice.value / whole * 100));
    text += svg_pie(slices, whole);
  } else {
    for (const Series& series : chart.series) names.push_back(series.name);
    text += chart.kind == ChartKind::line ? svg_lines(chart) : svg_bars(chart);
  }
  return text + svg_legend(names) + "</svg>\n";
}

}  // namespace vedette::hunt
