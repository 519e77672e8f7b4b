// Geohashes, cells of S2 (geo_s2.h) and of H3 (h3/cells.h), and shapes written as well-known text
// (WKT).
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kql/functions/function.h"
#include "kql/functions/geo_s2.h"
#include "kql/functions/h3/cells.h"
#include "kql/functions/h3/cover.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;
using native::JsonBuilder;

constexpr std::string_view alphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
constexpr std::size_t length_max = 18;
constexpr int wkt_depth_max = 8;

struct Cell {
  double west = -180, east = 180, south = -90, north = 90;
};

std::string cell_name(double longitude, double latitude, std::size_t length) {
  Cell cell;
  std::string name;
  bool east_next = true;
  while (name.size() < length) {
    std::size_t value = 0;
    for (int bit = 0; bit < 5; ++bit, east_next = !east_next) {
      double& low = east_next ? cell.west : cell.south;
      double& high = east_next ? cell.east : cell.north;
      const double middle = (low + high) / 2;
      const bool upper = (east_next ? longitude : latitude) >= middle;
      (upper ? low : high) = middle;
      value = value * 2 + (upper ? 1 : 0);
    }
    name += alphabet[value];
  }
  return name;
}
std::optional<Cell> cell_of(std::string_view name) {
  if (name.empty() || name.size() > length_max) return std::nullopt;
  Cell cell;
  bool east_next = true;
  for (const char c : name) {
    const std::size_t value = alphabet.find(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c);
    if (value == std::string_view::npos) return std::nullopt;
    for (std::size_t bit = 16; bit > 0; bit /= 2, east_next = !east_next) {
      double& low = east_next ? cell.west : cell.south;
      double& high = east_next ? cell.east : cell.north;
      ((value & bit) != 0 ? low : high) = (low + high) / 2;
    }
  }
  return cell;
}

void to_geohash(Call& call) {
  if (call.is_null(0) || call.is_null(1)) return;
  const std::int64_t length = call.integer(2, 5);
  if (!place_of(call.real(0), call.real(1)) || length < 1 ||
      length > static_cast<std::int64_t>(length_max))
    return;
  call.give_text(cell_name(call.real(0), call.real(1), static_cast<std::size_t>(length)));
}
void open_shape(JsonBuilder& out, std::string_view type) {
  out.open('{');
  out.key("type");
  out.text(type);
  out.key("coordinates");
}
void to_point(Call& call) {
  const auto cell = cell_of(call.text(0));
  if (!cell) return;
  JsonBuilder out(call.give_text());
  open_shape(out, "Point");
  out.open('[');
  out.real((cell->west + cell->east) / 2);
  out.real((cell->south + cell->north) / 2);
  out.close(']');
  out.close('}');
}
void to_polygon(Call& call) {
  const auto cell = cell_of(call.text(0));
  if (!cell) return;
  const std::pair<double, double> corners[] = {{cell->west, cell->south},
                                               {cell->east, cell->south},
                                               {cell->east, cell->north},
                                               {cell->west, cell->north},
                                               {cell->west, cell->south}};
  append_polygon(call.give_text(), corners);
}
// In the order in which Microsoft's page shows them.
void neighbors(Call& call) {
  const auto cell = cell_of(call.text(0));
  if (!cell) return;
  constexpr std::pair<int, int> sides[] = {{-1, -1}, {-1, 1}, {1, -1}, {0, 1},
                                           {-1, 0},  {1, 1},  {1, 0},  {0, -1}};
  const double width = cell->east - cell->west, height = cell->north - cell->south;
  JsonBuilder out(call.give_text());
  out.open('[');
  for (const auto& [east, north] : sides) {
    double longitude = (cell->west + cell->east) / 2 + east * width;
    const double latitude = (cell->south + cell->north) / 2 + north * height;
    if (std::fabs(latitude) > 90) continue;
    if (longitude > 180) longitude -= 360;
    if (longitude < -180) longitude += 360;
    out.text(cell_name(longitude, latitude, call.text(0).size()));
  }
  out.close(']');
}

