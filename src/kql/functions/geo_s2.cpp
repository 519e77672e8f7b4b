#include "kql/functions/geo_s2.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "s2/mutable_s2shape_index.h"
#include "s2/s2boolean_operation.h"
#include "s2/s2buffer_operation.h"
#include "s2/s2builder.h"
#include "s2/s2builderutil_closed_set_normalizer.h"
#include "s2/s2builderutil_s2point_vector_layer.h"
#include "s2/s2builderutil_s2polygon_layer.h"
#include "s2/s2builderutil_s2polyline_vector_layer.h"
#include "s2/s2builderutil_snap_functions.h"
#include "s2/s2cap.h"
#include "s2/s2cell.h"
#include "s2/s2cell_id.h"
#include "s2/s2debug.h"
#include "s2/s2lax_polyline_shape.h"
#include "s2/s2metrics.h"
#include "s2/s2point_vector_shape.h"
#include "s2/s2polygon.h"
#include "s2/s2polyline.h"
#include "s2/s2region_coverer.h"
#include "s2/s2shape_index_buffered_region.h"
#include "s2/s2shape_index_region.h"
#include "s2/s2shape_measures.h"

namespace vedette::kql::functions {

namespace {

using base::ErrorCode;
using PolygonOwner = std::unique_ptr<S2Polygon>;
using PolylineOwner = std::unique_ptr<S2Polyline>;
using s2builderutil::IdentitySnapFunction;

constexpr std::int64_t memory_max_bytes = std::int64_t{256} << 20;

// The library of Debian checks its own results, and ends the process where one is not valid; we
// look at what comes in, which is where such a thing would come from.
const bool checks_are_ours = [] {
  absl::SetFlag(&FLAGS_s2debug, false);
  return true;
}();

S2Point s2_of(const Direction& place) {
  return {place.x, place.y, place.z};
}
Direction direction_of(const S2Point& point) {
  return {point.x(), point.y(), point.z()};
}
std::vector<S2Point> points_of(const Path& path, std::size_t count) {
  std::vector<S2Point> points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) points.push_back(s2_of(path[i]));
  return points;
}

std::size_t corners_of(const std::vector<Path>& paths) {
  std::size_t count = 0;
  for (const Path& path : paths) count += path.size();
  return count;
}
std::size_t corners_of(const std::vector<Polygon>& polygons) {
  std::size_t count = 0;
  for (const Polygon& polygon : polygons) count += corners_of(polygon);
  return count;
}
std::size_t corners_of(const std::vector<std::vector<Polygon>>& shapes) {
  std::size_t count = 0;
  for (const std::vector<Polygon>& polygons : shapes) count += corners_of(polygons);
  return count;
}
std::size_t corners_of(const Shapes& shapes) {
  return shapes.points.size() + corners_of(shapes.lines) + corners_of(shapes.polygons);
}
void add_paths(std::vector<const Path*>& out, const std::vector<Path>& paths) {
  for (const Path& path : paths) out.push_back(&path);
}
void add_paths(std::vector<const Path*>& out, const Shapes& shapes) {
  add_paths(out, shapes.lines);
  for (const Polygon& polygon : shapes.polygons) add_paths(out, polygon);
}
std::vector<const Path*> paths_of(const std::vector<std::vector<Polygon>>& shapes) {
  std::vector<const Path*> paths;
  for (const std::vector<Polygon>& polygons : shapes)
    for (const Polygon& polygon : polygons) add_paths(paths, polygon);
  return paths;
}
std::unexpected<base::Error> too_much() {
  return base::failure(ErrorCode::limit_exceeded,
                       fmt::format("shapes of more than {} corners, whose edges lie too close "
                                   "together, or that cross each other too often, are not worked "
                                   "on here: a simpler shape is",
                                   corners_max));
}

// One call's work: what it may take of memory and of steps, and whether it did.
class Work {
 public:
  explicit Work(Effort& effort) : effort_(effort) {
    tracker_.set_limit_bytes(memory_max_bytes);
    // S2 asks after each allocation of this many bytes, and now and then between.
    tracker_.set_periodic_callback(0, [this] { take_steps(1); });
  }
  [[nodiscard]] S2MemoryTracker* tracker() { return &tracker_; }
  [[nodiscard]] S2Error* error() { return &error_; }
  // False where the edges of all shapes of the call lie so that holding each against those beside
  // it would take too long: the teeth of a comb, a thousand rings upon each other. What S2 looks
  // for first, edges that cross, costs that, twice, and it cannot be stopped there.
  [[nodiscard]] bool admits(const std::vector<const Path*>& paths) {
    MutableS2ShapeIndex index;
    for (const Path* path : paths)
      index.Add(std::make_unique<S2LaxPolylineShape>(points_of(*path, path->size())));
    const S2ShapeIndex* walked = &index;  // its iterator takes no other
    std::int64_t pairs = 0;
    for (S2ShapeIndex::Iterator cell(walked, S2ShapeIndex::BEGIN); !cell.done(); cell.Next()) {
      const std::int64_t edges = cell.cell().num_edges();
      pairs += edges * edges / 2;
    }
    const std::int64_t steps = pairs / pairs_of_a_step;
    take_steps(steps <= steps_of_pairs_max ? steps : effort_.steps_left + 1);
    return tracker_.ok();
  }
  // What became of a step that did not succeed: too much, or no valid shape.
  [[nodiscard]] Made failed() const {
    const S2Error::Code code = tracker_.ok() ? error_.code() : tracker_.error().code();
    if (code == S2Error::CANCELLED)
      return base::failure(ErrorCode::cancelled, "the work on a shape was stopped");
    if (code == S2Error::RESOURCE_EXHAUSTED) return too_much();
    return std::nullopt;
  }

