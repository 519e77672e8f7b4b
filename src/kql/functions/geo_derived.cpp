// Geography: shapes made of other shapes (geo_s2.h), and lines made dense.
#include <algorithm>
#include <cmath>

#include "kql/functions/function.h"
#include "kql/functions/geo_s2.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

constexpr double tolerance_default_m = 10;
constexpr double densify_tolerance_min_m = 0.1;
constexpr double densify_tolerance_max_m = 10'000;
constexpr std::size_t densified_places_max = 1'048'576;

// --- writing -----------------------------------------------------------------------------------

void append_degrees(std::string& out, double degrees) {
  if (std::floor(degrees) == degrees) {
    out += std::to_string(static_cast<int>(degrees));
  } else {
    native::append_json_real(out, degrees);
  }
}
void append_place(std::string& out, double longitude, double latitude) {
  out += '[';
  append_degrees(out, longitude);
  out += ',';
  append_degrees(out, latitude);
  out += ']';
}
void append_coordinates(std::string& out, const Direction& place) {
  append_place(out, longitude_of(place), latitude_of(place));
}
// Of paths, of polygons: lists of lists.
template <typename List>
void append_coordinates(std::string& out, const List& list) {
  out += '[';
  for (const auto& one : list) {
    if (out.back() != '[') out += ',';
    append_coordinates(out, one);
  }
  out += ']';
}
// One is a Point, LineString or Polygon, several a Multi...
template <typename List>
void append_shape(std::string& out, std::string_view type, const List& list) {
  out += R"({"type":")";
  if (list.size() > 1) out += "Multi";
  out += type;
  out += R"(","coordinates":)";
  if (list.size() > 1) {
    append_coordinates(out, list);
  } else {
    append_coordinates(out, list.front());
  }
  out += '}';
}
void append_shapes(std::string& out, const Shapes& shapes) {
  std::vector<std::string> parts;
  if (!shapes.points.empty()) append_shape(parts.emplace_back(), "Point", shapes.points);
  if (!shapes.lines.empty()) append_shape(parts.emplace_back(), "LineString", shapes.lines);
  if (!shapes.polygons.empty()) append_shape(parts.emplace_back(), "Polygon", shapes.polygons);
  if (parts.size() == 1) {
    out += parts.front();
    return;
  }
  out += R"({"type":"GeometryCollection","geometries":[)";
  for (const std::string& part : parts) {
    if (out.back() != '[') out += ',';
    out += part;
  }
  out += "]}";
}
void give(Call& call, const Made& made, bool empty_is_null) {
  if (!made) return call.fail(made.error().message);
  if (!made->has_value()) return;
  const Shapes& shapes = **made;
  if (empty_is_null && shapes.lines.empty() && shapes.polygons.empty()) return;
  append_shapes(call.give_text(), shapes);
}

// --- reading -----------------------------------------------------------------------------------

std::optional<Shapes> lines_at(const Call& call, std::size_t i) {
  auto lines = read_lines(call.text(i));
  return lines ? std::optional(Shapes{.points = {}, .lines = std::move(*lines), .polygons = {}})
               : std::nullopt;
}
std::optional<Shapes> polygons_at(const Call& call, std::size_t i) {
  auto polygons = read_polygons(call.text(i));
  return polygons
             ? std::optional(Shapes{.points = {}, .lines = {}, .polygons = std::move(*polygons)})
             : std::nullopt;
}
using PolygonShapes = std::vector<std::vector<Polygon>>;
std::optional<PolygonShapes> polygon_array_at(const Call& call, std::size_t i) {
  PolygonShapes shapes;
  for (const std::string_view element : native::elements_of(call.text(i))) {
    auto polygons = read_polygons(element);
    if (!polygons) return std::nullopt;
    shapes.push_back(std::move(*polygons));
  }
  return shapes.empty() ? std::nullopt : std::optional(std::move(shapes));
}

// --- intersections, unions, simplification -----------------------------------------------------

