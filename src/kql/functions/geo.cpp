// Geography: distances, angles and membership on the sphere (geo_shapes.h, geo_s2.h).
#include <algorithm>
#include <cmath>

#include "kql/functions/function.h"
#include "kql/functions/geo_s2.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

std::optional<Direction> place_at(const Call& call, std::size_t first) {
  return place_of(call.real(first), call.real(first + 1));
}

void distance_2points(Call& call) {
  const auto a = place_at(call, 0), b = place_at(call, 2);
  if (a && b) call.give_real(angle_between(*a, *b) * earth_radius_m);
}
void point_in_circle(Call& call) {
  const auto a = place_at(call, 0), b = place_at(call, 2);
  if (a && b && call.real(4) >= 0)
    call.give(angle_between(*a, *b) * earth_radius_m <= call.real(4));
}
void azimuth_of(Call& call) {
  const auto a = place_at(call, 0), b = place_at(call, 2);
  if (a && b && angle_between(*a, *b) > 0) call.give_real(azimuth(*a, *b));
}
// The angle at the middle point, clockwise from the first to the third.
void angle(Call& call) {
  const auto a = place_at(call, 0), middle = place_at(call, 2), b = place_at(call, 4);
  if (!a || !middle || !b) return;
  if (angle_between(*a, *middle) == 0 || angle_between(*b, *middle) == 0) return;
  const double turned = azimuth(*middle, *b) - azimuth(*middle, *a);
  call.give_real(turned < 0 ? turned + 2 * M_PI : turned);
}

// The nearest place of all paths.
Direction nearest(const Direction& place, const std::vector<Path>& paths) {
  Direction best = closest_on_path(place, paths.front());
  for (const Path& path : paths) {
    const Direction here = closest_on_path(place, path);
    if (angle_between(place, here) < angle_between(place, best)) best = here;
  }
  return best;
}
Direction nearest(const Direction& place, const std::vector<Polygon>& polygons) {
  std::vector<Path> rings;
  for (const Polygon& polygon : polygons) {
    if (contains(polygon, place)) return place;
    rings.insert(rings.end(), polygon.begin(), polygon.end());
  }
  return nearest(place, rings);
}
void distance_to_line(Call& call) {
  const auto place = place_at(call, 0);
  const auto lines = read_lines(call.text(2));
  if (place && lines)
    call.give_real(angle_between(*place, nearest(*place, *lines)) * earth_radius_m);
}
void distance_to_polygon(Call& call) {
  const auto place = place_at(call, 0);
  const auto polygons = read_polygons(call.text(2));
  if (place && polygons)
    call.give_real(angle_between(*place, nearest(*place, *polygons)) * earth_radius_m);
}
void closest_on_line(Call& call) {
  const auto place = place_at(call, 0);
  const auto lines = read_lines(call.text(2));
  if (place && lines) append_point(call.give_text(), nearest(*place, *lines));
}
void closest_on_polygon(Call& call) {
  const auto place = place_at(call, 0);
  const auto polygons = read_polygons(call.text(2));
  if (place && polygons) append_point(call.give_text(), nearest(*place, *polygons));
}
void point_in_polygon(Call& call) {
  const auto place = place_at(call, 0);
  const auto polygons = read_polygons(call.text(2));
  if (!place || !polygons) return;
  call.give(std::any_of(polygons->begin(), polygons->end(),
                        [&](const Polygon& polygon) { return contains(polygon, *place); }));
}

void line_length(Call& call) {
  const auto lines = read_lines(call.text(0));
  if (!lines) return;
  double total = 0;
  for (const Path& path : *lines) total += length_m(path);
  call.give_real(total);
}
void line_centroid(Call& call) {
  if (const auto lines = read_lines(call.text(0)))
    append_point(call.give_text(), centroid_of_lines(*lines));
}
// A fraction of one line's length as a place, and back.
void interpolate(Call& call) {
  const auto lines = read_lines(call.text(0));
  const double fraction = call.real(1);
  if (!lines || lines->size() != 1 || !(fraction >= 0 && fraction <= 1)) return;
  const Path& path = lines->front();
  double left = fraction * length_m(path);
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const double edge = angle_between(path[i], path[i + 1]) * earth_radius_m;
    if (left <= edge || i + 2 == path.size())
      return append_point(call.give_text(),
                          at_fraction(path[i], path[i + 1], std::min(1.0, left / edge)));
    left -= edge;
  }
}
void locate(Call& call) {
  const auto lines = read_lines(call.text(0));
  const auto place = place_at(call, 1);
  if (!lines || lines->size() != 1 || !place) return;
  const Path& path = lines->front();
  double before = 0, best = M_PI, found = 0;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Direction here = closest_on_edge(*place, path[i], path[i + 1]);
    if (angle_between(*place, here) < best) {
      best = angle_between(*place, here);
      found = before + angle_between(path[i], here);
    }
    before += angle_between(path[i], path[i + 1]);
  }
  call.give_real(found / before);
}

