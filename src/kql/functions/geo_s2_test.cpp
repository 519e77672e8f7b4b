#include "kql/functions/geo_s2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace vedette::kql::functions {
namespace {

using base::ErrorCode;

// A comb on the equator: each long edge lies beside thousands of others.
Shapes comb(int corners) {
  Path ring;
  for (int i = 0; i < corners; ++i)
    ring.push_back(*place_of(60.0 * i / corners, i % 2 == 0 ? 1 : 10));
  ring.push_back(*place_of(60, 0));
  ring.push_back(*place_of(0, 0));
  ring.push_back(ring.front());
  std::ranges::reverse(ring);  // an outer ring turns left
  return {.points = {}, .lines = {}, .polygons = {{ring}}};
}

using Operation = std::function<std::optional<ErrorCode>(const Shapes&, Effort&)>;
template <typename Result>
std::optional<ErrorCode> error_of(const Result& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}
const Operation operations[] = {
    [](const Shapes& shapes, Effort& effort) { return error_of(buffer(shapes, 10, 1, effort)); },
    [](const Shapes& shapes, Effort& effort) {
      return error_of(intersection(shapes, shapes, effort));
    },
    [](const Shapes& shapes, Effort& effort) {
      return error_of(union_of_polygons({shapes.polygons, shapes.polygons}, effort));
    },
    [](const Shapes& shapes, Effort& effort) {
      return error_of(union_of_lines(shapes.polygons.front(), effort));
    },
    [](const Shapes& shapes, Effort& effort) {
      return error_of(simplified_polygons({shapes.polygons}, 1, effort));
    },
    [](const Shapes& shapes, Effort& effort) {
      return error_of(simplified_lines(shapes.polygons.front(), 1, effort));
    },
    [](const Shapes& shapes, Effort& effort) {
      return error_of(s2_cells_over(shapes, 4, 0, effort));
    },
};

TEST(ShapeEffort, EdgesThatLieTooCloseTogetherAreRefusedBeforeTheyAreLookedAt) {
  const Shapes small = comb(500), large = comb(30'000);
  for (const Operation& operation : operations) {
    Effort of_small, of_large;
    EXPECT_EQ(operation(small, of_small), std::nullopt);
    EXPECT_LT(of_small.steps_left, steps_max);
    EXPECT_EQ(operation(large, of_large), ErrorCode::limit_exceeded);
  }
}

TEST(ShapeEffort, ACallEndsAtTheStepThatIsOneTooMany) {
  const Shapes shapes = comb(500);
  Effort all;
  ASSERT_EQ(error_of(buffer(shapes, 10, 1, all)), std::nullopt);
  const std::int64_t steps = steps_max - all.steps_left;
  ASSERT_GT(steps, 1000);
  Effort half{.steps_left = steps / 2};
  EXPECT_EQ(error_of(buffer(shapes, 10, 1, half)), ErrorCode::limit_exceeded);
  EXPECT_EQ(half.steps_left, -1);
  Effort enough{.steps_left = steps};
  EXPECT_EQ(error_of(buffer(shapes, 10, 1, enough)), std::nullopt);
}

TEST(ShapeEffort, WhatIsStoppedDoesNothingMore) {
  const Shapes shapes = comb(500);
  std::atomic<bool> stop = true;
  for (const Operation& operation : operations) {
    Effort effort{.stop = &stop};
    EXPECT_EQ(operation(shapes, effort), ErrorCode::cancelled);
    EXPECT_GT(effort.steps_left, steps_max - 1000);
  }
}

}  // namespace
}  // namespace vedette::kql::functions