void give_intersection(Call& call, const std::optional<Shapes>& a, const std::optional<Shapes>& b) {
  Effort effort{.stop = call.stop};
  if (a && b) give(call, intersection(*a, *b, effort), false);
}
void intersection_of_lines(Call& call) {
  give_intersection(call, lines_at(call, 0), lines_at(call, 1));
}
void intersection_of_polygons(Call& call) {
  give_intersection(call, polygons_at(call, 0), polygons_at(call, 1));
}
void intersection_of_line_and_polygon(Call& call) {
  give_intersection(call, lines_at(call, 0), polygons_at(call, 1));
}
void union_lines(Call& call) {
  std::vector<Path> all;
  for (const std::string_view element : native::elements_of(call.text(0))) {
    auto lines = read_lines(element);
    if (!lines) return;
    std::ranges::move(*lines, std::back_inserter(all));
  }
  Effort effort{.stop = call.stop};
  if (!all.empty()) give(call, union_of_lines(all, effort), true);
}
void union_polygons(Call& call) {
  Effort effort{.stop = call.stop};
  if (const auto shapes = polygon_array_at(call, 0))
    give(call, union_of_polygons(*shapes, effort), true);
}

double simplify_tolerance_m(const Call& call) {
  return call.size() > 1 ? call.real(1) : tolerance_default_m;
}
void simplify_line(Call& call) {
  Effort effort{.stop = call.stop};
  if (const auto lines = read_lines(call.text(0)))
    give(call, simplified_lines(*lines, simplify_tolerance_m(call), effort), true);
}
void simplify_polygon(Call& call) {
  Effort effort{.stop = call.stop};
  if (auto polygons = read_polygons(call.text(0)))
    give(call, simplified_polygons({std::move(*polygons)}, simplify_tolerance_m(call), effort),
         true);
}
void simplify_polygons(Call& call) {
  Effort effort{.stop = call.stop};
  if (const auto shapes = polygon_array_at(call, 0))
    give(call, simplified_polygons(*shapes, simplify_tolerance_m(call), effort), true);
}

// --- buffers -----------------------------------------------------------------------------------

// A third of the radius is how far the sides of a triangle lie off on both sides of a circle; with
// more than that nothing would be left of it.
constexpr double tolerance_max_of_radius = 1.0 / 3;

// (..., radius, tolerance?): a larger tolerance is brought down.
void give_buffer(Call& call, const std::optional<Shapes>& shapes, std::size_t radius_at) {
  const double radius_m = call.real(radius_at);
  const double tolerance_m =
      call.size() > radius_at + 1 ? call.real(radius_at + 1) : tolerance_default_m;
  if (!shapes || !(radius_m > 0) || !(tolerance_m > 0) || !std::isfinite(radius_m)) return;
  Effort effort{.stop = call.stop};
  give(call,
       buffer(*shapes, radius_m, std::min(tolerance_m, radius_m * tolerance_max_of_radius), effort),
       true);
}
void point_buffer(Call& call) {
  Shapes shapes;
  const auto place = place_of(call.real(0), call.real(1));
  if (!place) return;
  shapes.points.push_back(*place);
  give_buffer(call, shapes, 2);
}
void line_buffer(Call& call) {
  give_buffer(call, lines_at(call, 0), 1);
}
void polygon_buffer(Call& call) {
  give_buffer(call, polygons_at(call, 0), 1);
}

// --- making dense ------------------------------------------------------------------------------

struct Degrees {
  double longitude = 0, latitude = 0;
};

// Adds places to edges that are straight on a map until the shortest ways between them are close
// to those edges. An edge is halved on the map; how far it lies off is measured at two places
// between, and taken a little larger for what lies beside them. Both constants are those of S2's
// tessellator: they keep the true distance below the tolerance for every edge.
class Densifier {
 public:
  Densifier(double tolerance_m, bool crosses_antimeridian)
      : allowed_(tolerance_m / earth_radius_m * 0.83829992569888509),
        crosses_antimeridian_(crosses_antimeridian) {}

  // `levels` lists around the places. False where there are too many places.
  bool append(std::string& out, std::string_view coordinates, int levels) {
    out += '[';
    if (levels > 1) {
      for (const std::string_view part : native::elements_of(coordinates)) {
        if (out.back() != '[') out += ',';
        if (!append(out, part, levels - 1)) return false;
      }
    } else {
      std::optional<Degrees> last;
      for (const std::string_view element : native::elements_of(coordinates)) {
        const auto parts = native::elements_of(element);
        const Degrees next{native::number_of(parts[0]).value_or(0),
                           native::number_of(parts[1]).value_or(0)};
        if (last && !append_between(out, *last, unwrapped(*last, next))) return false;
        append_one(out, next);
        last = next;
      }
    }
    out += ']';
    return true;
  }

