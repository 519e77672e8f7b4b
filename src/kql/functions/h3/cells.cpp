#include "kql/functions/h3/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace vedette::kql::functions::h3 {

namespace {

constexpr int mode_at = 59, resolution_at = 52, base_at = 45;
constexpr std::uint64_t no_digit = 7, missing_child = 1;

constexpr int digit_shift(int resolution) {
  return 3 * (resolution_max - resolution);
}
int digit_of(Cell cell, int resolution) {
  return static_cast<int>((cell >> digit_shift(resolution)) & no_digit);
}
Cell with_digit(Cell cell, int resolution, std::uint64_t digit) {
  return (cell & ~(no_digit << digit_shift(resolution))) | (digit << digit_shift(resolution));
}
Cell with_resolution(Cell cell, int resolution) {
  return (cell & ~(std::uint64_t{15} << resolution_at)) |
         (static_cast<std::uint64_t>(resolution) << resolution_at);
}
int base_of(Cell cell) {
  return static_cast<int>((cell >> base_at) & 127);
}

// Digits by direction and the other way round. The middle child lies in no direction.
constexpr int middle_child = -1;
constexpr std::array<std::uint64_t, 6> digits = {4, 6, 2, 3, 1, 5};
constexpr std::array<int, 7> directions = {middle_child, 4, 2, 3, 0, 5, 1};

// Five faces meet at a pentagon, where a plane has room for six: seen from its home face, in whose
// middle direction 3 lies, what would lie in direction 4 is not there. So these are the directions
// of the children in the middles of its faces, counterclockwise from the home.
constexpr std::array<int, 5> sector_directions = {3, 5, 0, 1, 2};
constexpr int sector_of_direction(int direction) {
  int sector = 0;
  while (sector_directions[static_cast<std::size_t>(sector)] != direction) ++sector;
  return sector;
}
constexpr int towards_middle = 3;  // from the first corner to the middle of a face
// A place on the border of two faces is taken for the one that comes first in this order, which
// decides where a border of a cell begins.
constexpr std::array<int, 5> sector_ranks = {0, 1, 3, 2, 1};

// Where a cell's middle lies. A direction of the face plus `turn` is one of the cell's own, in
// which its digits are counted.
struct Located {
  Place place;
  int turn = 0;