// Several polygons are what they cover together.
std::optional<std::vector<Polygon>> polygons_apart(Call& call) {
  auto polygons = read_polygons(call.text(0));
  if (!polygons || polygons->size() == 1) return polygons;
  Effort effort{.stop = call.stop};
  auto made = union_of_polygons({std::move(*polygons)}, effort);
  if (!made) {
    call.fail(made.error().message);
    return std::nullopt;
  }
  return *made ? std::optional(std::move((**made).polygons)) : std::nullopt;
}
void polygon_area(Call& call) {
  const auto polygons = polygons_apart(call);
  if (!polygons) return;
  double total = 0;
  for (const Polygon& polygon : *polygons) total += area_m2(polygon);
  call.give_real(total);
}
void polygon_perimeter(Call& call) {
  const auto polygons = polygons_apart(call);
  if (!polygons) return;
  double total = 0;
  for (const Polygon& polygon : *polygons)
    for (const Path& ring : polygon) total += length_m(ring);
  call.give_real(total);
}
void polygon_centroid(Call& call) {
  if (const auto polygons = polygons_apart(call))
    append_point(call.give_text(), centroid_of_polygons(*polygons));
}

void lines_meet(Call& call) {
  const auto a = read_lines(call.text(0)), b = read_lines(call.text(1));
  if (!a || !b) return;
  bool meet = false;
  for (const Path& one : *a)
    for (const Path& other : *b) meet = meet || paths_cross(one, other);
  call.give(meet);
}
void line_meets_polygon(Call& call) {
  const auto lines = read_lines(call.text(0));
  const auto polygons = read_polygons(call.text(1));
  if (!lines || !polygons) return;
  bool meet = false;
  for (const Path& line : *lines)
    for (const Polygon& polygon : *polygons) {
      meet = meet || contains(polygon, line.front());
      for (const Path& ring : polygon) meet = meet || paths_cross(line, ring);
    }
  call.give(meet);
}
void two_polygons_meet(Call& call) {
  const auto a = read_polygons(call.text(0)), b = read_polygons(call.text(1));
  if (!a || !b) return;
  bool meet = false;
  for (const Polygon& one : *a)
    for (const Polygon& other : *b) meet = meet || polygons_meet(one, other);
  call.give(meet);
}

// --- for geo_line_lookup and geo_polygon_lookup ------------------------------------------------

// A look-up asks for one shape again and again. It is read once, and places that lie far from it
// are not looked at: all of a shape lies within a cap around its corners' middle, where that cap
// is smaller than half the sphere.
template <typename Shape>
struct ReadShape {
  std::string text;
  std::optional<std::vector<Shape>> parts;
  Direction middle;
  double reach = M_PI;  // radians

  [[nodiscard]] bool may_be_near(const Direction& place, double radius_m) const {
    return angle_between(place, middle) <= reach + radius_m / earth_radius_m + 1e-9;
  }
  void surround(const std::vector<Path>& paths) {
    Direction sum;
    for (const Path& path : paths)
      for (const Direction& corner : path)
        sum = {sum.x + corner.x, sum.y + corner.y, sum.z + corner.z};
    const double length = std::sqrt(sum.x * sum.x + sum.y * sum.y + sum.z * sum.z);
    reach = M_PI;
    if (!(length > 1e-9)) return;
    middle = {sum.x / length, sum.y / length, sum.z / length};
    double farthest = 0;
    for (const Path& path : paths)
      for (const Direction& corner : path)
        farthest = std::max(farthest, angle_between(middle, corner));
    if (farthest < M_PI / 2) reach = farthest;
  }
};
const ReadShape<Path>& line_of(std::string_view json) {
  thread_local ReadShape<Path> last;
  if (last.text == json && !json.empty()) return last;
  last.text = json;
  last.parts = read_lines(json);
  if (last.parts) last.surround(*last.parts);
  return last;
}
const ReadShape<Polygon>& polygon_of(std::string_view json) {
  thread_local ReadShape<Polygon> last;
  if (last.text == json && !json.empty()) return last;
  last.text = json;
  last.parts = read_polygons(json);
  std::vector<Path> rings;
  if (last.parts)
    for (const Polygon& polygon : *last.parts) rings.push_back(polygon.front());
  last.surround(rings);
  return last;
}
void place_near_line(Call& call) {
  const auto place = place_at(call, 0);
  const ReadShape<Path>& line = line_of(call.text(2));
  if (!place || !line.parts) return;
  const double radius_m = call.real(3);
  call.give(line.may_be_near(*place, radius_m) &&
            angle_between(*place, nearest(*place, *line.parts)) * earth_radius_m <= radius_m);
}
void place_near_polygon(Call& call) {
  const auto place = place_at(call, 0);
  const ReadShape<Polygon>& polygon = polygon_of(call.text(2));
  if (!place || !polygon.parts) return;
  const double radius_m = call.real(3);
  call.give(polygon.may_be_near(*place, radius_m) &&
            angle_between(*place, nearest(*place, *polygon.parts)) * earth_radius_m <= radius_m);
}
void place_in_polygon(Call& call) {
  const auto place = place_at(call, 0);
  const ReadShape<Polygon>& polygon = polygon_of(call.text(2));
  if (!place || !polygon.parts) return;
  call.give(polygon.may_be_near(*place, 0) &&
            std::any_of(polygon.parts->begin(), polygon.parts->end(),
                        [&](const Polygon& one) { return contains(one, *place); }));
}

