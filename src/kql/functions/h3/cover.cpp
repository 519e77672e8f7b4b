#include "kql/functions/h3/cover.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace vedette::kql::functions::h3 {

namespace {

constexpr double degrees = 180 / M_PI;
constexpr double around = 360;

// Degrees on a map, which may go on beyond 180.
struct Spot {
  double east = 0, north = 0;
};
struct Side {
  Spot from, to;
  std::size_t ring = 0;  // 0 is the outer one
};
struct Box {
  double west = 0, east = 0, south = 0, north = 0;

  [[nodiscard]] bool meets(const Side& side) const {
    const auto& [from, to, ring] = side;
    if (std::max(from.east, to.east) < west || std::min(from.east, to.east) > east ||
        std::max(from.north, to.north) < south || std::min(from.north, to.north) > north)
      return false;
    // All four corners on one side of the line?
    const double x = to.east - from.east, y = to.north - from.north;
    const auto turn = [&](double at_east, double at_north) {
      return x * (at_north - from.north) - y * (at_east - from.east);
    };
    const double turns[] = {turn(west, south), turn(west, north), turn(east, south),
                            turn(east, north)};
    return std::ranges::any_of(turns, [](double t) { return t <= 0; }) &&
           std::ranges::any_of(turns, [](double t) { return t >= 0; });
  }
};

// The ring on the map: each corner on the side of the Earth that the one before it is on. What does
// not come back to where it began has gone around a pole, so the map's edge there is part of it.
std::vector<Spot> unrolled(const Path& ring) {
  std::vector<Spot> spots;
  double north = 0;
  for (const Direction& corner : ring) {
    Spot spot{longitude_of(corner), latitude_of(corner)};
    if (!spots.empty())
      spot.east = spots.back().east + std::remainder(spot.east - spots.back().east, around);
    north += corner.z;
    spots.push_back(spot);
  }
  if (std::fabs(spots.back().east - spots.front().east) > around / 2) {
    const double pole = north > 0 ? 90 : -90;
    spots.push_back({spots.back().east, pole});
    spots.push_back({spots.front().east, pole});
    spots.push_back(spots.front());
  }
  return spots;
}

// The ring's sides, as often side by side as it takes for all that may be asked about: 360 degrees
// to the west and to the east. False for a ring that goes around the Earth several times.
bool add_sides(std::vector<Side>& sides, const Path& ring, std::size_t number) {
  const std::vector<Spot> spots = unrolled(ring);
  const auto [west, east] = std::ranges::minmax(spots, {}, &Spot::east);
  if (east.east - west.east > 2 * around) return false;
  const double first = std::ceil((-around - east.east) / around);
  const double last = std::floor((around - west.east) / around);
  for (std::size_t i = 0; i + 1 < spots.size(); ++i)
    for (double turns = first; turns <= last; ++turns)
      sides.push_back({{spots[i].east + turns * around, spots[i].north},
                       {spots[i + 1].east + turns * around, spots[i + 1].north},
                       number});
  return true;
}

// Inside the outer ring and in no hole: an odd number of that ring's sides lies to the north. Sides
// stand by ring.
bool has(std::span<const Side> sides, const Spot& spot) {
  bool in_outer = false, in_this = false;
  std::size_t ring = 0;
  for (const Side& side : sides) {
    if (side.ring != ring) {
      if (ring != 0 && in_this) return false;
      if (ring == 0) in_outer = in_this;
      in_this = false;
      ring = side.ring;
    }
    const auto& [from, to, of] = side;
    if ((from.east > spot.east) == (to.east > spot.east)) continue;
    const double part = (spot.east - from.east) / (to.east - from.east);
    if (from.north + part * (to.north - from.north) > spot.north) in_this = !in_this;
  }
  return ring == 0 ? in_this : in_outer && !in_this;
}

// From the middle of a cell to that of any it is divided into, at any depth, in radians: each
// step is 1 / sqrt(7) of the one before, and on the plane of a face nothing is shorter than on the
// sphere.
double reach_of(int resolution) {
  constexpr double base_step = 0.381966011250105, shrinks = 0.3779644730092272;
  return base_step * std::pow(shrinks, resolution) * shrinks / (1 - shrinks) * 1.000001;
}
Box box_around(const Spot& middle, double reach) {
  const double high = reach * degrees;
  Box box{
      .west = -around, .east = around, .south = middle.north - high, .north = middle.north + high};
  if (box.south <= -90 || box.north >= 90) return box;
  const double wide = std::asin(std::sin(reach) / std::cos(middle.north / degrees)) * degrees;
  box.west = middle.east - wide;
  box.east = middle.east + wide;
  return box;
}

// Goes down from the base cells, each time with the sides alone that may lie between the middles
// below; where there are none, all that is below is inside or nothing is.
class Descent {
 public:
  Descent(int resolution, Effort& effort) : resolution_(resolution), effort_(effort) {}

