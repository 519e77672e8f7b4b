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

// --- what stands behind `with` -------------------------------------------------------------------

KeptRows rendered(std::string render) {
  KeptRows answer = by_hour({{"ok", {1, 2, 3}}, {"failed", {3, 0, 1}}});
  kql::result::Ending ending;
  ending.render = std::move(render);
  answer.end(ending);
  return answer;
}

TEST(ChartOptions, TitlesStandAboveBesideAndBelow) {
  const auto chart = chart_of(
      rendered(R"(timechart {"title":"Sign-ins <all>","xtitle":"Hour","ytitle":"How many"})"),
      ChartKind::line);
  ASSERT_TRUE(chart) << chart.error().message;
  const std::string text = draw(*chart, 60);
  EXPECT_TRUE(text.starts_with("Sign-ins <all>\nHow many\n3 |")) << text;
  EXPECT_TRUE(text.ends_with("Hour\n")) << text;
  const std::string svg = svg_of(*chart, "the hunt's own");
  EXPECT_NE(svg.find(">Sign-ins &lt;all&gt;</text>"), std::string::npos);
  EXPECT_NE(svg.find(">Hour</text>"), std::string::npos);
  EXPECT_NE(svg.find("rotate(-90)\"><text"), std::string::npos);
  EXPECT_EQ(svg.find("the hunt"), std::string::npos);
}

TEST(ChartOptions, StackedSeriesStandUponEachOther) {
  const auto chart =
      chart_of(rendered(R"(columnchart {"kind":"stacked","xcolumn":"Time"})"), ChartKind::bar);
  ASSERT_TRUE(chart) << chart.error().message;
  // 1 + 3 at the first hour, 2 + 0 at the second, 3 + 1 at the third; 20 columns are 4.
  const std::string text = draw(*chart, 20 + 24 + 20);
  EXPECT_NE(text.find("00:00:00Z  *****ooooooooooooooo 4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("01:00:00Z  ********** 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("* ok\n"), std::string::npos) << text;
  const std::string svg = svg_of(*chart, "");
  // Of the third hour the second series begins where the first one ends: three quarters up.
  EXPECT_NE(svg.find("height=\"232.5\" fill=\"#3366cc\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("y=\"40.0\" width=\"178.7\" height=\"77.5\" fill=\"#dc3912\""),
            std::string::npos)
      << svg;
}

TEST(ChartOptions, HundredMeansShares) {
  const auto chart = chart_of(rendered(R"(barchart {"kind":"stacked100"})"), ChartKind::bar);
  ASSERT_TRUE(chart) << chart.error().message;
  EXPECT_NE(draw(*chart, 64).find(" 100 %\n"), std::string::npos);
  const auto area = chart_of(rendered(R"(stackedareachart)"), ChartKind::line);
  ASSERT_TRUE(area);
  EXPECT_NE(svg_of(*area, "").find("<polygon"), std::string::npos);
  EXPECT_TRUE(draw(*area, 40).starts_with("4 |"));
}

TEST(ChartOptions, ColumnsAreThoseThatAreNamed) {
  const auto chart =
      chart_of(rendered(R"(barchart {"xcolumn":"Result","ycolumns":"Count","legend":"hidden"})"),
               ChartKind::bar);
  ASSERT_TRUE(chart) << chart.error().message;
  EXPECT_EQ(chart->points, (std::vector<std::string>{"ok", "failed"}));
  ASSERT_EQ(chart->series.size(), 1U);
  EXPECT_EQ(chart->series[0].values, (std::vector<std::optional<double>>{6, 4}));
  EXPECT_EQ(svg_of(*chart, "").find("Count"), std::string::npos) << "there is no legend";
  const auto wrong = chart_of(rendered(R"(barchart {"ycolumns":"Cont"})"), ChartKind::bar);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "render has ycolumns=Cont, and the answer has no such column");
}

TEST(ChartOptions, WhatIsNotDrawnIsSaid) {
  const auto chart =
      chart_of(rendered(R"(timechart {"ysplit":"axes","ymin":"0"})"), ChartKind::line);
  ASSERT_TRUE(chart);
  EXPECT_NE(draw(*chart, 60).find("(left out: ysplit=axes, ymin=0)"), std::string::npos);
}

}  // namespace
}  // namespace vedette::hunt