// --- cells of both kinds -----------------------------------------------------------------------

void give_polygon(Call& call, const Path& ring) {
  std::vector<std::pair<double, double>> corners;
  for (const Direction& corner : ring)
    corners.emplace_back(longitude_of(corner), latitude_of(corner));
  append_polygon(call.give_text(), corners);
}
std::string_view written(const std::string& token) {
  return token;
}
std::string written(h3::Cell cell) {
  return h3::token_of(cell);
}
template <typename Cell>
void append_tokens(std::string& out, const std::vector<Cell>& cells) {
  native::JsonBuilder list(out);
  list.open('[');
  for (const Cell& cell : cells) list.text(written(cell));
  list.close(']');
}
template <typename Cell>
void give_tokens(Call& call, const std::vector<Cell>& cells) {
  if (!cells.empty()) append_tokens(call.give_text(), cells);
}

// --- S2 cells ----------------------------------------------------------------------------------

constexpr std::int64_t s2_level_default = 11;

void to_s2_cell(Call& call) {
  const auto place = place_of(call.real(0), call.real(1));
  const std::int64_t level = call.size() > 2 ? call.integer(2) : s2_level_default;
  if (place && level >= 0 && level <= s2_level_max)
    call.give_text(s2_cell_at(*place, static_cast<int>(level)));
}
void s2_cell_to_point(Call& call) {
  if (const auto middle = s2_cell_middle(call.text(0))) append_point(call.give_text(), *middle);
}
void s2_cell_to_polygon(Call& call) {
  const auto border = s2_cell_border(call.text(0));
  if (!border) return;
  give_polygon(call, border->front());
}
void s2_neighbors(Call& call) {
  give_tokens(call, s2_cell_neighbors(call.text(0)));
}
// (shape, level?, radius?)
void cover_by_s2(Call& call, const Shapes& shapes) {
  const std::int64_t level = call.size() > 1 ? call.integer(1) : s2_level_default;
  const double radius_m = call.real(2);
  if (level < 0 || level > s2_level_max || !(radius_m >= 0)) return;
  Effort effort{.stop = call.stop};
  const auto tokens = s2_cells_over(shapes, static_cast<int>(level), radius_m, effort);
  if (!tokens) return call.fail(tokens.error().message);
  give_tokens(call, *tokens);
}
void line_to_s2_cells(Call& call) {
  if (auto lines = read_lines(call.text(0)))
    cover_by_s2(call, {.points = {}, .lines = std::move(*lines), .polygons = {}});
}
void polygon_to_s2_cells(Call& call) {
  if (auto polygons = read_polygons(call.text(0)))
    cover_by_s2(call, {.points = {}, .lines = {}, .polygons = std::move(*polygons)});
}

// --- H3 cells ----------------------------------------------------------------------------------

constexpr std::int64_t h3_resolution_default = 6;
// Microsoft's bounds: 16,807 children, 60,919 cells in all rings.
constexpr std::int64_t h3_levels_of_children_max = 5;
constexpr std::int64_t h3_distance_max = 142;

