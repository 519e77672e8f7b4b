// evaluate geo_line_lookup and geo_polygon_lookup: rows of a table whose shape a place lies on.
#include <utility>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// evaluate geo_line_lookup(Table, Line, Longitude, Latitude, Radius [, return_unmatched]
//   [, lookup_area_radius] [, return_lookup_key]); a polygon needs no radius.
Checked<Relation> Binder::geo_lookup(const Expression& call, Relation input) {
  const bool is_line = call.text == "geo_line_lookup";
  const std::size_t least = is_line ? 5 : 4;
  if (call.children.size() < least || call.children.size() > 8)
    return refuse("KQL203", call.span,
                  fmt::format("{}(Table, {}, Longitude, Latitude, {})", call.text,
                              is_line ? "Line" : "Polygon", is_line ? "Radius" : "[Radius]"));
  const Relation right = VEDETTE_TRY(relation(*call.children[0]));
  const Expression& key = *call.children[1];
  if (key.kind != ExpressionKind::name)
    return refuse("KQL208", key.span,
                  fmt::format("{} takes a column of the table here", call.text));
  const plan::Column* shape =
      VEDETTE_TRY(find_column(right.columns, key.text, key.span, right.open));
  if (shape->type != Type::dynamic)
    return refuse("KQL208", key.span, fmt::format("{} takes a dynamic column", call.text));
  Arguments values;
  for (std::size_t i = 2; i < 4; ++i) {
    Bound degrees = VEDETTE_TRY(scalar_in(input, *call.children[i]));
    values.push_back(
        VEDETTE_TRY(convert(std::move(degrees), Type::real, call.children[i]->span, call.text)));
  }
  values.push_back(plan::make_column(*shape));
  bool unmatched = false, with_key = false;
  std::size_t flags = 0;
  for (std::size_t i = 4; i < call.children.size(); ++i) {
    const Expression& child = *call.children[i];
    const bool named = child.kind == ExpressionKind::named;
    const Expression& given = named ? *child.children.front() : child;
    Bound value = VEDETTE_TRY(scalar(given, {}));
    const bool is_flag = value->type == Type::boolean;
    const std::string name = named           ? child.text
                             : !is_flag      ? (i == 4 ? "radius" : "lookup_area_radius")
                             : flags++ == 0U ? "return_unmatched"
                                             : "return_lookup_key";
    const bool wants_flag = name == "return_unmatched" || name == "return_lookup_key";
    if ((!wants_flag && name != "radius" && name != "lookup_area_radius") || is_flag != wants_flag)
      return refuse("KQL208", child.span,
                    fmt::format("{} takes radius, return_unmatched, lookup_area_radius and "
                                "return_lookup_key here",
                                call.text));
    if (name == "return_unmatched") unmatched = value->constant.boolean;
    if (name == "return_lookup_key") with_key = value->constant.boolean;
    if (name == "radius")  // the other one is how Microsoft's may go about it
      values.push_back(VEDETTE_TRY(convert(std::move(value), Type::real, given.span, call.text)));
  }
  if (is_line && values.size() < 4)
    return refuse("KQL203", call.span, "geo_line_lookup takes a radius");
  plan::JoinNode node;
  node.condition = make_internal(is_line             ? "place_near_line"
                                 : values.size() > 3 ? "place_near_polygon"
                                                     : "place_in_polygon",
                                 Type::boolean, values);
  node.kind = unmatched ? plan::JoinKind::left_outer : plan::JoinKind::inner;
  node.left = input.node;
  node.right = right.node;
  return looked_up(input, right, std::move(node), with_key ? std::string_view{} : key.text);
}

}  // namespace vedette::kql::bind