  void cross(int corner) {
    turn -= crossing(place.face, corner).turn;
    place = crossed(place, corner);
  }
  void step(int direction) {
    place.at = place.at + unit(direction - turn);
    const int corner = outside(place);
    if (corner != no_corner) cross(corner);
  }
};

Point corner_at(int corner, int resolution) {
  return 2 * (unit(2 * corner) * scale(resolution));
}

std::optional<int> leading_direction(Cell cell) {
  for (int next = 1; next <= resolution_of(cell); ++next)
    if (const int digit = digit_of(cell, next); digit != 0)
      return directions[static_cast<std::size_t>(digit)];
  return std::nullopt;
}

// On the home of its base cell, or beyond an edge of that.
Located locate(Cell cell) {
  const BaseCell& base = base_cell(base_of(cell));
  Located made{.place = base.home, .turn = 0};
  const auto leading = leading_direction(cell);
  if (base.is_pentagon && leading) {
    const int sector = sector_of_direction(*leading);
    const auto [face, corner] = base.sectors[static_cast<std::size_t>(sector)];
    made.place = {.face = face, .resolution = 0, .at = corner_at(corner, 0)};
    made.turn = *leading - towards_middle - 2 * corner;
  }
  for (int next = 1; next <= resolution_of(cell); ++next) {
    made.place.at = made.place.at * finer(next);
    const int direction = directions[static_cast<std::size_t>(digit_of(cell, next))];
    if (direction != middle_child) made.place.at = made.place.at + unit(direction - made.turn);
  }
  made.place.resolution = resolution_of(cell);
  const int corner = outside(made.place);
  if (corner != no_corner) made.cross(corner);
  if (!base.is_pentagon || !leading) return made;
  const int edge = on_edge(made.place);
  if (edge == no_corner) return made;
  const auto rank = [&](int face) {
    const auto sector = std::ranges::find(base.sectors, face, &BaseCell::Sector::face);
    return sector_ranks[static_cast<std::size_t>(sector - base.sectors.begin())];
  };
  if (rank(crossing(made.place.face, edge).face) < rank(made.place.face)) made.cross(edge);
  return made;
}

// From a point to the one it is a child of. In whole numbers of this kind what is left over after
// the division by `finer` is one of seven: with a third of a turn taken for 4, or for 2 where it
// turns the other way, the point itself modulo 7.
int child_direction(const Point& at, int resolution) {
  const std::int64_t third = resolution % 2 == 0 ? 4 : 2;
  const std::int64_t left = ((at.a + third * at.b) % 7 + 7) % 7;
  if (left == 0) return middle_child;
  int direction = 0;
  while (((unit(direction).a + third * unit(direction).b) % 7 + 7) % 7 != left) ++direction;
  return direction;
}
Point coarser(const Point& at, int resolution) {
  // The number that gives 7 times with the finer one is that of the other kind of resolution.
  const Point seven_times = at * finer(resolution + 1);
  return {seven_times.a / 7, seven_times.b / 7};
}

Cell cell_of(Place place) {
  const int resolution = place.resolution;
  if (const int corner = outside(place); corner != no_corner) place = crossed(place, corner);
  std::array<int, resolution_max + 1> path{};
  int leading = middle_child;
  for (int next = resolution; next >= 1; --next) {
    const int direction = child_direction(place.at, next);
    path[static_cast<std::size_t>(next)] = direction;
    if (direction != middle_child) {
      leading = direction;
      place.at = place.at - unit(direction);
    }
    place.at = coarser(place.at, next);
  }
  const BaseOnFace& found = base_on_face(place.face, place.at);
  const BaseCell& base = base_cell(found.base);
  int turn = found.turn;
  if (base.is_pentagon && leading != middle_child) {
    const int corner = base.sectors[static_cast<std::size_t>(found.sector)].corner;
    // The child that it descends from lies in the middle of this face, or of one beside it.
    const int beside = sixths(leading - 2 * corner) - towards_middle;
    const int sector = (found.sector + beside + 5) % 5;
    turn = sector_directions[static_cast<std::size_t>(sector)] - leading;
  }
  Cell cell = with_resolution(base_cell_at(found.base), resolution);
  for (int next = 1; next <= resolution; ++next) {
    const int direction = path[static_cast<std::size_t>(next)];
    cell = with_digit(
        cell, next,
        direction == middle_child ? 0 : digits[static_cast<std::size_t>(sixths(direction + turn))]);
  }
  return cell;
}

// The corner between two directions is a third of their sum.
Third corner_between(const Place& middle, int direction) {
  return {.face = middle.face,
          .resolution = middle.resolution,
          .thrice = 3 * middle.at + unit(direction) + unit(direction + 1)};
}
void add_side(Path& border, const Third& from, const Third& to) {
  border.push_back(on_sphere(from));
  for (int corner = 0; corner < 3; ++corner) {
    const std::int64_t before = beyond(from, corner), after = beyond(to, corner);
    if ((before < 0 && after > 0) || (before > 0 && after < 0))
      border.push_back(meeting_of(from, to, corner));
  }
}

// Each ring is walked around from the end of its first direction on. Where that meets a pentagon,
// around which there is less room, it says nothing.
std::optional<std::vector<std::vector<Cell>>> walk_rings(Cell cell, int distance) {
  std::vector<std::vector<Cell>> rings = {{cell}};
  if (is_pentagon(cell)) return std::nullopt;
  Located at = locate(cell);
  for (int ring = 1; ring <= distance; ++ring) {
    at.step(0);
    std::vector<Cell> around;
    for (int direction = 2; direction < 8; ++direction)
      for (int i = 0; i < ring; ++i) {
        at.step(direction);
        around.push_back(cell_of(at.place));
        if (is_pentagon(around.back())) return std::nullopt;
      }
    rings.push_back(std::move(around));
  }
  return rings;
}

}  // namespace

