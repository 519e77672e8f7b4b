// Owns: points, lines and polygons on the sphere, read from GeoJSON, and the sums on them. An edge
// is the shortest way between its ends. The Earth is a sphere of 6,371,010 m.
// Promises: what is no valid shape gives nothing. A polygon is smaller than a hemisphere. Must not
// know: which function asks. Called from any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vedette::kql::functions {

inline constexpr double earth_radius_m = 6'371'010;

// A direction from the middle of the Earth, of length 1 where it stands for a place.
struct Direction {
  double x = 0, y = 0, z = 0;
};
[[nodiscard]] std::optional<Direction> place_of(double longitude, double latitude);
[[nodiscard]] double longitude_of(const Direction& place);  // degrees
[[nodiscard]] double latitude_of(const Direction& place);

using Path = std::vector<Direction>;
using Polygon = std::vector<Path>;  // the outer ring, then holes; each ends where it begins

// LineString or MultiLineString; Polygon or MultiPolygon.
[[nodiscard]] std::optional<std::vector<Path>> read_lines(std::string_view json);
[[nodiscard]] std::optional<std::vector<Polygon>> read_polygons(std::string_view json);
// {"type":"Point","coordinates":[longitude,latitude]}
void append_point(std::string& out, const Direction& place);
// {"type":"Polygon",...} of one ring: longitude and latitude of each corner, the first one last
// too.
void append_polygon(std::string& out, std::span<const std::pair<double, double>> corners);

[[nodiscard]] double angle_between(const Direction& a, const Direction& b);  // radians
[[nodiscard]] double azimuth(const Direction& from, const Direction& to);  // from north, 0 to 2 pi
[[nodiscard]] double length_m(const Path& path);
[[nodiscard]] Direction at_fraction(const Direction& a, const Direction& b, double fraction);
[[nodiscard]] Direction closest_on_edge(const Direction& place, const Direction& a,
                                        const Direction& b);
[[nodiscard]] Direction closest_on_path(const Direction& place, const Path& path);
[[nodiscard]] bool edges_cross(const Direction& a, const Direction& b, const Direction& c,
                               const Direction& d);
[[nodiscard]] bool paths_cross(const Path& a, const Path& b);
[[nodiscard]] bool contains(const Polygon& polygon, const Direction& place);
[[nodiscard]] bool polygons_meet(const Polygon& a, const Polygon& b);
[[nodiscard]] double area_m2(const Polygon& polygon);
// The middle of a path by length, of a polygon by area.
[[nodiscard]] Direction centroid_of_lines(const std::vector<Path>& lines);
// The polygons lie apart.
[[nodiscard]] Direction centroid_of_polygons(const std::vector<Polygon>& polygons);

}  // namespace vedette::kql::functions