 private:
  // The end of an edge that may cross the antimeridian lies less than half a turn away.
  [[nodiscard]] Degrees unwrapped(const Degrees& from, Degrees to) const {
    if (crosses_antimeridian_ && to.longitude - from.longitude > 180) to.longitude -= 360;
    if (crosses_antimeridian_ && to.longitude - from.longitude < -180) to.longitude += 360;
    return to;
  }
  static double wrapped(double longitude) {
    return longitude > 180 ? longitude - 360 : longitude < -180 ? longitude + 360 : longitude;
  }
  static Degrees between(const Degrees& a, const Degrees& b, double fraction) {
    return {a.longitude + (b.longitude - a.longitude) * fraction,
            a.latitude + (b.latitude - a.latitude) * fraction};
  }
  static Direction direction_of(const Degrees& place) {
    return place_of(wrapped(place.longitude), place.latitude).value_or(Direction{1, 0, 0});
  }
  [[nodiscard]] bool close_enough(const Degrees& a, const Degrees& b) const {
    const Direction first = direction_of(a), last = direction_of(b);
    if (angle_between(first, last) > M_PI / 2) return false;
    const auto off_at = [&](double fraction) {
      return angle_between(at_fraction(first, last, fraction),
                           direction_of(between(a, b, fraction)));
    };
    constexpr double fraction = 0.31215691082248312;
    return std::max(off_at(fraction), off_at(1 - fraction)) <= allowed_;
  }
  bool append_between(std::string& out, const Degrees& a, const Degrees& b) {
    if (close_enough(a, b)) return true;
    if (places_ >= densified_places_max) return false;
    const Degrees middle = between(a, b, 0.5);
    if (!append_between(out, a, middle)) return false;
    append_one(out, {wrapped(middle.longitude), middle.latitude});
    return append_between(out, middle, b);
  }
  void append_one(std::string& out, const Degrees& place) {
    ++places_;
    if (out.back() != '[') out += ',';
    append_place(out, place.longitude, place.latitude);
  }

  double allowed_;  // radians
  bool crosses_antimeridian_;
  std::size_t places_ = 0;
};

void give_densified(Call& call, int levels) {
  const double tolerance_m = call.size() > 1 ? call.real(1) : tolerance_default_m;
  if (!(tolerance_m >= densify_tolerance_min_m && tolerance_m <= densify_tolerance_max_m)) return;
  const std::string_view json = call.text(0);
  const auto type = native::find_member(json, "type");
  const auto coordinates = native::find_member(json, "coordinates");
  if (!type || !coordinates) return;
  const std::string name = native::unescaped(*type);
  if (name.starts_with("Multi")) ++levels;
  std::string shape = R"({"type":")" + name + R"(","coordinates":)";
  Densifier densifier(tolerance_m, call.boolean(2));
  if (!densifier.append(shape, *coordinates, levels))
    return call.fail(
        "a line of more than 1,048,576 places is not made here: a larger tolerance "
        "makes fewer");
  call.give_text(shape + "}");
}
void densify_line(Call& call) {
  if (read_lines(call.text(0))) give_densified(call, 1);
}
void densify_polygon(Call& call) {
  if (read_polygons(call.text(0))) give_densified(call, 2);
}

#define LINE(coordinates) "dynamic({'type':'LineString','coordinates':" coordinates "})"
#define POLYGON(coordinates) "dynamic({'type':'Polygon','coordinates':[" coordinates "]})"
#define SQUARE POLYGON("[[0,0],[2,0],[2,2],[0,2],[0,0]]")
#define TRIANGLE POLYGON("[[2,45],[0,45],[1,44],[2,45]]")
#define SOUTHERN POLYGON("[[3,44],[2,45],[2,43],[3,44]]")