 private:
  static constexpr std::int64_t pairs_of_a_step = 1000;

  void take_steps(std::int64_t steps) {
    effort_.steps_left -= steps;
    S2Error ended;
    if (effort_.stop != nullptr && effort_.stop->load(std::memory_order_relaxed)) {
      ended.Init(S2Error::CANCELLED, "stopped");
    } else if (effort_.steps_left < 0) {
      ended.Init(S2Error::RESOURCE_EXHAUSTED, "too many steps");
    }
    if (!ended.ok()) tracker_.SetError(ended);
  }

  Effort& effort_;
  S2MemoryTracker tracker_;
  S2Error error_;
};

// An edge of half a turn has no shortest way; one of nearly so costs S2 its exact arithmetic at
// every look.
bool edges_are_short(const Path& path) {
  constexpr double least = 1e-9;  // of a + b, which is nothing where b lies opposite a
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    if ((s2_of(path[i]) + s2_of(path[i + 1])).Norm() < least) return false;
  return true;
}
PolylineOwner polyline_of(const Path& path) {
  if (!edges_are_short(path)) return nullptr;
  auto line = std::make_unique<S2Polyline>();
  line->set_s2debug_override(S2Debug::DISABLE);
  line->Init(points_of(path, path.size()));
  S2Error error;
  return line->FindValidationError(&error) ? nullptr : std::move(line);
}
// A ring is taken as the border of the smaller part of the sphere.
PolygonOwner polygon_of(const Polygon& rings) {
  S2Error error;
  std::vector<std::unique_ptr<S2Loop>> loops;
  for (const Path& ring : rings) {
    if (!edges_are_short(ring)) return nullptr;
    auto loop = std::make_unique<S2Loop>();
    loop->set_s2debug_override(S2Debug::DISABLE);
    loop->Init(points_of(ring, ring.size() - 1));
    if (loop->FindValidationError(&error)) return nullptr;
    loop->Normalize();
    loops.push_back(std::move(loop));
  }
  auto polygon = std::make_unique<S2Polygon>();
  polygon->set_s2debug_override(S2Debug::DISABLE);
  polygon->InitNested(std::move(loops));
  return polygon->FindValidationError(&error) ? nullptr : std::move(polygon);
}

S2BooleanOperation::Options operation_options(Work& work) {
  S2BooleanOperation::Options options{IdentitySnapFunction(S2::kIntersectionMergeRadius)};
  options.set_memory_tracker(work.tracker());
  return options;
}
PolygonOwner empty_polygon() {
  auto polygon = std::make_unique<S2Polygon>();
  polygon->set_s2debug_override(S2Debug::DISABLE);
  return polygon;
}
std::unique_ptr<s2builderutil::S2PolygonLayer> layer_for(S2Polygon& polygon) {
  return std::make_unique<s2builderutil::S2PolygonLayer>(&polygon);
}

// The two with the fewest corners first, as S2's own union does, and with its guess of how many the
// two have together: the order of corners follows it.
PolygonOwner united(std::vector<PolygonOwner> polygons, Work& work) {
  std::multimap<int, PolygonOwner> waiting;
  for (PolygonOwner& polygon : polygons) {
    const int corners = polygon->num_vertices();
    waiting.emplace(corners, std::move(polygon));
  }
  if (waiting.empty()) return empty_polygon();
  const auto first = [&] {
    std::pair<int, PolygonOwner> polygon(waiting.begin()->first,
                                         std::move(waiting.begin()->second));
    waiting.erase(waiting.begin());
    return polygon;
  };
  while (waiting.size() > 1) {
    const auto [a_corners, a] = first();
    const auto [b_corners, b] = first();
    PolygonOwner both = empty_polygon();
    S2BooleanOperation operation(S2BooleanOperation::OpType::UNION, layer_for(*both),
                                 operation_options(work));
    if (!operation.Build(a->index(), b->index(), work.error())) return nullptr;
    waiting.emplace(a_corners + b_corners, std::move(both));
  }
  return first().second;
}
PolygonOwner one_polygon(const std::vector<Polygon>& polygons, Work& work) {
  std::vector<PolygonOwner> each;
  for (const Polygon& polygon : polygons) {
    each.push_back(polygon_of(polygon));
    if (!each.back()) return nullptr;
  }
  return united(std::move(each), work);
}

void append_polygons(Shapes& out, const S2Polygon& polygon) {
  std::map<int, std::size_t> places;  // of outer loops, in out.polygons
  for (int i = 0; i < polygon.num_loops(); ++i) {
    const S2Loop& loop = *polygon.loop(i);
    Path ring;
    for (int corner = 0; corner <= loop.num_vertices(); ++corner)
      ring.push_back(direction_of(loop.oriented_vertex(corner % loop.num_vertices())));
    if (loop.is_hole()) {
      out.polygons[places.at(polygon.GetParent(i))].push_back(std::move(ring));
    } else {
      places[i] = out.polygons.size();
      out.polygons.push_back({std::move(ring)});
    }
  }
}
void append_lines(Shapes& out, const std::vector<PolylineOwner>& lines) {
  for (const PolylineOwner& line : lines) {
    Path path;
    for (int i = 0; i < line->num_vertices(); ++i) path.push_back(direction_of(line->vertex(i)));
    out.lines.push_back(std::move(path));
  }
}
// A polygon that is the whole sphere, or more than half of it, has no form in GeoJSON.
Made made_of(const S2Polygon& polygon) {
  if (polygon.is_full() || polygon.GetArea() > 2 * M_PI) return std::nullopt;
  Shapes out;
  append_polygons(out, polygon);
  return out;
}

// Lines and polygons, made ready for an operation on both.
bool add_shapes(MutableS2ShapeIndex& index, const Shapes& shapes, Work& work) {
  for (const Path& path : shapes.lines) {
    const PolylineOwner line = polyline_of(path);
    if (!line) return false;
    index.Add(std::make_unique<S2LaxPolylineShape>(*line));
  }
  if (!shapes.points.empty()) {
    std::vector<S2Point> points;
    for (const Direction& place : shapes.points) points.push_back(s2_of(place));
    index.Add(std::make_unique<S2PointVectorShape>(std::move(points)));
  }
  if (shapes.polygons.empty()) return true;
  PolygonOwner polygon = one_polygon(shapes.polygons, work);
  if (!polygon) return false;
  index.Add(std::make_unique<S2Polygon::OwningShape>(std::move(polygon)));
  return true;
}

using s2builderutil::S2PolylineVectorLayer;
std::unique_ptr<S2PolylineVectorLayer> merged_lines(std::vector<PolylineOwner>& lines) {
  S2PolylineVectorLayer::Options options;
  options.set_duplicate_edges(S2PolylineVectorLayer::Options::DuplicateEdges::MERGE);
  options.set_s2debug_override(S2Debug::DISABLE);
  return std::make_unique<S2PolylineVectorLayer>(&lines, options);
}
S2Builder::Options builder_options(double tolerance_m, Work& work) {
  S2Builder::Options options{IdentitySnapFunction(S1Angle::Radians(tolerance_m / earth_radius_m))};
  options.set_simplify_edge_chains(tolerance_m > 0);
  options.set_memory_tracker(work.tracker());
  return options;
}
Made built_lines(const std::vector<Path>& lines, double tolerance_m, Effort& effort) {
  if (corners_of(lines) > corners_max) return too_much();
  Work work(effort);
  std::vector<const Path*> paths;
  add_paths(paths, lines);
  if (!work.admits(paths)) return work.failed();
  std::vector<PolylineOwner> results;
  S2Builder builder(builder_options(tolerance_m, work));
  builder.StartLayer(merged_lines(results));
  for (const Path& path : lines) {
    const PolylineOwner line = polyline_of(path);
    if (!line) return std::nullopt;
    builder.AddPolyline(*line);
  }
  if (!builder.Build(work.error())) return work.failed();
  Shapes out;
  append_lines(out, results);
  return out;
}

}  // namespace