std::optional<Cell> read_cell(std::string_view token) {
  if (token.empty() || token.size() > 16) return std::nullopt;
  Cell cell = 0;
  for (const char c : token) {
    const int lower = c >= 'A' && c <= 'F' ? c | 32 : c;
    const int value = lower >= '0' && lower <= '9'   ? lower - '0'
                      : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                     : -1;
    if (value < 0) return std::nullopt;
    cell = cell << 4 | static_cast<Cell>(value);
  }
  constexpr Cell kind = ~((Cell{1} << (resolution_at + 4)) - 1);
  if ((cell & kind) != Cell{1} << mode_at || base_of(cell) >= base_cells) return std::nullopt;
  for (int next = 1; next <= resolution_max; ++next)
    if ((digit_of(cell, next) == no_digit) != (next > resolution_of(cell))) return std::nullopt;
  const auto leading = leading_direction(cell);
  if (leading == directions[missing_child] && base_cell(base_of(cell)).is_pentagon)
    return std::nullopt;
  return cell;
}
std::string token_of(Cell cell) {
  return fmt::format("{:x}", cell);
}
int resolution_of(Cell cell) {
  return static_cast<int>((cell >> resolution_at) & 15);
}
bool is_pentagon(Cell cell) {
  return base_cell(base_of(cell)).is_pentagon && !leading_direction(cell);
}

Cell base_cell_at(int number) {
  return (Cell{1} << mode_at) | (static_cast<Cell>(number) << base_at) | ((Cell{1} << base_at) - 1);
}
Cell cell_at(const Direction& place, int resolution) {
  return cell_of(nearest_place(place, resolution));
}
Direction middle_of(Cell cell) {
  return on_sphere(locate(cell).place);
}
Path border_of(Cell cell) {
  Path border;
  const Place place = locate(cell).place;
  if (is_pentagon(cell)) {
    // One corner on each face, or on the border with the face before it: from the one opposite the
    // home on.
    for (int corner = 0; corner < 5; ++corner) {
      const auto [face, at] =
          base_cell(base_of(cell)).sectors[static_cast<std::size_t>((corner + 3) % 5)];
      const Place here{
          .face = face, .resolution = place.resolution, .at = corner_at(at, place.resolution)};
      const int first = towards_middle - 1 + 2 * at;
      add_side(border, corner_between(here, first), corner_between(here, first + 1));
    }
  } else {
    for (int corner = 0; corner < 6; ++corner)
      add_side(border, corner_between(place, corner), corner_between(place, corner + 1));
  }
  border.push_back(border.front());
  return border;
}

Cell parent_of(Cell cell, int resolution) {
  for (int next = resolution + 1; next <= resolution_of(cell); ++next)
    cell = with_digit(cell, next, no_digit);
  return with_resolution(cell, resolution);
}
std::vector<Cell> children_of(Cell cell, int resolution) {
  std::vector<Cell> cells = {cell};
  for (int next = resolution_of(cell) + 1; next <= resolution; ++next) {
    std::vector<Cell> finer;
    finer.reserve(cells.size() * 7);
    for (const Cell parent : cells)
      for (std::uint64_t digit = 0; digit < no_digit; ++digit)
        if (digit != missing_child || !is_pentagon(parent))
          finer.push_back(with_digit(with_resolution(parent, next), next, digit));
    cells = std::move(finer);
  }
  return cells;
}
std::vector<Cell> neighbors_of(Cell cell) {
  std::vector<Cell> cells;
  if (is_pentagon(cell)) {
    for (const auto& [face, corner] : base_cell(base_of(cell)).sectors) {
      const int resolution = resolution_of(cell);
      cells.push_back(
          cell_of({.face = face,
                   .resolution = resolution,
                   .at = corner_at(corner, resolution) + unit(towards_middle + 2 * corner)}));
    }
    return cells;
  }
  for (int direction = 1; direction < 7; ++direction) {
    Located at = locate(cell);
    at.step(direction);
    cells.push_back(cell_of(at.place));
  }
  return cells;
}
base::Result<std::vector<std::vector<Cell>>> rings_of(Cell cell, int distance,
                                                      const std::atomic<bool>* stop) {
  if (auto walked = walk_rings(cell, distance)) return std::move(*walked);
  std::vector<std::vector<Cell>> rings = {{cell}};
  std::unordered_set<Cell> seen = {cell};
  for (int ring = 1; ring <= distance; ++ring) {
    if (stop != nullptr && *stop)
      return base::failure(base::ErrorCode::cancelled, "the walk around a cell was stopped");
    std::vector<Cell> around;
    for (const Cell inner : rings.back())
      for (const Cell next : neighbors_of(inner))
        if (seen.insert(next).second) around.push_back(next);
    rings.push_back(std::move(around));
  }
  return rings;
}

}  // namespace vedette::kql::functions::h3
