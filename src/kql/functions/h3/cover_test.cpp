#include "kql/functions/h3/cover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace vedette::kql::functions::h3 {
namespace {

using Corner = std::pair<double, double>;  // longitude, latitude
Path ring_of(std::initializer_list<Corner> corners) {
  Path ring;
  for (const auto& [longitude, latitude] : corners) ring.push_back(*place_of(longitude, latitude));
  ring.push_back(ring.front());
  return ring;
}
std::size_t count_over(const std::vector<Polygon>& polygons, int resolution) {
  Effort effort;
  const auto cells = cells_over(polygons, resolution, effort);
  return cells && *cells ? (*cells)->size() : 0;
}

// All cells of a resolution whose middles the polygon's sides on the map surround.
template <typename Inside>
void expect_cells(const std::vector<Polygon>& polygons, int resolution, Inside inside) {
  Effort effort;
  const auto cells = cells_over(polygons, resolution, effort);
  ASSERT_TRUE(cells && *cells);
  std::vector<Cell> expected;
  for (int base = 0; base < base_cells; ++base)
    for (const Cell cell : children_of(base_cell_at(base), resolution)) {
      const Direction middle = middle_of(cell);
      if (inside(longitude_of(middle), latitude_of(middle))) expected.push_back(cell);
    }
  EXPECT_EQ(**cells, expected);
  EXPECT_GT(expected.size(), 10);
}

TEST(H3Cover, ARectangleOnTheMap) {
  expect_cells({{ring_of({{10, 20}, {40, 20}, {40, 60}, {10, 60}})}}, 3,
               [](double longitude, double latitude) {
                 return longitude > 10 && longitude < 40 && latitude > 20 && latitude < 60;
               });
}
TEST(H3Cover, OverTheAntimeridian) {
  expect_cells({{ring_of({{170, -10}, {-165, -10}, {-165, 15}, {170, 15}})}}, 3,
               [](double longitude, double latitude) {
                 return (longitude > 170 || longitude < -165) && latitude > -10 && latitude < 15;
               });
}
TEST(H3Cover, AHole) {
  expect_cells({{ring_of({{10, 20}, {40, 20}, {40, 60}, {10, 60}}),
                 ring_of({{15, 30}, {35, 30}, {35, 50}, {15, 50}})}},
               3, [](double longitude, double latitude) {
                 return longitude > 10 && longitude < 40 && latitude > 20 && latitude < 60 &&
                        !(longitude > 15 && longitude < 35 && latitude > 30 && latitude < 50);
               });
}
TEST(H3Cover, APoleWithinARingAroundIt) {
  for (const double side : {1.0, -1.0})
    expect_cells({{ring_of({{-90, side * 60}, {0, side * 60}, {90, side * 60}, {180, side * 60}})}},
                 3, [&](double, double latitude) { return latitude * side > 60; });
}
TEST(H3Cover, PolygonsThatOverlapHaveACellOnce) {
  const Polygon one = {ring_of({{10, 20}, {30, 20}, {30, 40}, {10, 40}})};
  const Polygon other = {ring_of({{20, 20}, {40, 20}, {40, 40}, {20, 40}})};
  expect_cells({one, other}, 3, [](double longitude, double latitude) {
    return longitude > 10 && longitude < 40 && latitude > 20 && latitude < 40;
  });
  EXPECT_EQ(count_over({one, one}, 3), count_over({one}, 3));
}

TEST(H3Cover, NothingWhereThereAreTooManyCells) {
  const Polygon square = {ring_of({{0, 0}, {10, 0}, {10, 10}, {0, 10}})};
  EXPECT_GT(count_over({square}, 6), 30'000);
  Effort effort;
  for (int resolution = 7; resolution <= resolution_max; ++resolution) {
    const auto cells = cells_over({square}, resolution, effort);
    ASSERT_TRUE(cells) << cells.error().message;
    EXPECT_FALSE(*cells);
  }
}

// A star of many points, whose sides all come close to its middle.
Polygon star(int corners) {
  Path ring;
  for (int i = 0; i <= corners; ++i) {
    const double angle = 2 * M_PI * (i % corners) / corners, far = i % 2 == 0 ? 10 : 0.01;
    ring.push_back(*place_of(30 + far * std::cos(angle), far * std::sin(angle)));
  }
  return {ring};
}
TEST(H3Cover, EffortIsBounded) {
  Effort of_small, of_large;
  EXPECT_TRUE(cells_over({star(1000)}, 4, of_small));
  EXPECT_LT(of_small.steps_left, steps_max);
  Effort few{.steps_left = (steps_max - of_small.steps_left) / 2};
  const auto stopped = cells_over({star(1000)}, 4, few);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, base::ErrorCode::limit_exceeded);
  const auto refused = cells_over({star(60'000)}, 4, of_large);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::limit_exceeded);
}
TEST(H3Cover, WhatIsStoppedDoesNothingMore) {
  const std::atomic<bool> stop = true;
  Effort effort{.stop = &stop};
  const auto cells = cells_over({star(1000)}, 4, effort);
  ASSERT_FALSE(cells);
  EXPECT_EQ(cells.error().code, base::ErrorCode::cancelled);
}

}  // namespace
}  // namespace vedette::kql::functions::h3