Made intersection(const Shapes& a, const Shapes& b, Effort& effort) {
  if (corners_of(a) + corners_of(b) > corners_max) return too_much();
  Work work(effort);
  std::vector<const Path*> paths;
  add_paths(paths, a);
  add_paths(paths, b);
  if (!work.admits(paths)) return work.failed();
  MutableS2ShapeIndex first, second;
  if (!add_shapes(first, a, work) || !add_shapes(second, b, work)) return work.failed();
  std::vector<S2Point> points;
  std::vector<PolylineOwner> lines;
  const PolygonOwner polygon = empty_polygon();
  s2builderutil::LayerVector layers(3);
  layers[0] = std::make_unique<s2builderutil::S2PointVectorLayer>(&points);
  layers[1] = merged_lines(lines);
  layers[2] = layer_for(*polygon);
  S2BooleanOperation::Options options = operation_options(work);
  options.set_polygon_model(S2BooleanOperation::PolygonModel::CLOSED);
  options.set_polyline_model(S2BooleanOperation::PolylineModel::CLOSED);
  S2BooleanOperation operation(S2BooleanOperation::OpType::INTERSECTION,
                               s2builderutil::NormalizeClosedSet(std::move(layers)), options);
  if (!operation.Build(first, second, work.error())) return work.failed();
  Shapes out;
  for (const S2Point& point : points) out.points.push_back(direction_of(point));
  append_lines(out, lines);
  append_polygons(out, *polygon);
  return out;
}

