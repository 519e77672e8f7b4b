#include "kql/plan/time_bounds.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "kql/functions/function.h"

namespace vedette::kql::plan {

namespace {

std::optional<std::int64_t> ticks_of(const Expression& expression) {
  if (expression.kind != ExpressionKind::constant || expression.type != Type::datetime ||
      expression.constant.is_null)
    return std::nullopt;
  return expression.constant.integer;
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

// `value`, which is called `above` in the rows above, is a column below with the same bounds.
void take_over(ColumnTimes& lower, const Expression& value, const ColumnTimes& times,
               ColumnId above) {
  if (value.kind != ExpressionKind::column) return;
  const auto known = times.find(above);
  if (known == times.end()) return;
  TimeBounds& bounds = lower[value.column];
  bounds.least = std::max(bounds.least, known->second.least);
  bounds.greatest = std::min(bounds.greatest, known->second.greatest);
}

bool looks_at_other_rows(const ProjectNode& project) {
  return std::ranges::any_of(project.items,
                             [](const Assignment& item) { return contains_window(*item.second); });
}

}  // namespace

void narrow(ColumnTimes& times, const Expression& predicate) {
  if (predicate.kind == ExpressionKind::all_of) {
    for (const ExpressionPtr& part : predicate.arguments) narrow(times, *part);
    return;
  }
  if (predicate.kind != ExpressionKind::call || predicate.function == nullptr) return;
  const std::string_view name = predicate.function->name;
  const auto& arguments = predicate.arguments;
  const auto bound = [&](const Expression& column, std::string_view relation,
                         const Expression& value) {
    const auto ticks = ticks_of(value);
    if (ticks && column.kind == ExpressionKind::column)
      narrow(times[column.column], relation, *ticks);
  };
  if (name == "between" && arguments.size() == 3) {
    bound(*arguments[0], "greater_or_equal", *arguments[1]);
    bound(*arguments[0], "less_or_equal", *arguments[2]);
  } else if (arguments.size() == 2) {
    bound(*arguments[0], name, *arguments[1]);
    bound(*arguments[1], mirrored(name), *arguments[0]);
  }
}

ColumnTimes below(const ProjectNode& project, const ColumnTimes& times) {
  ColumnTimes lower;
  if (times.empty() || looks_at_other_rows(project)) return lower;
  for (const auto& [above, value] : project.items) take_over(lower, *value, times, above);
  return lower;
}

ColumnTimes below(const UnionNode::Branch& branch, const ColumnTimes& times) {
  ColumnTimes lower;
  for (const auto& [above, value] : branch.values) take_over(lower, *value, times, above);
  return lower;
}

TimeBounds bounds_of(const ScanNode& scan, const ColumnTimes& times) {
  for (const auto& [id, name] : scan.columns)
    if (const auto known = times.find(id); name == "TimeGenerated" && known != times.end())
      return known->second;
  return {};
}

}  // namespace vedette::kql::plan