  // False: it was stopped, or took too long, or there are too many.
  bool look_everywhere(std::span<const Side> sides) {
    for (int base = 0; base < base_cells; ++base)
      if (!look(base_cell_at(base), 0, sides, sides)) return false;
    return true;
  }

  std::vector<Cell> cells;
  bool too_many = false;

 private:
  // `near` may lie between the middles below this cell, `columns` to the north of them. The cell is
  // looked at on the side of the Earth where `east` is.
  bool look(Cell cell, double east, std::span<const Side> near, std::span<const Side> columns) {
    if (!take_steps(near.size() + columns.size())) return false;
    const Direction middle = middle_of(cell);
    const Spot spot{east + std::remainder(longitude_of(middle) - east, around),
                    latitude_of(middle)};
    if (resolution_of(cell) == resolution_) return !has(columns, spot) || add({&cell, 1});
    const Box box = box_around(spot, reach_of(resolution_of(cell)));
    std::vector<Side> inner, above;
    for (const Side& side : near)
      if (box.meets(side)) inner.push_back(side);
    if (inner.empty()) return !has(columns, spot) || add_all(cell);
    for (const Side& side : columns)
      if (std::max(side.from.east, side.to.east) >= box.west &&
          std::min(side.from.east, side.to.east) <= box.east &&
          std::max(side.from.north, side.to.north) >= box.south)
        above.push_back(side);
    for (const Cell child : children_of(cell, resolution_of(cell) + 1))
      if (!look(child, spot.east, inner, above)) return false;
    return true;
  }
  bool add_all(Cell cell) {
    // A pentagon has fewer, five of six and what is left of the middle.
    double count = 1;
    for (int next = resolution_of(cell); next < resolution_; ++next) count *= 7;
    if (count * 5 / 7 > static_cast<double>(covering_cells_max)) return add_too_many();
    return add(children_of(cell, resolution_));
  }
  bool add(std::span<const Cell> more) {
    if (cells.size() + more.size() > covering_cells_max) return add_too_many();
    cells.insert(cells.end(), more.begin(), more.end());
    return take_steps(more.size());
  }
  bool add_too_many() {
    too_many = true;
    return false;
  }
  bool take_steps(std::size_t sides) {
    constexpr std::size_t sides_of_a_step = 1000;
    sides_looked_at_ += sides + 100;  // to find a middle takes as long as a hundred sides
    effort_.steps_left -= static_cast<std::int64_t>(sides_looked_at_ / sides_of_a_step);
    sides_looked_at_ %= sides_of_a_step;
    return effort_.steps_left >= 0 && (effort_.stop == nullptr || !*effort_.stop);
  }

  int resolution_;
  Effort& effort_;
  std::size_t sides_looked_at_ = 0;
};

}  // namespace

base::Result<std::optional<std::vector<Cell>>> cells_over(const std::vector<Polygon>& polygons,
                                                          int resolution, Effort& effort) {
  std::size_t corners = 0;
  for (const Polygon& polygon : polygons)
    for (const Path& ring : polygon) corners += ring.size();
  const auto refused = [] {
    return base::failure(
        base::ErrorCode::limit_exceeded,
        fmt::format("polygons of more than {} corners, or with too many of them around each cell, "
                    "are not worked on here: a simpler polygon is",
                    corners_max));
  };
  if (corners > corners_max) return refused();
  std::vector<Cell> cells;
  for (const Polygon& polygon : polygons) {
    std::vector<Side> sides;
    for (std::size_t ring = 0; ring < polygon.size(); ++ring)
      if (!add_sides(sides, polygon[ring], ring)) return std::nullopt;
    Descent descent(resolution, effort);
    if (!descent.look_everywhere(sides)) {
      if (descent.too_many) return std::nullopt;
      if (effort.steps_left < 0) return refused();
      return base::failure(base::ErrorCode::cancelled, "the work on a polygon was stopped");
    }
    // Polygons that overlap have cells in common.
    std::vector<Cell> together;
    std::ranges::set_union(cells, descent.cells, std::back_inserter(together));
    if (together.size() > covering_cells_max) return std::nullopt;
    cells = std::move(together);
  }
  return cells;
}

}  // namespace vedette::kql::functions::h3