Made union_of_polygons(const std::vector<std::vector<Polygon>>& shapes, Effort& effort) {
  if (corners_of(shapes) > corners_max) return too_much();
  Work work(effort);
  if (!work.admits(paths_of(shapes))) return work.failed();
  std::vector<PolygonOwner> each;
  for (const std::vector<Polygon>& polygons : shapes) {
    for (const Polygon& polygon : polygons) {
      each.push_back(polygon_of(polygon));
      if (!each.back()) return std::nullopt;
    }
  }
  const PolygonOwner all = united(std::move(each), work);
  return all ? made_of(*all) : work.failed();
}

Made union_of_lines(const std::vector<Path>& lines, Effort& effort) {
  return built_lines(lines, 0, effort);
}
Made simplified_lines(const std::vector<Path>& lines, double tolerance_m, Effort& effort) {
  if (!(tolerance_m >= 0 && tolerance_m < simplify_tolerance_max_m)) return std::nullopt;
  return built_lines(lines, tolerance_m, effort);
}
Made simplified_polygons(const std::vector<std::vector<Polygon>>& shapes, double tolerance_m,
                         Effort& effort) {
  if (!(tolerance_m >= 0 && tolerance_m < simplify_tolerance_max_m)) return std::nullopt;
  if (corners_of(shapes) > corners_max) return too_much();
  Work work(effort);
  if (!work.admits(paths_of(shapes))) return work.failed();
  std::vector<PolygonOwner> results;
  S2Builder builder(builder_options(tolerance_m, work));
  for (const std::vector<Polygon>& polygons : shapes) {
    const PolygonOwner polygon = one_polygon(polygons, work);
    if (!polygon) return work.failed();
    results.push_back(empty_polygon());
    builder.StartLayer(layer_for(*results.back()));
    builder.AddPolygon(*polygon);
  }
  if (!builder.Build(work.error())) return work.failed();
  Shapes out;
  for (const PolygonOwner& polygon : results) append_polygons(out, *polygon);
  return out;
}