constexpr Function rows[] = {
    body_row("geo_intersection_2lines", "dynamic, dynamic", "dynamic", intersection_of_lines,
             "geo_intersection_2lines(" LINE("[[1,1],[2,2]]") ", " LINE("[[3,3],[4,4]]") ")",
             R"({"type":"GeometryCollection","geometries":[]})"),
    body_row("geo_intersection_2polygons", "dynamic, dynamic", "dynamic", intersection_of_polygons,
             "geo_intersection_2polygons(" TRIANGLE ", " SOUTHERN ")",
             R"({"type":"Point","coordinates":[2,45]})"),
    body_row("geo_intersection_line_with_polygon", "dynamic, dynamic", "dynamic",
             intersection_of_line_and_polygon,
             "geo_line_length(geo_intersection_line_with_polygon(" LINE(
                 "[[1,1],[1,5]]") ", " SQUARE ")) < 111300",
             "true"),
    body_row("geo_union_lines_array", "dynamic", "dynamic", union_lines,
             "geo_union_lines_array(pack_array(" LINE("[[0,0],[1,0]]") ", " LINE(
                 "[[1,0],[2,0]]") ")).coordinates",
             "[[0,0],[1,0],[2,0]]"),
    body_row("geo_union_polygons_array", "dynamic", "dynamic", union_polygons,
             "array_length(geo_union_polygons_array(pack_array(" SQUARE
             ", " POLYGON("[[1,1],[3,1],[3,3],[1,3],[1,1]]") ")).coordinates[0])",
             "9"),
    body_row("geo_line_simplify", "dynamic", "dynamic", simplify_line),
    body_row("geo_line_simplify", "dynamic, real", "dynamic", simplify_line,
             "geo_line_simplify(" LINE("[[0,0],[0,0.1],[0,0.2]]") ", 1000).coordinates[1]",
             "[0,0.2]"),
    body_row("geo_polygon_simplify", "dynamic", "dynamic", simplify_polygon),
    body_row("geo_polygon_simplify", "dynamic, real", "dynamic", simplify_polygon,
             "array_length(geo_polygon_simplify(" POLYGON(
                 "[[0,0],[2,0],[2,2],[0,2],[0,1],[0,0]]") ", 1000).coordinates[0])",
             "5"),
    body_row("geo_simplify_polygons_array", "dynamic", "dynamic", simplify_polygons),
    body_row("geo_simplify_polygons_array", "dynamic, real", "dynamic", simplify_polygons,
             "geo_simplify_polygons_array(pack_array(" TRIANGLE ", " SOUTHERN "), 1000).type",
             "\"MultiPolygon\""),
    body_row("geo_point_buffer", "real, real, real", "dynamic", point_buffer),
    body_row("geo_point_buffer", "real, real, real, real", "dynamic", point_buffer,
             "round(geo_polygon_area(geo_point_buffer(5, 5, 1000, 0.1)) / (pi() * 1000 * 1000), 3)",
             "1"),
    body_row("geo_line_buffer", "dynamic, real", "dynamic", line_buffer),
    body_row(
        "geo_line_buffer", "dynamic, real, real", "dynamic", line_buffer,
        "geo_point_in_polygon(0.5, 0.001, geo_line_buffer(" LINE("[[0,0],[1,0]]") ", 1000, 1))",
        "true"),
    body_row("geo_polygon_buffer", "dynamic, real", "dynamic", polygon_buffer),
    body_row("geo_polygon_buffer", "dynamic, real, real", "dynamic", polygon_buffer,
             "geo_point_in_polygon(-0.001, 1, geo_polygon_buffer(" SQUARE ", 1000, 1))", "true"),
    body_row("geo_line_densify", "dynamic", "dynamic", densify_line,
             "geo_line_densify(" LINE("[[50,50],[51,51]]") ").coordinates",
             "[[50,50],[50.125,50.125],[50.25,50.25],[50.375,50.375],[50.5,50.5],[50.625,50.625],"
             "[50.75,50.75],[50.875,50.875],[51,51]]"),
    body_row("geo_line_densify", "dynamic, real", "dynamic", densify_line),
    body_row("geo_line_densify", "dynamic, real, bool", "dynamic", densify_line),
    body_row(
        "geo_polygon_densify", "dynamic", "dynamic", densify_polygon,
        "geo_polygon_densify(" POLYGON("[[10,10],[11,10],[11,11],[10,11],[10,10]]") ").coordinates",
        "[[[10,10],[10.25,10],[10.5,10],[10.75,10],[11,10],[11,11],[10.75,11],[10.5,11],"
        "[10.25,11],[10,11],[10,10]]]"),
    body_row("geo_polygon_densify", "dynamic, real", "dynamic", densify_polygon),
    body_row("geo_polygon_densify", "dynamic, real, bool", "dynamic", densify_polygon),
};

#undef LINE
#undef POLYGON
#undef SQUARE
#undef TRIANGLE
#undef SOUTHERN

}  // namespace

std::span<const Function> geo_derived_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