void to_h3_cell(Call& call) {
  const auto place = place_of(call.real(0), call.real(1));
  const std::int64_t resolution = call.size() > 2 ? call.integer(2) : h3_resolution_default;
  if (place && resolution >= 0 && resolution <= h3::resolution_max)
    call.give_text(h3::token_of(h3::cell_at(*place, static_cast<int>(resolution))));
}
void h3_cell_to_point(Call& call) {
  if (const auto cell = h3::read_cell(call.text(0)))
    append_point(call.give_text(), h3::middle_of(*cell));
}
void h3_cell_to_polygon(Call& call) {
  if (const auto cell = h3::read_cell(call.text(0))) give_polygon(call, h3::border_of(*cell));
}
void h3_level(Call& call) {
  if (const auto cell = h3::read_cell(call.text(0))) call.give_integer(h3::resolution_of(*cell));
}
// (cell, resolution?): the next coarser one, the next finer one.
void h3_parent(Call& call) {
  const auto cell = h3::read_cell(call.text(0));
  if (!cell) return;
  const std::int64_t own = h3::resolution_of(*cell);
  const std::int64_t resolution = call.size() > 1 ? call.integer(1) : own - 1;
  if (resolution >= 0 && resolution < h3::resolution_max && resolution <= own)
    call.give_text(h3::token_of(h3::parent_of(*cell, static_cast<int>(resolution))));
}
void h3_children(Call& call) {
  const auto cell = h3::read_cell(call.text(0));
  if (!cell) return;
  const std::int64_t own = h3::resolution_of(*cell);
  const std::int64_t resolution = call.size() > 1 ? call.integer(1) : own + 1;
  if (resolution >= 1 && resolution <= h3::resolution_max && resolution >= own &&
      resolution - own <= h3_levels_of_children_max)
    give_tokens(call, h3::children_of(*cell, static_cast<int>(resolution)));
}
void h3_neighbors(Call& call) {
  if (const auto cell = h3::read_cell(call.text(0))) give_tokens(call, h3::neighbors_of(*cell));
}
void h3_rings(Call& call) {
  const auto cell = h3::read_cell(call.text(0));
  const std::int64_t distance = call.integer(1);
  if (!cell || distance < 0 || distance > h3_distance_max) return;
  const auto rings = h3::rings_of(*cell, static_cast<int>(distance), call.stop);
  if (!rings) return call.fail(rings.error().message);
  std::string& out = call.give_text();
  out += '[';
  for (const std::vector<h3::Cell>& ring : *rings) {
    if (out.back() == ']') out += ',';
    append_tokens(out, ring);
  }
  out += ']';
}

// All that lies within the radius of the polygons.
constexpr double buffer_tolerance_m = 10;
Made enlarged(std::vector<Polygon> polygons, double radius_m, Effort& effort) {
  const double tolerance_m = std::clamp(buffer_tolerance_m, radius_m * 1e-5, radius_m / 3);
  return buffer({.points = {}, .lines = {}, .polygons = std::move(polygons)}, radius_m, tolerance_m,
                effort);
}
// (polygon, resolution?, radius?)
void polygon_to_h3_cells(Call& call) {
  auto polygons = read_polygons(call.text(0));
  const std::int64_t resolution = call.size() > 1 ? call.integer(1) : h3_resolution_default;
  const double radius_m = call.real(2);
  if (!polygons || resolution < 0 || resolution > h3::resolution_max || !(radius_m >= 0) ||
      !std::isfinite(radius_m))
    return;
  Effort effort{.stop = call.stop};
  if (radius_m > 0) {
    auto made = enlarged(std::move(*polygons), radius_m, effort);
    if (!made) return call.fail(made.error().message);
    if (!*made) return;
    polygons = std::move((**made).polygons);
  }
  const auto cells = h3::cells_over(*polygons, static_cast<int>(resolution), effort);
  if (!cells) return call.fail(cells.error().message);
  if (*cells) append_tokens(call.give_text(), **cells);
}

// --- well-known text ---------------------------------------------------------------------------

class WellKnownText {
 public:
  explicit WellKnownText(std::string_view text) : text_(text) {}

