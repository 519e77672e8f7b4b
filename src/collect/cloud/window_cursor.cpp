#include "collect/cloud/window_cursor.h"

#include <algorithm>

#include "base/json.h"

namespace vedette::collect::cloud {
namespace {

using base::Duration;
using base::Timestamp;

constexpr std::size_t holes_max =
    16;  // then the two nearest become one, and their space is read too

std::optional<Timestamp> time_in(const base::Json& value) {
  const auto* text = value.as_string();
  return text == nullptr ? std::nullopt : base::parse_iso(*text);
}

}  // namespace

void WindowCursor::add_hole(const Window& hole) {
  if (hole.from >= hole.to) return;
  holes.push_back(hole);
  std::ranges::sort(holes, std::ranges::greater(), &Window::to);
  std::vector<Window> apart;
  for (const Window& each : holes) {
    if (!apart.empty() && each.to >= apart.back().from)
      apart.back().from = std::min(apart.back().from, each.from);
    else
      apart.push_back(each);
  }
  while (apart.size() > holes_max) {
    apart[apart.size() - 2].from = apart.back().from;
    apart.pop_back();
  }
  holes = std::move(apart);
}

std::optional<Window> WindowCursor::next_back_window(Duration length) const {
  if (holes.empty()) return std::nullopt;
  const Window& newest = holes.front();
  return Window{std::max(newest.from, newest.to - length), newest.to};
}

void WindowCursor::close_back_window(const Window& window) {
  for (auto hole = holes.begin(); hole != holes.end(); ++hole) {
    if (window.to < hole->to || window.from >= hole->to) continue;
    hole->to = window.from;
    if (hole->from >= hole->to) holes.erase(hole);
    return;
  }
}

void WindowCursor::nothing_before(Timestamp time) {
  for (Window& hole : holes) hole.from = std::max(hole.from, time);
  std::erase_if(holes, [](const Window& hole) { return hole.from >= hole.to; });
}

Duration WindowCursor::left() const {
  Duration sum;
  for (const Window& hole : holes) sum = sum + (hole.to - hole.from);
  return sum;
}

std::string format_cursor(const WindowCursor& cursor) {
  base::JsonWriter out;
  out.begin_object().key("v").number(std::int64_t{1});
  out.member("until", base::format_iso(cursor.until));
  out.member("swept", base::format_iso(cursor.swept));
  out.key("overlap_s").number(cursor.overlap.whole_seconds());
  out.key("holes").begin_array();
  for (const Window& hole : cursor.holes)
    out.begin_array()
        .string(base::format_iso(hole.from))
        .string(base::format_iso(hole.to))
        .end_array();
  out.end_array().end_object();
  return out.take();
}

std::optional<WindowCursor> parse_cursor(std::string_view text) {
  const auto parsed = base::parse_json(text);
  if (!parsed) return std::nullopt;
  const auto* version = (*parsed)["v"].as_integer();
  const auto until = time_in((*parsed)["until"]), swept = time_in((*parsed)["swept"]);
  const auto* overlap = (*parsed)["overlap_s"].as_integer();
  const auto* holes = (*parsed)["holes"].as_array();
  if (version == nullptr || *version != 1 || !until || !swept || overlap == nullptr ||
      holes == nullptr || holes->size() > holes_max)
    return std::nullopt;
  WindowCursor cursor;
  cursor.until = *until;
  cursor.swept = *swept;
  cursor.overlap = Duration::seconds(*overlap);
  for (const base::Json& each : *holes) {
    const auto* ends = each.as_array();
    if (ends == nullptr || ends->size() != 2) return std::nullopt;
    const auto from = time_in((*ends)[0]), to = time_in((*ends)[1]);
    if (!from || !to) return std::nullopt;
    cursor.add_hole({*from, *to});
  }
  return cursor;
}

}  // namespace vedette::collect::cloud
