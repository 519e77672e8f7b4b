#include "kql/functions/h3/cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace vedette::kql::functions::h3 {
namespace {

std::vector<Cell> all_cells(int resolution) {
  std::vector<Cell> cells;
  for (int base = 0; base < base_cells; ++base)
    std::ranges::copy(children_of(base_cell_at(base), resolution), std::back_inserter(cells));
  return cells;
}

TEST(H3Cells, ATokenIsOneOfACellOrNothing) {
  EXPECT_TRUE(read_cell("862a1072fffffff"));
  EXPECT_EQ(read_cell("0862A1072FFFFFFF"), read_cell("862a1072fffffff"));
  EXPECT_EQ(token_of(*read_cell("0862A1072FFFFFFF")), "862a1072fffffff");
  for (const char* token :
       {"", "abc", "@", "123", "0x862a1072fffffff", " 862a1072fffffff", "862a1072fffffff ",
        "00862a1072fffffff",  // 17 digits
        "f862a1072fffffff",   // its first bit is set
        "1862a1072fffffff",   // an edge
        "872a1072fffffff",    // its seventh digit is none
        "862a1072ffffff0",    // a digit more than it has
        "80f5fffffffffff",    // base cell 122
        "81087fffffffffffffffffffffffff"})
    EXPECT_FALSE(read_cell(token)) << token;
  EXPECT_TRUE(read_cell("80f3fffffffffff"));  // base cell 121
}

// 2 + 120 * 7^n, of which twelve are pentagons; each has its own middle, and is at it.
TEST(H3Cells, AResolutionCoversTheEarthOnce) {
  std::size_t expected = 120;
  for (int resolution = 0; resolution <= 4; ++resolution, expected *= 7) {
    const std::vector<Cell> cells = all_cells(resolution);
    EXPECT_EQ(cells.size(), expected + 2);
    EXPECT_EQ(std::set(cells.begin(), cells.end()).size(), cells.size());
    EXPECT_EQ(std::ranges::count_if(cells, is_pentagon), 12);
    for (const Cell cell : cells) {
      ASSERT_EQ(read_cell(token_of(cell)), cell);
      ASSERT_EQ(cell_at(middle_of(cell), resolution), cell) << token_of(cell);
    }
  }
}

// Each is the neighbour of its neighbours, and shares two corners with each of them.
TEST(H3Cells, NeighboursShareASide) {
  for (int resolution = 0; resolution <= 3; ++resolution)
    for (const Cell cell : all_cells(resolution)) {
      const std::vector<Cell> neighbors = neighbors_of(cell);
      ASSERT_EQ(neighbors.size(), is_pentagon(cell) ? 5 : 6);
      for (const Cell neighbor : neighbors) {
        const std::vector<Cell> back = neighbors_of(neighbor);
        ASSERT_EQ(std::ranges::count(back, cell), 1) << token_of(cell);
        const Path own = border_of(cell), other = border_of(neighbor);
        const auto shared = [&](const Direction& corner) {
          return std::any_of(other.begin() + 1, other.end(), [&](const Direction& there) {
            return std::hypot(corner.x - there.x, corner.y - there.y, corner.z - there.z) < 1e-12;
          });
        };
        // A side that bends over an edge of the icosahedron has three.
        ASSERT_GE(std::count_if(own.begin() + 1, own.end(), shared), 2)
            << token_of(cell) << " " << token_of(neighbor);
      }
    }
}

TEST(H3Cells, EveryResolutionFindsTheMiddleOfItsCellsAgain) {
  for (int resolution = 0; resolution <= resolution_max; ++resolution)
    for (const auto& [longitude, latitude] : {std::pair(0.0, 90.0),
                                              {0.0, -90.0},
                                              {180.0, 0.0},
                                              {-180.0, 0.0},
                                              {179.999999999, 66.0},
                                              {10.536199075467682, 64.70000012793487},
                                              {-74.0445, 40.68925}}) {
      const Cell cell = cell_at(*place_of(longitude, latitude), resolution);
      EXPECT_EQ(resolution_of(cell), resolution);
      EXPECT_EQ(cell_at(middle_of(cell), resolution), cell);
      for (const Cell neighbor : neighbors_of(cell))
        EXPECT_EQ(cell_at(middle_of(neighbor), resolution), neighbor);
    }
  EXPECT_EQ(cell_at(*place_of(180, 12), 15), cell_at(*place_of(-180, 12), 15));
}

TEST(H3Cells, RingsGrowBySixOrByFiveAroundAPentagon) {
  const auto hexagon = rings_of(*read_cell("8a2a1072b59ffff"), 142);
  std::size_t all = 0;
  for (std::size_t ring = 0; ring < hexagon->size(); ++ring) {
    EXPECT_EQ((*hexagon)[ring].size(), ring == 0 ? 1 : 6 * ring);
    all += (*hexagon)[ring].size();
  }
  EXPECT_EQ(all, 60'919);
  const auto pentagon = rings_of(children_of(base_cell_at(4), 5).front(), 20);
  ASSERT_TRUE(pentagon);
  for (std::size_t ring = 1; ring < pentagon->size(); ++ring)
    EXPECT_EQ((*pentagon)[ring].size(), 5 * ring);
}

TEST(H3Cells, RingsEndWhereTheEarthDoes) {
  const auto rings = rings_of(base_cell_at(20), 142);
  ASSERT_EQ(rings->size(), 143);
  std::set<Cell> cells;
  for (const auto& ring : *rings) cells.insert(ring.begin(), ring.end());
  EXPECT_EQ(cells.size(), base_cells);
  EXPECT_TRUE(rings->back().empty());
}

TEST(H3Cells, RingsAroundAPentagonStop) {
  const std::atomic<bool> stop = true;
  const auto rings = rings_of(base_cell_at(4), 142, &stop);
  ASSERT_FALSE(rings);
  EXPECT_EQ(rings.error().code, base::ErrorCode::cancelled);
}

}  // namespace
}  // namespace vedette::kql::functions::h3