  bool shape(std::string& out, int depth = 0) {
    const std::string word = base::to_lower_ascii(take_word());
    static constexpr std::pair<std::string_view, std::string_view> types[] = {
        {"point", "Point"},
        {"linestring", "LineString"},
        {"polygon", "Polygon"},
        {"multipoint", "MultiPoint"},
        {"multilinestring", "MultiLineString"},
        {"multipolygon", "MultiPolygon"}};
    if (word == "geometrycollection" && depth < wkt_depth_max) return collection(out, depth);
    for (const auto& [name, type] : types) {
      if (name != word) continue;
      JsonBuilder json(out);
      open_shape(json, type);
      std::string coordinates;
      const int levels = name == "point"                                  ? 0
                         : name == "linestring" || name == "multipoint"   ? 1
                         : name == "polygon" || name == "multilinestring" ? 2
                                                                          : 3;
      if (!take('(')) return false;
      if (!(levels == 0 ? pair(coordinates) : list(coordinates, levels)) || !take(')'))
        return false;
      json.value(coordinates);
      json.close('}');
      return true;
    }
    return false;
  }
  [[nodiscard]] bool at_end() {
    skip();
    return at_ >= text_.size();
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
      ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view take_word() {
    skip();
    const std::size_t first = at_;
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '(' && text_[at_] != ',' &&
           text_[at_] != ')')
      ++at_;
    return text_.substr(first, at_ - first);
  }
  bool number(JsonBuilder& out) {
    const auto value = native::read_real(take_word());
    if (!value || !std::isfinite(*value)) return false;
    if (std::floor(*value) == *value && std::fabs(*value) < 1e15) {
      out.integer(static_cast<std::int64_t>(*value));
    } else {
      out.real(*value);
    }
    return true;
  }
  bool pair(std::string& out) {
    JsonBuilder json(out);
    json.open('[');
    if (!number(json) || !number(json)) return false;
    json.close(']');
    return true;
  }
  // `levels` lists inside one another; the innermost holds pairs, which MULTIPOINT may bracket.
  bool list(std::string& out, int levels) {
    JsonBuilder json(out);
    json.open('[');
    do {
      std::string one;
      const bool bracketed = take('(');
      if (levels > 1 && !bracketed) return false;
      if (!(levels > 1 ? list(one, levels - 1) : pair(one))) return false;
      if (bracketed && !take(')')) return false;
      json.value(one);
    } while (take(','));
    json.close(']');
    return true;
  }
  bool collection(std::string& out, int depth) {
    if (!take('(')) return false;
    JsonBuilder json(out);
    json.open('{');
    json.key("type");
    json.text("GeometryCollection");
    json.key("geometries");
    json.open('[');
    do {
      std::string one;
      if (!shape(one, depth + 1)) return false;
      json.value(one);
    } while (take(','));
    json.close(']');
    json.close('}');
    return take(')');
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void from_wkt(Call& call) {
  std::string shape;
  WellKnownText reader(call.text(0));
  if (reader.shape(shape) && reader.at_end()) call.give_text(shape);
}

constexpr Function rows[] = {
    body_row("geo_point_to_geohash", "real, real", "string", to_geohash,
             "geo_point_to_geohash(-73.975212, 40.789608)", "dr72h"),
    body_row("geo_point_to_geohash", "real, real, long", "string", to_geohash,
             "geo_point_to_geohash(-73.975212, 40.789608, 3)", "dr7"),
    body_row("geo_geohash_to_central_point", "string", "dynamic", to_point,
             "geo_geohash_to_central_point('s').coordinates", "[22.5,22.5]"),
    body_row("geo_geohash_to_polygon", "string", "dynamic", to_polygon,
             "geo_geohash_to_polygon('s').coordinates[0][2]", "[45.0,45.0]"),
    body_row("geo_geohash_neighbors", "string", "dynamic", neighbors,
             "geo_geohash_neighbors('sunny')[0]", "\"sunnt\""),
    body_row("geo_point_to_s2cell", "real, real", "string", to_s2_cell,
             "geo_point_to_s2cell(-80.195829, 25.802215)", "88d9b6c"),
    body_row("geo_point_to_s2cell", "real, real, long", "string", to_s2_cell,
             "geo_point_to_s2cell(-80.195829, 25.802215, 8)", "88d9b"),
    body_row("geo_s2cell_to_central_point", "string", "dynamic", s2_cell_to_point,
             "round(toreal(geo_s2cell_to_central_point('1234567').coordinates[0]), 6)", "9.868307"),
    body_row("geo_s2cell_to_polygon", "string", "dynamic", s2_cell_to_polygon,
             "array_length(geo_s2cell_to_polygon('89c259').coordinates[0])", "5"),
    body_row("geo_s2cell_neighbors", "string", "dynamic", s2_neighbors,
             "geo_s2cell_neighbors('89c259')[0]", "\"89c25d\""),
    body_row("geo_line_to_s2cells", "dynamic", "dynamic", line_to_s2_cells),
    body_row("geo_line_to_s2cells", "dynamic, long", "dynamic", line_to_s2_cells),
    body_row("geo_line_to_s2cells", "dynamic, long, real", "dynamic", line_to_s2_cells,
             "array_length(geo_line_to_s2cells(dynamic({'type':'LineString','coordinates':[[1,1],"
             "[1.1,1]]}), 5, 0))",
             "1"),
    body_row("geo_polygon_to_s2cells", "dynamic", "dynamic", polygon_to_s2_cells),
    body_row("geo_polygon_to_s2cells", "dynamic, long, real", "dynamic", polygon_to_s2_cells),
    body_row("geo_polygon_to_s2cells", "dynamic, long", "dynamic", polygon_to_s2_cells,
             "array_length(geo_polygon_to_s2cells(dynamic({'type':'Polygon','coordinates':[[[0,0],"
             "[0,50],[100,50],[0,0]]]}), 5))",
             "286"),
    body_row("geo_point_to_h3cell", "real, real", "string", to_h3_cell,
             "geo_point_to_h3cell(-74.04450446039874, 40.689250859314974)", "862a1072fffffff"),
    body_row("geo_point_to_h3cell", "real, real, long", "string", to_h3_cell,
             "geo_point_to_h3cell(-73.989148, 40.743273, 5)", "852a1073fffffff"),
    body_row("geo_h3cell_to_central_point", "string", "dynamic", h3_cell_to_point,
             "round(toreal(geo_h3cell_to_central_point('862a1072fffffff').coordinates[0]), 6)",
             "-74.016008"),
    body_row("geo_h3cell_to_polygon", "string", "dynamic", h3_cell_to_polygon,
             "array_length(geo_h3cell_to_polygon('862a1072fffffff').coordinates[0])", "7"),
    body_row("geo_h3cell_level", "string", "int", h3_level, "geo_h3cell_level('862a1072fffffff')",
             "6"),
    body_row("geo_h3cell_parent", "string", "string", h3_parent,
             "geo_h3cell_parent('862a1072fffffff')", "852a1073fffffff"),
    body_row("geo_h3cell_parent", "string, long", "string", h3_parent,
             "geo_h3cell_parent('862a1072fffffff', 1)", "812a3ffffffffff"),
    body_row("geo_h3cell_children", "string", "dynamic", h3_children,
             "geo_h3cell_children('862a1072fffffff')[6]", "\"872a1072effffff\""),
    body_row("geo_h3cell_children", "string, long", "dynamic", h3_children,
             "array_length(geo_h3cell_children('862a1072fffffff', 9))", "343"),
    body_row("geo_h3cell_neighbors", "string", "dynamic", h3_neighbors,
             "geo_h3cell_neighbors('862a1072fffffff')[0]", "\"862a10727ffffff\""),
    body_row("geo_h3cell_rings", "string, long", "dynamic", h3_rings,
             "array_length(geo_h3cell_rings('861f8894fffffff', 2)[2])", "12"),
    body_row("geo_polygon_to_h3cells", "dynamic", "dynamic", polygon_to_h3_cells),
    body_row("geo_polygon_to_h3cells", "dynamic, long", "dynamic", polygon_to_h3_cells,
             "array_length(geo_polygon_to_h3cells(dynamic({'type':'Polygon','coordinates':[[["
             "-3.659,40.553],[-3.913,40.409],[-3.729,40.273],[-3.524,40.44],[-3.659,40.553]]]}), "
             "6))",
             "13"),
    body_row("geo_polygon_to_h3cells", "dynamic, long, real", "dynamic", polygon_to_h3_cells),
    body_row("geo_from_wkt", "string", "dynamic", from_wkt, "geo_from_wkt('POINT (1 2)')",
             "{\"type\":\"Point\",\"coordinates\":[1,2]}"),
};

}  // namespace

std::span<const Function> geohash_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