Made buffer(const Shapes& shapes, double radius_m, double tolerance_m, Effort& effort) {
  if (corners_of(shapes) > corners_max) return too_much();
  const double fraction = tolerance_m / radius_m;
  if (!(fraction > S2BufferOperation::Options::kMinErrorFraction && fraction <= 1))
    return std::nullopt;
  Work work(effort);
  std::vector<const Path*> paths;
  add_paths(paths, shapes);
  if (!work.admits(paths)) return work.failed();
  MutableS2ShapeIndex index;
  if (!add_shapes(index, shapes, work)) return work.failed();
  S2BufferOperation::Options options(S1Angle::Radians(radius_m / earth_radius_m));
  options.set_error_fraction(fraction);
  options.set_memory_tracker(work.tracker());
  const PolygonOwner polygon = empty_polygon();
  S2BufferOperation operation(layer_for(*polygon), options);
  operation.AddShapeIndex(index);
  if (!operation.Build(work.error())) return work.failed();
  return made_of(*polygon);
}

namespace {

std::optional<S2CellId> cell_of(std::string_view token) {
  const S2CellId cell = S2CellId::FromToken({token.data(), token.size()});
  return cell.is_valid() ? std::optional(cell) : std::nullopt;
}

}  // namespace

std::string s2_cell_at(const Direction& place, int level) {
  return S2CellId(s2_of(place)).parent(level).ToToken();
}
std::optional<Direction> s2_cell_middle(std::string_view token) {
  const auto cell = cell_of(token);
  return cell ? std::optional(direction_of(cell->ToPoint())) : std::nullopt;
}
std::optional<Polygon> s2_cell_border(std::string_view token) {
  const auto id = cell_of(token);
  if (!id) return std::nullopt;
  const S2Cell cell(*id);
  Path ring;
  for (int corner = 0; corner <= 4; ++corner)
    ring.push_back(direction_of(cell.GetVertex(corner % 4)));
  return Polygon{std::move(ring)};
}
std::vector<std::string> s2_cell_neighbors(std::string_view token) {
  const auto cell = cell_of(token);
  if (!cell) return {};
  std::vector<S2CellId> around;
  cell->AppendAllNeighbors(cell->level(), &around);
  // In the order in which Microsoft's page shows them; there are fewer only where cells are large.
  constexpr std::size_t order[] = {7, 0, 1, 2, 3, 5, 4, 6};
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < around.size(); ++i)
    tokens.push_back(around[around.size() == std::size(order) ? order[i] : i].ToToken());
  return tokens;
}
base::Result<std::vector<std::string>> s2_cells_over(const Shapes& shapes, int level,
                                                     double radius_m, Effort& effort) {
  if (corners_of(shapes) > corners_max) return too_much();
  Work work(effort);
  std::vector<const Path*> paths;
  add_paths(paths, shapes);
  MutableS2ShapeIndex index;
  if (!work.admits(paths) || !add_shapes(index, shapes, work)) {
    if (const Made failed = work.failed(); !failed) return std::unexpected(failed.error());
    return {};
  }
  // What is sure to take too many cells is not begun.
  const S1Angle radius = S1Angle::Radians(std::min(M_PI, radius_m / earth_radius_m));
  double area = S2Cap(S2Point(1, 0, 0), radius).GetArea();
  for (const S2Shape* shape : index)
    if (shape->dimension() == 2) area = std::max(area, S2::GetArea(*shape));
  if (area > S2::kMaxArea.GetValue(level) * s2_cells_max) return {};
  S2RegionCoverer::Options options;
  options.set_max_level(level);
  options.set_max_cells(static_cast<int>(s2_cells_max));
  S2RegionCoverer coverer(options);
  const S2CellUnion larger =
      radius_m > 0 ? coverer.GetCovering(S2ShapeIndexBufferedRegion(&index, S1ChordAngle(radius)))
                   : coverer.GetCovering(S2ShapeIndexRegion<S2ShapeIndex>(&index));
  std::uint64_t count = 0;  // of cells of that level
  for (const S2CellId cell : larger) {
    count += std::uint64_t{1} << (2 * (level - cell.level()));
    if (count > s2_cells_max) return {};
  }
  std::vector<S2CellId> cells;
  larger.Denormalize(level, 1, &cells);
  std::vector<std::string> tokens;
  for (const S2CellId cell : cells) tokens.push_back(cell.ToToken());
  return tokens;
}

}  // namespace vedette::kql::functions
