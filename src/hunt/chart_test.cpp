// Answers as charts.
#include "hunt/chart.h"

#include <gtest/gtest.h>

namespace vedette::hunt {
namespace {

constexpr std::int64_t hour_ticks = 36'000'000'000;
constexpr std::int64_t day_ticks = 639'158'688'000'000'000;  // 2026-06-01

KeptRows by_hour(const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& series) {
  KeptRows answer;
  std::vector<kql::plan::Column> columns(3);
  columns[0].name = "Time";
  columns[0].type = kql::Type::datetime;
  columns[1].name = "Result";
  columns[2].name = "Count";
  columns[2].type = kql::Type::int64;
  answer.begin(columns);
  for (const auto& [name, values] : series)
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::vector<kql::result::Cell> cells(3);
      for (std::size_t c = 0; c < 3; ++c) {
        cells[c].type = columns[c].type;
        cells[c].is_null = false;
      }
      cells[0].integer = day_ticks + static_cast<std::int64_t>(i) * hour_ticks;
      cells[1].text = name;
      cells[2].integer = values[i];
      answer.row(cells);
    }
  answer.end({});
  return answer;
}

TEST(Chart, RenderSaysTheKind) {
  EXPECT_EQ(chart_kind_of("timechart"), ChartKind::line);
  EXPECT_EQ(chart_kind_of("columnchart"), ChartKind::bar);
  EXPECT_EQ(chart_kind_of("piechart"), ChartKind::pie);
  EXPECT_EQ(chart_kind_of("table"), std::nullopt);
  EXPECT_EQ(chart_kind_of(""), std::nullopt);
}

TEST(Chart, TextColumnsNameTheSeries) {
  const auto chart = chart_of(by_hour({{"ok", {1, 2, 3}}, {"failed", {3, 0, 1}}}), ChartKind::line);
  ASSERT_TRUE(chart) << chart.error().message;
  ASSERT_EQ(chart->series.size(), 2U);
  EXPECT_EQ(chart->series[1].name, "failed");
  EXPECT_EQ(chart->series[1].values[0], 3);
  EXPECT_EQ(chart->points.size(), 3U);
  EXPECT_EQ(chart->places, (std::vector<double>{0, 0.5, 1}));
}

TEST(Chart, LinesAreDrawnFromLeftToRight) {
  const auto chart = chart_of(by_hour({{"ok", {0, 4}}}), ChartKind::line);
  ASSERT_TRUE(chart);
  const std::string text = draw(*chart, 40);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  EXPECT_EQ(lines, 15);
  EXPECT_EQ(text.substr(0, text.find('\n')), "4 |" + std::string(36, ' ') + "*");
  EXPECT_NE(text.find("0 |*"), std::string::npos);
  EXPECT_NE(text.find("* ok"), std::string::npos);
}

TEST(Chart, BarsAreAsLongAsTheirValues) {
  const auto chart = chart_of(by_hour({{"ok", {2, 4}}}), ChartKind::bar);
  ASSERT_TRUE(chart);
  const std::string text = draw(*chart, 64);
  const auto blocks = [](std::string_view line) {
    std::size_t count = 0;
    for (std::size_t at = line.find("█"); at != std::string_view::npos; at = line.find("█", at + 3))
      ++count;
    return count;
  };
  const std::size_t end = text.find('\n');
  EXPECT_EQ(blocks(std::string_view(text).substr(0, end)) * 2,
            blocks(std::string_view(text).substr(end)));
}

TEST(Chart, WhatNamesHoldIsNoMarkup) {
  const auto chart = chart_of(by_hour({{"</text><script>\x1b[2J", {1, 2}}}), ChartKind::bar);
  ASSERT_TRUE(chart);
  EXPECT_EQ(svg_of(*chart, "a < b").find("<script>"), std::string::npos);
  EXPECT_NE(svg_of(*chart, "a < b").find("a &lt; b"), std::string::npos);
  EXPECT_EQ(draw(*chart, 80).find('\x1b'), std::string::npos);
}

TEST(Chart, ShapesOfEachKindStandInTheSvg) {
  const KeptRows answer = by_hour({{"ok", {1, 2, 3}}, {"failed", {3, 0, 1}}});
  const auto count = [&](ChartKind kind, std::string_view shape) {
    const std::string svg = svg_of(*chart_of(answer, kind), "");
    std::size_t found = 0;
    for (std::size_t at = svg.find(shape); at != std::string::npos; at = svg.find(shape, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count(ChartKind::line, "<polyline"), 2U);
  EXPECT_EQ(count(ChartKind::bar, "<rect"), 1U + 6U + 2U);  // ground, bars, legend
  EXPECT_EQ(count(ChartKind::pie, "<path"), 5U);            // what is zero has no slice
}

TEST(Chart, SeriesBeyondTheBoundAreSaidToBeLeftOut) {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> many;
  for (int i = 0; i < 15; ++i)
    many.emplace_back("s" + std::to_string(i), std::vector<std::int64_t>{1, 2});
  const auto chart = chart_of(by_hour(many), ChartKind::line);
  ASSERT_TRUE(chart);
  EXPECT_EQ(chart->series.size(), 12U);
  EXPECT_NE(draw(*chart, 60).find("3 more series"), std::string::npos);
}

TEST(Chart, RowsWithoutNumbersAreNoChart) {
  KeptRows answer;
  std::vector<kql::plan::Column> columns(1);
  answer.begin(columns);
  answer.row(std::vector<kql::result::Cell>(1));
  EXPECT_FALSE(chart_of(answer, ChartKind::line));
  EXPECT_FALSE(chart_of(by_hour({}), ChartKind::line));
}

}  // namespace
}  // namespace vedette::hunt
