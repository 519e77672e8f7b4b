#include "kql/functions/geo_shapes.h"

#include <algorithm>
#include <cmath>

#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

constexpr double degrees = 180 / M_PI;

Direction cross(const Direction& a, const Direction& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
// a x b, exact where both are close together.
Direction normal_of(const Direction& a, const Direction& b) {
  return cross({a.x + b.x, a.y + b.y, a.z + b.z}, {b.x - a.x, b.y - a.y, b.z - a.z});
}
double dot(const Direction& a, const Direction& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
Direction scaled(const Direction& a, double by) {
  return {a.x * by, a.y * by, a.z * by};
}
Direction sum(const Direction& a, const Direction& b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
Direction unit(const Direction& a) {
  const double length = std::sqrt(dot(a, a));
  return length == 0 ? a : scaled(a, 1 / length);
}
bool same(const Direction& a, const Direction& b) {
  return a.x == b.x && a.y == b.y && a.z == b.z;
}

std::optional<Direction> read_place(std::string_view json) {
  const auto parts = native::elements_of(json);
  if (parts.size() < 2) return std::nullopt;
  const auto longitude = native::number_of(parts[0]), latitude = native::number_of(parts[1]);
  return longitude && latitude ? place_of(*longitude, *latitude) : std::nullopt;
}
// Places one after another; two equal neighbours are no edge.
std::optional<Path> read_path(std::string_view json, std::size_t least) {
  Path path;
  for (const std::string_view element : native::elements_of(json)) {
    const auto place = read_place(element);
    if (!place || (!path.empty() && same(path.back(), *place))) return std::nullopt;
    path.push_back(*place);
  }
  return path.size() < least ? std::nullopt : std::optional(std::move(path));
}
std::optional<Polygon> read_rings(std::string_view json) {
  Polygon polygon;
  for (const std::string_view element : native::elements_of(json)) {
    auto ring = read_path(element, 4);
    if (!ring || !same(ring->front(), ring->back())) return std::nullopt;
    polygon.push_back(std::move(*ring));
  }
  return polygon.empty() ? std::nullopt : std::optional(std::move(polygon));
}
std::string type_of(std::string_view json) {
  if (native::kind_of(json) != native::JsonKind::object) return {};
  const auto type = native::find_member(json, "type");
  return type ? native::unescaped(*type) : std::string();
}
std::string_view coordinates_of(std::string_view json) {
  return native::find_member(json, "coordinates").value_or(std::string_view("[]"));
}

// Twice the signed area seen from the first corner (Girard's excess by half angles).
double signed_excess(const Direction& a, const Direction& b, const Direction& c) {
  const double volume = dot(a, cross(b, c));
  return 2 * std::atan2(volume, 1 + dot(a, b) + dot(b, c) + dot(c, a));
}
double signed_area(const Path& ring) {
  double total = 0;
  for (std::size_t i = 1; i + 2 < ring.size(); ++i)
    total += signed_excess(ring[0], ring[i], ring[i + 1]);
  return total;
}

// How often the ring goes around the place.
bool surrounds(const Path& ring, const Direction& place) {
  Direction middle;
  for (const Direction& corner : ring) middle = sum(middle, corner);
  if (dot(middle, place) <= 0) return false;  // on the other side of the Earth
  double turned = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    const Direction a = cross(place, ring[i]), b = cross(place, ring[i + 1]);
    turned += std::atan2(dot(place, cross(a, b)), dot(a, b));
  }
  return std::fabs(turned) > M_PI;
}

}  // namespace

std::optional<Direction> place_of(double longitude, double latitude) {
  if (!(std::fabs(longitude) <= 180) || !(std::fabs(latitude) <= 90)) return std::nullopt;
  const double lon = longitude * (M_PI / 180), lat = latitude * (M_PI / 180);
  return Direction{std::cos(lat) * std::cos(lon), std::cos(lat) * std::sin(lon), std::sin(lat)};
}
double longitude_of(const Direction& place) {
  return std::atan2(place.y, place.x) * degrees;
}
double latitude_of(const Direction& place) {
  return std::atan2(place.z, std::hypot(place.x, place.y)) * degrees;
}

std::optional<std::vector<Path>> read_lines(std::string_view json) {
  std::vector<Path> lines;
  const std::string type = type_of(json);
  std::vector<std::string_view> parts;
  if (type == "LineString") parts = {coordinates_of(json)};
  if (type == "MultiLineString") parts = native::elements_of(coordinates_of(json));
  for (const std::string_view part : parts) {
    auto path = read_path(part, 2);
    if (!path) return std::nullopt;
    lines.push_back(std::move(*path));
  }
  return lines.empty() ? std::nullopt : std::optional(std::move(lines));
}
std::optional<std::vector<Polygon>> read_polygons(std::string_view json) {
  std::vector<Polygon> polygons;
  const std::string type = type_of(json);
  std::vector<std::string_view> parts;
  if (type == "Polygon") parts = {coordinates_of(json)};
  if (type == "MultiPolygon") parts = native::elements_of(coordinates_of(json));
  for (const std::string_view part : parts) {
    auto polygon = read_rings(part);
    if (!polygon) return std::nullopt;
    polygons.push_back(std::move(*polygon));
  }
  return polygons.empty() ? std::nullopt : std::optional(std::move(polygons));
}
void append_point(std::string& out, const Direction& place) {
  native::JsonBuilder json(out);
  json.open('{');
  json.key("type");
  json.text("Point");
  json.key("coordinates");
  json.open('[');
  json.real(longitude_of(place));
  json.real(latitude_of(place));
  json.close(']');
  json.close('}');
}
void append_polygon(std::string& out, std::span<const std::pair<double, double>> corners) {
  out += R"({"type":"Polygon","coordinates":[[)";
  for (const auto& [longitude, latitude] : corners) {
    if (out.back() == ']') out += ',';
    out += '[';
    native::append_json_real(out, longitude);
    out += ',';
    native::append_json_real(out, latitude);
    out += ']';
  }
  out += "]]}";
}

double angle_between(const Direction& a, const Direction& b) {
  const Direction normal = cross(a, b);
  return std::atan2(std::sqrt(dot(normal, normal)), dot(a, b));
}
double azimuth(const Direction& from, const Direction& to) {
  const Direction east = unit({-from.y, from.x, 0});
  const Direction north = cross(from, east);
  const double angle = std::atan2(dot(to, east), dot(to, north));
  return angle < 0 ? angle + 2 * M_PI : angle;
}
double length_m(const Path& path) {
  double total = 0;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) total += angle_between(path[i], path[i + 1]);
  return total * earth_radius_m;
}
Direction at_fraction(const Direction& a, const Direction& b, double fraction) {
  const double angle = angle_between(a, b);
  if (angle == 0) return a;
  return unit(
      sum(scaled(a, std::sin((1 - fraction) * angle)), scaled(b, std::sin(fraction * angle))));
}
Direction closest_on_edge(const Direction& place, const Direction& a, const Direction& b) {
  const Direction normal = unit(normal_of(a, b));
  const Direction foot = unit(sum(place, scaled(normal, -dot(place, normal))));
  if (dot(cross(a, foot), normal) >= 0 && dot(cross(foot, b), normal) >= 0) return foot;
  return dot(place, a) > dot(place, b) ? a : b;
}
Direction closest_on_path(const Direction& place, const Path& path) {
  Direction best = path.front();
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    const Direction here = closest_on_edge(place, path[i], path[i + 1]);
    if (angle_between(place, here) < angle_between(place, best)) best = here;
  }
  return best;
}
bool edges_cross(const Direction& a, const Direction& b, const Direction& c, const Direction& d) {
  if (same(a, c) || same(a, d) || same(b, c) || same(b, d)) return true;
  const Direction first = normal_of(a, b), second = normal_of(c, d);
  const double at_c = dot(first, c), at_d = dot(first, d);
  const double at_a = dot(second, a), at_b = dot(second, b);
  return at_c * at_d <= 0 && at_a * at_b <= 0 && dot(sum(a, b), sum(c, d)) > 0;
}
bool paths_cross(const Path& a, const Path& b) {
  for (std::size_t i = 0; i + 1 < a.size(); ++i)
    for (std::size_t j = 0; j + 1 < b.size(); ++j)
      if (edges_cross(a[i], a[i + 1], b[j], b[j + 1])) return true;
  return false;
}
bool contains(const Polygon& polygon, const Direction& place) {
  if (!surrounds(polygon.front(), place)) return false;
  for (std::size_t hole = 1; hole < polygon.size(); ++hole)
    if (surrounds(polygon[hole], place)) return false;
  return true;
}
bool polygons_meet(const Polygon& a, const Polygon& b) {
  for (const Path& one : a)
    for (const Path& other : b)
      if (paths_cross(one, other)) return true;
  return contains(a, b.front().front()) || contains(b, a.front().front());
}
double area_m2(const Polygon& polygon) {
  double area = std::fabs(signed_area(polygon.front()));
  for (std::size_t hole = 1; hole < polygon.size(); ++hole)
    area -= std::fabs(signed_area(polygon[hole]));
  return area * earth_radius_m * earth_radius_m;
}
Direction centroid_of_lines(const std::vector<Path>& lines) {
  Direction total;
  for (const Path& path : lines)
    for (std::size_t i = 0; i + 1 < path.size(); ++i)
      total =
          sum(total, scaled(unit(sum(path[i], path[i + 1])), angle_between(path[i], path[i + 1])));
  return unit(total);
}
Direction centroid_of_polygons(const std::vector<Polygon>& polygons) {
  // The integral of the direction over the area: half the sum, over the edges, of their angle times
  // their plane's normal.
  Direction total;
  for (const Polygon& polygon : polygons)
    for (std::size_t ring = 0; ring < polygon.size(); ++ring) {
      const Path& path = polygon[ring];
      Direction part;
      for (std::size_t i = 0; i + 1 < path.size(); ++i)
        part = sum(part, scaled(unit(cross(path[i], path[i + 1])),
                                angle_between(path[i], path[i + 1]) / 2));
      const bool turns_left = signed_area(path) > 0;
      total = sum(total, scaled(part, turns_left == (ring == 0) ? 1 : -1));
    }
  return unit(total);
}

}  // namespace vedette::kql::functions
