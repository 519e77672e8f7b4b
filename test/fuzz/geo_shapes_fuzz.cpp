// Shapes as GeoJSON, a line each: whatever can be made of them is made, or is an error in words.
// S2 ends the process where a promise of its own is broken, so this must find whether one can be.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "kql/functions/geo_s2.h"
#include "kql/functions/h3/cover.h"
#include "kql/native/json_text.h"

namespace {

using vedette::kql::functions::Made;
using vedette::kql::functions::Shapes;

void look_at(const Made& made) {
  if (!made && made.error().message.empty()) std::abort();
  if (!made || !*made) return;
  for (const auto& polygon : (*made)->polygons)
    for (const auto& ring : polygon)
      if (ring.size() < 4) std::abort();
  for (const auto& line : (*made)->lines)
    if (line.size() < 2) std::abort();
}

// A token is a cell's or nothing's; a cell's middle is its own, and each neighbour's neighbour is
// it.
void look_at_h3_cell(std::string_view token) {
  namespace h3 = vedette::kql::functions::h3;
  const auto cell = h3::read_cell(token);
  if (!cell) return;
  if (h3::cell_at(h3::middle_of(*cell), h3::resolution_of(*cell)) != *cell) std::abort();
  if (h3::border_of(*cell).size() < 6) std::abort();
  for (const h3::Cell neighbor : h3::neighbors_of(*cell))
    if (std::ranges::count(h3::neighbors_of(neighbor), *cell) != 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette::kql;
  if (size > 4096) return 0;
  std::vector<std::vector<functions::Polygon>> polygons;
  std::vector<Shapes> shapes;
  Shapes lines;
  for (const std::string_view text :
       vedette::base::split({reinterpret_cast<const char*>(data), size}, '\n')) {
    std::string json;
    if (!native::canonicalise(text, json)) continue;
    if (auto read = functions::read_lines(json)) {
      lines.lines.insert(lines.lines.end(), read->begin(), read->end());
      shapes.push_back({.points = {}, .lines = std::move(*read), .polygons = {}});
    } else if (auto rings = functions::read_polygons(json)) {
      polygons.push_back(*rings);
      shapes.push_back({.points = {}, .lines = {}, .polygons = std::move(*rings)});
    }
    (void)functions::s2_cell_border(text);
    (void)functions::s2_cell_neighbors(text);
    look_at_h3_cell(text);
    if (shapes.size() > 4) return 0;
  }
  functions::Effort effort;
  for (const std::vector<functions::Polygon>& shape : polygons) {
    const auto over = functions::h3::cells_over(shape, static_cast<int>(size % 9), effort);
    if (!over && over.error().message.empty()) std::abort();
  }
  const double metres = static_cast<double>(size) * static_cast<double>(size % 17 + 1);
  for (const Shapes& shape : shapes) {
    look_at(functions::buffer(shape, metres, metres / 8, effort));
    const auto cells = functions::s2_cells_over(shape, static_cast<int>(size % 7), metres, effort);
    if (!cells && cells.error().message.empty()) std::abort();
    for (const Shapes& other : shapes) look_at(functions::intersection(shape, other, effort));
  }
  for (const double tolerance_m : {0.0, metres, metres * 1000}) {
    if (!lines.lines.empty())
      look_at(functions::simplified_lines(lines.lines, tolerance_m, effort));
    if (!polygons.empty()) look_at(functions::simplified_polygons(polygons, tolerance_m, effort));
  }
  if (!lines.lines.empty()) look_at(functions::union_of_lines(lines.lines, effort));
  if (!polygons.empty()) look_at(functions::union_of_polygons(polygons, effort));
  return 0;
}
