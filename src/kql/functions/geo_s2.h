// Owns: shapes made of other shapes on the sphere, by S2, the library that KQL's own geography is
// built on; the only file that sees it.
// Promises: exact on the edges given, which are shortest ways; a result keeps the order in which
// the corners were given. What is no valid shape (rings that cross, ends that lie opposite each
// other) gives nothing; what would take more memory, corners or steps than allowed is an error, and
// so is a call that is stopped meanwhile. Must not know: GeoJSON, which function asks. Called from
// any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kql/functions/geo_shapes.h"

namespace vedette::kql::functions {

struct Shapes {
  std::vector<Direction> points;
  std::vector<Path> lines;
  std::vector<Polygon> polygons;  // outer rings turn left, holes right
};
using Made = base::Result<std::optional<Shapes>>;

// The corners of all shapes that one call may have.
inline constexpr std::size_t corners_max = 50'000;
// What one call may do before it ends with an error, whatever the machine. A step is what S2 does
// between two looks at its memory, about ten microseconds; so are a thousand pairs of edges that
// lie in one place and must be held against each other. S2 cannot be stopped while it does that, so
// there is a bound of its own for it: a few tenths of a second.
inline constexpr std::int64_t steps_max = 2'000'000;
inline constexpr std::int64_t steps_of_pairs_max = 20'000;
struct Effort {
  const std::atomic<bool>* stop = nullptr;  // set from another thread: nobody waits any more
  std::int64_t steps_left = steps_max;
};
// The snap radius is an angle of at most 70 degrees.
inline constexpr double simplify_tolerance_max_m = 7'783'000;

// What both have: lines with lines, lines with polygons, polygons with polygons. Polygons have
// their borders.
[[nodiscard]] Made intersection(const Shapes& a, const Shapes& b, Effort& effort);
// Several polygons of one shape are first put together.
[[nodiscard]] Made union_of_polygons(const std::vector<std::vector<Polygon>>& shapes,
                                     Effort& effort);
// Edges that several lines have are there once; lines part where more than two edges meet.
[[nodiscard]] Made union_of_lines(const std::vector<Path>& lines, Effort& effort);
// No two corners of the result lie closer together than the tolerance, no place of it further away
// from where it was. A tolerance that is not 0 <= tolerance < simplify_tolerance_max_m gives
// nothing.
[[nodiscard]] Made simplified_lines(const std::vector<Path>& lines, double tolerance_m,
                                    Effort& effort);
// Borders that shapes have in common stay in common; each shape stays one of its own.
[[nodiscard]] Made simplified_polygons(const std::vector<std::vector<Polygon>>& shapes,
                                       double tolerance_m, Effort& effort);
// All places within the radius. The border may lie off by up to tolerance_m, which is more than
// 0.000001 and at most 1/3 times the radius.
[[nodiscard]] Made buffer(const Shapes& shapes, double radius_m, double tolerance_m,
                          Effort& effort);

// --- cells of S2, by their tokens --------------------------------------------------------------

inline constexpr int s2_level_max = 30;
// More of them are nothing.
inline constexpr std::size_t s2_cells_max = 65'536;

[[nodiscard]] std::string s2_cell_at(const Direction& place, int level);
// Nothing where the token is no cell's.
[[nodiscard]] std::optional<Direction> s2_cell_middle(std::string_view token);
[[nodiscard]] std::optional<Polygon> s2_cell_border(std::string_view token);
[[nodiscard]] std::vector<std::string> s2_cell_neighbors(std::string_view token);
// Cells of one level that have all places within the radius of the shapes, or none.
[[nodiscard]] base::Result<std::vector<std::string>> s2_cells_over(const Shapes& shapes, int level,
                                                                   double radius_m, Effort& effort);

}  // namespace vedette::kql::functions
