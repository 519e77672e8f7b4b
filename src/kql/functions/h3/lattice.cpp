#include "kql/functions/h3/lattice.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace vedette::kql::functions::h3 {

namespace {

constexpr int faces = 20, vertices = 12;

// Facts of the grid, as tools/h3/facts.mjs finds them by asking H3 itself; all else is made of them
// here. Half of the icosahedron's vertices, from the north; the last lies opposite the first, and
// so on.
struct Degrees {
  double latitude, longitude;
};
constexpr Degrees northern[] = {
    {64.70000012793487, 10.536199075467682}, {50.103201482241346, -143.47849001502516},
    {39.10000003397593, 122.30000040778702}, {23.71792527122296, -67.13232636643566},
    {10.44734518751103, 58.157705839572586}, {2.300882111626747, -5.245390296777324},
};
// Each face's corners, counterclockwise; directions are counted from the first.
constexpr std::array<int, 3> corners_of_faces[faces] = {
    {0, 4, 2},  {0, 2, 1},  {0, 1, 3},  {0, 3, 5},  {0, 5, 4},   {8, 2, 4},   {6, 1, 2},
    {7, 3, 1},  {9, 5, 3},  {10, 4, 5}, {2, 8, 6},  {1, 6, 7},   {3, 7, 9},   {5, 9, 10},
    {4, 10, 8}, {11, 6, 8}, {11, 7, 6}, {11, 9, 7}, {11, 10, 9}, {11, 8, 10},
};
// The face that each base cell is counted on.
constexpr int homes[base_cells] = {
    1,  2,  1, 2,  0,  1,  1,  2,  0,  2,  1,  1,  3,  3,  11, 4,  0,  6,  0,  2,  7,
    2,  0,  6, 10, 6,  3,  11, 4,  3,  0,  4,  5,  0,  7,  11, 7,  10, 12, 6,  7,  4,
    3,  3,  4, 6,  11, 8,  5,  14, 5,  12, 10, 4,  12, 7,  11, 10, 13, 10, 11, 9,  8,
    6,  8,  9, 14, 5,  16, 8,  5,  12, 7,  12, 10, 9,  13, 16, 15, 15, 16, 14, 13, 5,
    8,  14, 9, 14, 17, 12, 16, 17, 15, 16, 9,  15, 13, 8,  13, 17, 19, 14, 19, 17, 13,
    17, 16, 9, 15, 15, 18, 18, 19, 17, 19, 18, 18, 19, 19, 18, 19, 18,
};

// From a base cell to the next on the plane of a face, whose distance from the sphere's middle is
// 1: the plane's corners lie at twice that, and the golden ratio is what icosahedra are made of.
constexpr double golden = 1.618033988749894848;
constexpr double step = 1 / (golden * golden);
constexpr double sine_of_third = 0.866025403784438647;

double dot(const Direction& a, const Direction& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
Direction along(const Direction& from, const Direction& by, double length) {
  return {from.x + by.x * length, from.y + by.y * length, from.z + by.z * length};
}
Direction of_length_1(const Direction& a) {
  const double length = std::sqrt(dot(a, a));
  return {a.x / length, a.y / length, a.z / length};
}

// Lattices of even resolution have one direction in common, so a point of an odd one is looked at
// in the next. How far the middle of a base cell's neighbour is away there.
constexpr std::int64_t neighbour_distance(int resolution) {
  std::int64_t distance = 1;
  for (int even = 0; even < resolution; even += 2) distance *= 7;
  return distance;
}
constexpr Point in_even(const Point& at, int resolution) {
  return resolution % 2 == 0 ? at : at * finer(resolution + 1);
}

constexpr Point corner_of_face(int corner) {
  return 2 * unit(2 * corner);
}

struct Face {
  Direction middle, axis, side;  // the axis points to the first corner
  std::array<Crossing, 3> crossings;
};

constexpr int table_reach = 3;
constexpr int table_width = 2 * table_reach + 1;

class Grid {
 public:
  Grid() {
    lay_out_faces();
    for (int face = 0; face < faces; ++face)
      for (int corner = 0; corner < 3; ++corner) join(face, corner);
    number_base_cells();
    for (int face = 0; face < faces; ++face)
      for (int a = -table_reach; a <= table_reach; ++a)
        for (int b = -table_reach; b <= table_reach; ++b) {
          const Point at{a, b};
          on_face_[static_cast<std::size_t>(face)][place_in_table(at)] = name_point(face, at);
        }
  }

  [[nodiscard]] const Face& face(int number) const {
    return faces_[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] const BaseCell& base(int number) const {
    return bases_[static_cast<std::size_t>(number)];
  }
  [[nodiscard]] const BaseOnFace& on_face(int face, const Point& at) const {
    return on_face_[static_cast<std::size_t>(face)][place_in_table(at)];
  }
  [[nodiscard]] Direction on_sphere(int number, double x, double y) const {
    const Face& of = face(number);
    return of_length_1(along(along(of.middle, of.axis, x * step), of.side, y * step));
  }

 private:
  static std::size_t place_in_table(const Point& at) {
    const auto within = [](std::int64_t value) {
      return static_cast<std::size_t>(
          std::clamp<std::int64_t>(value + table_reach, 0, table_width - 1));
    };
    return within(at.a) * table_width + within(at.b);
  }

  void lay_out_faces() {
    std::array<Direction, vertices> all;
    for (std::size_t i = 0; i < std::size(northern); ++i) {
      const Direction place = *place_of(northern[i].longitude, northern[i].latitude);
      all[i] = place;
      all[vertices - 1 - i] = {-place.x, -place.y, -place.z};
    }
    for (std::size_t i = 0; i < faces; ++i) {
      const auto corner = [&](int n) {
        return all[static_cast<std::size_t>(corners_of_faces[i][static_cast<std::size_t>(n)])];
      };
      Face& made = faces_[i];
      made.middle = of_length_1(along(along(corner(0), corner(1), 1), corner(2), 1));
      made.axis = of_length_1(along(corner(0), made.middle, -dot(corner(0), made.middle)));
      made.side = {made.middle.y * made.axis.z - made.middle.z * made.axis.y,
                   made.middle.z * made.axis.x - made.middle.x * made.axis.z,
                   made.middle.x * made.axis.y - made.middle.y * made.axis.x};
    }
  }

  static int corner_at(int face, int vertex) {
    for (int corner = 0; corner < 3; ++corner)
      if (corners_of_faces[face][static_cast<std::size_t>(corner)] == vertex) return corner;
    return no_corner;
  }
  // The face that has the other two corners too, and how it lies.
  void join(int face, int corner) {
    const int first = (corner + 1) % 3, second = (corner + 2) % 3;
    const auto vertex = [&](int n) { return corners_of_faces[face][static_cast<std::size_t>(n)]; };
    for (int other = 0; other < faces; ++other) {
      const int there = corner_at(other, vertex(first)), end = corner_at(other, vertex(second));
      if (other == face || there == no_corner || end == no_corner) continue;
      Crossing& made =
          faces_[static_cast<std::size_t>(face)].crossings[static_cast<std::size_t>(corner)];
      made.face = other;
      const Point edge = corner_of_face(second) - corner_of_face(first);
      while (turned(edge, made.turn) != corner_of_face(end) - corner_of_face(there)) ++made.turn;
      made.shift = corner_of_face(there) - turned(corner_of_face(first), made.turn);
    }
  }

  // Middles of base cells are the lattice's points of resolution 0, inside the faces and on their
  // edges.
  void number_base_cells() {
    struct Found {
      Direction direction;
      std::vector<Place> places;
    };
    std::vector<Found> found;
    for (int face = 0; face < faces; ++face)
      for (int a = -2; a <= 2; ++a)
        for (int b = -2; b <= 2; ++b) {
          const Place place{.face = face, .resolution = 0, .at = {a, b}};
          if (outside(place) != no_corner) continue;
          const Direction here = sphere_at(place);
          const auto same = std::ranges::find_if(
              found, [&](const Found& one) { return dot(one.direction, here) > 1 - 1e-6; });
          if (same == found.end()) {
            found.push_back({here, {place}});
          } else {
            same->places.push_back(place);
          }
        }
    std::ranges::sort(found, std::greater{}, [](const Found& one) { return one.direction.z; });
    for (std::size_t number = 0; number < bases_.size(); ++number) {
      BaseCell& base = bases_[number];
      base.home = *std::ranges::find(found[number].places, homes[number], &Place::face);
      base.is_pentagon = found[number].places.size() == base.sectors.size();
      if (!base.is_pentagon) continue;
      BaseCell::Sector sector{.face = base.home.face, .corner = 0};
      const int vertex = corners_of_faces[sector.face][0];
      for (BaseCell::Sector& next : base.sectors) {
        next = sector;
        sector.face =
            face(sector.face).crossings[static_cast<std::size_t>((sector.corner + 1) % 3)].face;
        sector.corner = corner_at(sector.face, vertex);
      }
    }
  }
  [[nodiscard]] Direction sphere_at(const Place& place) const {
    return on_sphere(place.face,
                     static_cast<double>(place.at.a) - static_cast<double>(place.at.b) / 2,
                     static_cast<double>(place.at.b) * sine_of_third);
  }

  // Follows the point over edges until it lies in a face, and from there to its base cell's home.
  [[nodiscard]] BaseOnFace name_point(int face, const Point& at) const {
    Place place{.face = face, .resolution = 0, .at = at};
    BaseOnFace made;
    for (int crossings = 0; crossings < 3; ++crossings) {
      const int corner = outside(place);
      if (corner == no_corner) break;
      const Crossing& over = this->face(place.face).crossings[static_cast<std::size_t>(corner)];
      made.turn += over.turn;
      place = {.face = over.face, .resolution = 0, .at = turned(place.at, over.turn) + over.shift};
    }
    const Direction here = sphere_at(place);
    for (int number = 0; number < base_cells; ++number) {
      const BaseCell& base = this->base(number);
      if (dot(sphere_at(base.home), here) < 1 - 1e-6) continue;
      made.base = number;
      for (int sector = 0; base.is_pentagon && sector < 5; ++sector)
        if (base.sectors[static_cast<std::size_t>(sector)].face == place.face) made.sector = sector;
      for (const Crossing& over : this->face(place.face).crossings)
        if (!base.is_pentagon && place.face != base.home.face && over.face == base.home.face)
          made.turn += over.turn;
    }
    made.turn = sixths(made.turn);
    return made;
  }

  std::array<Face, faces> faces_;
  std::array<BaseCell, base_cells> bases_;
  std::array<std::array<BaseOnFace, table_width * table_width>, faces> on_face_;
};
const Grid& grid() {
  static const Grid made;
  return made;
}

struct Plane {
  double x = 0, y = 0;
};
// In distances of base cells, turned as resolution 0 is.
Plane on_plane(const Third& place) {
  const Point at = in_even(place.thrice, place.resolution);
  const auto distance = static_cast<double>(3 * neighbour_distance(place.resolution));
  return {(static_cast<double>(at.a) - static_cast<double>(at.b) / 2) / distance,
          static_cast<double>(at.b) * sine_of_third / distance};
}
Third third_of(const Place& place) {
  return {.face = place.face, .resolution = place.resolution, .thrice = 3 * place.at};
}

// The point whose hexagon has the place: each of the three coordinates that add up to 0 is rounded,
// and the one that was changed most follows the others.
Point nearest_point(double x, double y) {
  const double b = y / sine_of_third, a = x + b / 2;
  const double rounded_a = std::round(a), rounded_b = std::round(b), rounded_c = std::round(b - a);
  const double off_a = std::fabs(rounded_a - a), off_b = std::fabs(rounded_b - b),
               off_c = std::fabs(rounded_c - (b - a));
  const auto whole = [](double value) { return static_cast<std::int64_t>(value); };
  if (off_a > off_b && off_a > off_c) return {whole(rounded_b - rounded_c), whole(rounded_b)};
  if (off_b > off_c) return {whole(rounded_a), whole(rounded_a + rounded_c)};
  return {whole(rounded_a), whole(rounded_b)};
}

}  // namespace

Point scale(int resolution) {
  Point made{1, 0};
  for (int next = 1; next <= resolution; ++next) made = made * finer(next);
  return made;
}

std::int64_t beyond(const Third& place, int corner) {
  const Point at = in_even(place.thrice, place.resolution);
  const std::int64_t away = corner == 0   ? at.b - 2 * at.a
                            : corner == 1 ? at.a - 2 * at.b
                                          : at.a + at.b;
  return away - 6 * neighbour_distance(place.resolution);
}
int outside(const Third& place) {
  for (int corner = 0; corner < 3; ++corner)
    if (beyond(place, corner) > 0) return corner;
  return no_corner;
}
int outside(const Place& place) {
  return outside(third_of(place));
}
int on_edge(const Place& place) {
  for (int corner = 0; corner < 3; ++corner)
    if (beyond(third_of(place), corner) == 0) return corner;
  return no_corner;
}

const Crossing& crossing(int face, int corner) {
  return grid().face(face).crossings[static_cast<std::size_t>(corner)];
}
Place crossed(const Place& place, int corner) {
  const Crossing& over = crossing(place.face, corner);
  return {.face = over.face,
          .resolution = place.resolution,
          .at = turned(place.at, over.turn) + over.shift * scale(place.resolution)};
}
Third crossed(const Third& place, int corner) {
  const Crossing& over = crossing(place.face, corner);
  return {.face = over.face,
          .resolution = place.resolution,
          .thrice = turned(place.thrice, over.turn) + 3 * (over.shift * scale(place.resolution))};
}

Direction on_sphere(const Third& place) {
  const int corner = outside(place);
  if (corner != no_corner) return on_sphere(crossed(place, corner));
  const Plane at = on_plane(place);
  return grid().on_sphere(place.face, at.x, at.y);
}
Direction on_sphere(const Place& place) {
  return on_sphere(third_of(place));
}
Direction meeting_of(const Third& from, const Third& to, int corner) {
  const auto before = static_cast<double>(beyond(from, corner));
  const auto after = static_cast<double>(beyond(to, corner));
  const double part = before / (before - after);
  const Plane a = on_plane(from), b = on_plane(to);
  return grid().on_sphere(from.face, a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part);
}
Place nearest_place(const Direction& place, int resolution) {
  int nearest = 0;
  for (int face = 1; face < faces; ++face)
    if (dot(grid().face(face).middle, place) > dot(grid().face(nearest).middle, place))
      nearest = face;
  const Face& face = grid().face(nearest);
  const double height = dot(face.middle, place) * step;
  const double x = dot(face.axis, place) / height, y = dot(face.side, place) / height;
  const Point by = scale(resolution);
  const double by_x = static_cast<double>(by.a) - static_cast<double>(by.b) / 2;
  const double by_y = static_cast<double>(by.b) * sine_of_third;
  return {.face = nearest,
          .resolution = resolution,
          .at = nearest_point(x * by_x - y * by_y, x * by_y + y * by_x)};
}

const BaseCell& base_cell(int number) {
  return grid().base(number);
}
const BaseOnFace& base_on_face(int face, const Point& at) {
  return grid().on_face(face, at);
}

}  // namespace vedette::kql::functions::h3
