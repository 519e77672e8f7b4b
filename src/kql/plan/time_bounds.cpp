#include "kql/plan/time_bounds.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "kql/functions/function.h"

namespace vedette::kql::plan {

namespace {

std::optional<std::int64_t> ticks_of(const Expression& expression) {
  if (expression.kind != ExpressionKind::constant || expression.type != Type::datetime ||
      expression.constant.is_null)
    return std::nullopt;
  return expression.constant.integer;
}

bool is_column(const Expression& expression, ColumnId id) {
  return expression.kind == ExpressionKind::column && expression.column == id;
}

// `column` <name> `ticks`. A bound that is not reached is taken for reached: it costs nothing.
void narrow(TimeBounds& bounds, std::string_view name, std::int64_t ticks) {
  if (name == "greater" || name == "greater_or_equal") bounds.least = std::max(bounds.least, ticks);
  if (name == "less" || name == "less_or_equal") bounds.greatest = std::min(bounds.greatest, ticks);
}

std::string_view mirrored(std::string_view name) {
  if (name == "greater") return "less";
  if (name == "greater_or_equal") return "less_or_equal";
  if (name == "less") return "greater";
  if (name == "less_or_equal") return "greater_or_equal";
  return {};
}

void narrow(TimeBounds& bounds, const Expression& predicate, ColumnId id) {
  if (predicate.kind == ExpressionKind::all_of) {
    for (const ExpressionPtr& part : predicate.arguments) narrow(bounds, *part, id);
    return;
  }
  if (predicate.kind != ExpressionKind::call || predicate.function == nullptr) return;
  const std::string_view name = predicate.function->name;
  const auto& arguments = predicate.arguments;
  if (name == "between" && arguments.size() == 3 && is_column(*arguments[0], id)) {
    if (const auto low = ticks_of(*arguments[1])) narrow(bounds, "greater_or_equal", *low);
    if (const auto high = ticks_of(*arguments[2])) narrow(bounds, "less_or_equal", *high);
  }
  if (arguments.size() != 2) return;
  if (const auto ticks = ticks_of(*arguments[1]); ticks && is_column(*arguments[0], id))
    narrow(bounds, name, *ticks);
  if (const auto ticks = ticks_of(*arguments[0]); ticks && is_column(*arguments[1], id))
    narrow(bounds, mirrored(name), *ticks);
}

std::optional<ColumnId> time_column(const ScanNode& scan) {
  for (const auto& [id, name] : scan.columns)
    if (name == "TimeGenerated") return id;
  return std::nullopt;
}

// What `id` of the input is called above the projection.
std::optional<ColumnId> carried(const ProjectNode& project, ColumnId id) {
  for (const auto& [above, value] : project.items)
    if (is_column(*value, id)) return above;
  return std::nullopt;
}

bool looks_at_other_rows(const ProjectNode& project) {
  return std::ranges::any_of(project.items,
                             [](const Assignment& item) { return contains_window(*item.second); });
}

}  // namespace

BoundedScan bounds_of(const FilterNode& filter) {
  std::vector<const ProjectNode*> projections;
  const Node* at = filter.input.get();
  while (true) {
    if (const auto* below = std::get_if<FilterNode>(&at->body)) {
      at = below->input.get();
    } else if (const auto* project = std::get_if<ProjectNode>(&at->body);
               project != nullptr && !looks_at_other_rows(*project)) {
      projections.push_back(project);
      at = project->input.get();
    } else {
      break;
    }
  }
  const auto* scan = std::get_if<ScanNode>(&at->body);
  if (scan == nullptr) return {};
  std::optional<ColumnId> id = time_column(*scan);
  for (auto project = projections.rbegin(); id && project != projections.rend(); ++project)
    id = carried(**project, *id);
  BoundedScan bounded;
  if (!id) return bounded;
  narrow(bounded.bounds, *filter.predicate, *id);
  if (bounded.bounds != TimeBounds{}) bounded.scan = scan;
  return bounded;
}

}  // namespace vedette::kql::plan
