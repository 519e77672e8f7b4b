// Charts as SVG.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/encode.h"
#include "hunt/chart.h"
#include "hunt/chart_shapes.h"

namespace vedette::hunt {
namespace {

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

// Along the values, and for an area back along where they begin.
std::string svg_shape(const Chart& chart, std::size_t series, double greatest, double room) {
  std::string there, back;
  for (std::size_t i = 0; i < chart.points.size(); ++i)
    if (const auto reach = reach_of(chart, series, i)) {
      const double x = svg_left + chart.places[i] * room;
      there += fmt::format("{:.1f},{:.1f} ", x, svg_y(std::clamp(reach->to / greatest, 0.0, 1.0)));
      back = fmt::format("{:.1f},{:.1f} ", x, svg_y(std::clamp(reach->from / greatest, 0.0, 1.0))) +
             back;
    }
  const char* colour = colours.at(series % colours.size());
  if (chart.is_area)
    return fmt::format(
        "<polygon fill=\"{0}\" fill-opacity=\"0.6\" stroke=\"{0}\" points=\"{1}\"/>\n", colour,
        there + back);
  return fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>\n",
                     colour, there);
}

std::string svg_lines(const Chart& chart) {
  const double greatest = greatest_of(chart), room = svg_width - 220 - svg_left;
  std::string text = svg_axes(greatest);
  for (std::size_t s = 0; s < chart.series.size(); ++s) text += svg_shape(chart, s, greatest, room);
  return text + svg_text(svg_left, svg_height - 20, "start", chart.points.front()) +
         svg_text(svg_left + room, svg_height - 20, "end", chart.points.back());
}

std::string svg_bars(const Chart& chart) {
  const double greatest = greatest_of(chart), room = svg_width - 220 - svg_left;
  const std::size_t points = std::min(chart.points.size(), bars_max);
  const double step = room / static_cast<double>(points);
  const bool is_stacked = chart.stacking != Stacking::none;
  const double width = step * 0.8 / (is_stacked ? 1 : static_cast<double>(chart.series.size()));
  std::string text = svg_axes(greatest);
  for (std::size_t i = 0; i < points; ++i) {
    const double left = svg_left + step * (static_cast<double>(i) + 0.1);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const auto reach = reach_of(chart, s, i).value_or(Reach{});
      const double from = svg_y(std::clamp(reach.from / greatest, 0.0, 1.0));
      const double to = svg_y(std::clamp(reach.to / greatest, 0.0, 1.0));
      text += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
          left + (is_stacked ? 0 : width * static_cast<double>(s)), to, width, from - to,
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

}  // namespace

std::string svg_of(const Chart& chart, std::string_view title) {
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      svg_width, svg_height);
  text += svg_text(svg_left, 22, "start", chart.title.empty() ? title : chart.title);
  if (!chart.x_title.empty())
    text += svg_text((svg_width - 220 + svg_left) / 2, svg_height - 4, "middle", chart.x_title);
  if (!chart.y_title.empty())
    text += fmt::format("<g transform=\"translate(14,{:.1f}) rotate(-90)\">{}</g>\n", svg_y(0.5),
                        svg_text(0, 0, "middle", chart.y_title));
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
  return text + (chart.has_legend ? svg_legend(names) : "") + "</svg>\n";
}

}  // namespace vedette::hunt