#define EQUATOR "dynamic({'type':'LineString','coordinates':[[0,0],[90,0]]})"
#define OCTANT "dynamic({'type':'Polygon','coordinates':[[[0,0],[90,0],[0,90],[0,0]]]})"

constexpr Function rows[] = {
    body_row("geo_distance_2points", "real, real, real, real", "real", distance_2points,
             "round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056))",
             "1546754"),
    body_row("geo_point_in_circle", "real, real, real, real, real", "bool", point_in_circle,
             "geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)", "true"),
    body_row("geo_azimuth", "real, real, real, real", "real", azimuth_of,
             "round(degrees(geo_azimuth(0, 0, 10, 0)), 6)", "90"),
    body_row("geo_angle", "real, real, real, real, real, real", "real", angle,
             "round(degrees(geo_angle(0, 10, 0, 0, 10, 0)), 6)", "90"),
    body_row("geo_distance_point_to_line", "real, real, dynamic", "real", distance_to_line,
             "round(geo_distance_point_to_line(10, 90, " EQUATOR "))", "10007559"),
    body_row("geo_distance_point_to_polygon", "real, real, dynamic", "real", distance_to_polygon,
             "geo_distance_point_to_polygon(10, 10, " OCTANT ")", "0"),
    body_row("geo_closest_point_on_line", "real, real, dynamic", "dynamic", closest_on_line,
             "round(toreal(geo_closest_point_on_line(10, 20, " EQUATOR ").coordinates[0]), 6)",
             "10"),
    body_row("geo_closest_point_on_polygon", "real, real, dynamic", "dynamic", closest_on_polygon,
             "round(toreal(geo_closest_point_on_polygon(10, 10, " OCTANT ").coordinates[0]), 6)",
             "10"),
    body_row("geo_point_in_polygon", "real, real, dynamic", "bool", point_in_polygon,
             "geo_point_in_polygon(10, 10, " OCTANT ")", "true"),
    body_row("geo_line_length", "dynamic", "real", line_length,
             "round(geo_line_length(" EQUATOR "))", "10007559"),
    body_row("geo_line_centroid", "dynamic", "dynamic", line_centroid,
             "round(toreal(geo_line_centroid(" EQUATOR ").coordinates[0]), 6)", "45"),
    body_row("geo_line_interpolate_point", "dynamic, real", "dynamic", interpolate,
             "round(toreal(geo_line_interpolate_point(" EQUATOR ", 0.5).coordinates[0]), 6)", "45"),
    body_row("geo_line_locate_point", "dynamic, real, real", "real", locate,
             "round(geo_line_locate_point(" EQUATOR ", 45, 10), 6)", "0.5"),
    body_row("geo_polygon_area", "dynamic", "real", polygon_area,
             "round(geo_polygon_area(" OCTANT ") / 1e12, 3)", "63.758"),
    body_row("geo_polygon_perimeter", "dynamic", "real", polygon_perimeter,
             "round(geo_polygon_perimeter(" OCTANT "))", "30022677"),
    body_row("geo_polygon_centroid", "dynamic", "dynamic", polygon_centroid,
             "round(toreal(geo_polygon_centroid(" OCTANT ").coordinates[0]), 6)", "45"),
    body_row("geo_intersects_2lines", "dynamic, dynamic", "bool", lines_meet,
             "geo_intersects_2lines(" EQUATOR ", "
             "dynamic({'type':'LineString','coordinates':[[10,-10],[10,10]]}))",
             "true"),
    body_row("geo_intersects_line_with_polygon", "dynamic, dynamic", "bool", line_meets_polygon,
             "geo_intersects_line_with_polygon(" EQUATOR ", " OCTANT ")", "true"),
    body_row("geo_intersects_2polygons", "dynamic, dynamic", "bool", two_polygons_meet,
             "geo_intersects_2polygons(" OCTANT ", " OCTANT ")", "true"),
    internal_row("place_near_line", "real, real, dynamic, real", "bool", place_near_line),
    internal_row("place_near_polygon", "real, real, dynamic, real", "bool", place_near_polygon),
    internal_row("place_in_polygon", "real, real, dynamic", "bool", place_in_polygon),
};

#undef EQUATOR
#undef OCTANT

}  // namespace

std::span<const Function> geo_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
