// Owns: the plane grids of H3 (h3geo.org). On each of the 20 faces of an icosahedron lies a lattice
// of hexagons for every resolution, 16 in all, each seven times as dense as the one before and
// turned against it by 19.1 degrees, to and fro. Here is where a point of such a lattice lies on
// the sphere, what it is called on the next face, and which of the 122 base cells is which.
// Promises: points are whole numbers, so steps from cell to cell and over edges are exact. A face
// is seen in the gnomonic projection: great circles are straight lines, and lattices of two faces
// meet at their edge.
// Must not know: how a cell is written down. Called from any thread.
#pragma once

#include <array>
#include <cstdint>

#include "kql/functions/geo_shapes.h"

namespace vedette::kql::functions::h3 {

inline constexpr int resolution_max = 15;
inline constexpr int base_cells = 122;

// a + b w in the complex plane, w being a third of a turn: what is called an Eisenstein integer.
// The middle of a cell, seen from the middle of its face; neighbours lie 1 apart.
struct Point {
  std::int64_t a = 0, b = 0;

  friend constexpr bool operator==(const Point&, const Point&) = default;
  friend constexpr Point operator+(const Point& p, const Point& q) {
    return {p.a + q.a, p.b + q.b};
  }
  friend constexpr Point operator-(const Point& p, const Point& q) {
    return {p.a - q.a, p.b - q.b};
  }
  // w * w = -1 - w
  friend constexpr Point operator*(const Point& p, const Point& q) {
    return {p.a * q.a - p.b * q.b, p.a * q.b + p.b * q.a - p.b * q.b};
  }
  friend constexpr Point operator*(std::int64_t times, const Point& p) {
    return {times * p.a, times * p.b};
  }
};

// The six neighbours of 0 counterclockwise, the first towards the first corner of the face. Any
// whole number is a direction.
[[nodiscard]] constexpr int sixths(int direction) {
  return (direction % 6 + 6) % 6;
}
[[nodiscard]] constexpr Point unit(int direction) {
  constexpr Point units[] = {{1, 0}, {1, 1}, {0, 1}, {-1, 0}, {-1, -1}, {0, -1}};
  return units[sixths(direction)];
}
[[nodiscard]] constexpr Point turned(const Point& p, int by) {
  return p * unit(by);
}
// A cell of one resolution is this times as far away in the next finer one.
[[nodiscard]] constexpr Point finer(int resolution) {
  return resolution % 2 == 0 ? Point{3, 1} : Point{2, -1};
}
// The same from resolution 0 on.
[[nodiscard]] Point scale(int resolution);

// A point of a resolution's lattice on a face: inside it, on its edge or a little beyond.
struct Place {
  int face = 0;
  int resolution = 0;
  Point at;
};
inline constexpr int no_corner = -1;

// A place between cells, as a third of a lattice's point: corners of cells lie there.
struct Third {
  int face = 0;
  int resolution = 0;
  Point thrice;
};

// How far a place lies beyond the edge opposite the face's n-th corner (0, 1, 2): 0 on the edge,
// negative inside. In units that only compare with others of the same resolution.
[[nodiscard]] std::int64_t beyond(const Third& place, int corner);

// Over the edge opposite the n-th corner: the same place as the next face has it, which is turned.
struct Crossing {
  int face = 0;
  int turn = 0;  // sixths: a direction of the one face plus this is the direction on the other
  Point shift;   // of resolution 0, after turning
};
[[nodiscard]] const Crossing& crossing(int face, int corner);
[[nodiscard]] Place crossed(const Place& place, int corner);
[[nodiscard]] Third crossed(const Third& place, int corner);

// The corner whose opposite edge the place lies beyond, or on; no_corner where there is none.
[[nodiscard]] int outside(const Third& place);
[[nodiscard]] int outside(const Place& place);
[[nodiscard]] int on_edge(const Place& place);

// On the sphere. A place beyond an edge is brought to the next face first.
[[nodiscard]] Direction on_sphere(const Third& place);
[[nodiscard]] Direction on_sphere(const Place& place);
// Where the line from one place to another of the same face meets the edge opposite the corner.
[[nodiscard]] Direction meeting_of(const Third& from, const Third& to, int corner);
// The cell's middle nearest to it, on the face it lies on.
[[nodiscard]] Place nearest_place(const Direction& place, int resolution);

// --- base cells --------------------------------------------------------------------------------

// Numbered by latitude from the north. Twelve are pentagons, one at each vertex of the icosahedron.
struct BaseCell {
  Place home;  // in whose directions its cells are counted; a pentagon is the first corner there
  bool is_pentagon = false;
  // For a pentagon, counterclockwise from its home, and which corner of each it is.
  struct Sector {
    int face = 0, corner = 0;
  };
  std::array<Sector, 5> sectors;
};
[[nodiscard]] const BaseCell& base_cell(int number);

// What a point of resolution 0 on a face is.
struct BaseOnFace {
  int base = 0;
  int turn = 0;    // not for pentagons: a direction of the face plus this is one of the home
  int sector = 0;  // for pentagons: which the face is
};
// The point lies in the face or at most one step beyond an edge.
[[nodiscard]] const BaseOnFace& base_on_face(int face, const Point& at);

}  // namespace vedette::kql::functions::h3
