// The building blocks of operators: projections that keep what the order needs, filters, sorting.
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

plan::Column Binder::fresh(std::string name, Type type) {
  ++nodes_;
  return {next_column_++, std::move(name), type, false};
}

Relation Binder::unit() {
  Relation relation;
  relation.node = plan::make_node(plan::UnitNode{});
  relation.serialized = true;
  return relation;
}

std::vector<plan::Assignment> Binder::pass_through(const Columns& columns) {
  std::vector<plan::Assignment> items;
  items.reserve(columns.size());
  for (const plan::Column& column : columns)
    items.emplace_back(column.id, plan::make_column(column));
  return items;
}

// `columns` become the columns; of the others only what the order is made of stays, unnamed.
Relation Binder::project(Relation input, Columns columns, std::vector<plan::Assignment> items) {
  Columns extra;
  std::set<plan::ColumnId> there;
  for (const plan::Assignment& item : items) there.insert(item.first);
  for (const plan::SortKey& key : input.order) {
    const plan::ColumnId id = key.value->column;
    if (there.contains(id)) continue;
    there.insert(id);
    const plan::Column column{id, {}, key.value->type, false};
    items.emplace_back(id, plan::make_column(column));
    extra.push_back(column);
  }
  nodes_ += items.size();
  input.node = plan::make_node(plan::ProjectNode{input.node, std::move(items)});
  input.columns = std::move(columns);
  input.extra = std::move(extra);
  return input;
}

Relation Binder::compute(Relation input, std::vector<plan::Assignment> added) {
  std::vector<plan::Assignment> items = pass_through(input.columns);
  for (plan::Assignment& item : pass_through(input.extra)) items.push_back(std::move(item));
  for (plan::Assignment& item : added) {
    input.extra.push_back({item.first, {}, item.second->type, false});
    items.push_back(std::move(item));
  }
  nodes_ += items.size();
  input.node = plan::make_node(plan::ProjectNode{input.node, std::move(items)});
  return input;
}

Relation Binder::filter(Relation input, const Bound& predicate) {
  input.node = plan::make_node(plan::FilterNode{input.node, for_filter(predicate)});
  return input;
}

Relation Binder::limit(Relation input, Bound count) {
  input.node = plan::make_node(plan::LimitNode{input.node, std::move(count), input.order});
  return input;
}

Binder::Row Binder::row_of(const Relation& relation) const {
  Row row;
  row.columns = &relation.columns;
  row.order = &relation.order;
  row.serialized = relation.serialized || !relation.order.empty();
  row.open = relation.open;
  return row;
}

Checked<Binder::Bound> Binder::scalar_in(Relation& relation, const Expression& expression) {
  std::vector<plan::Assignment> hoisted;
  Row row = row_of(relation);
  row.hoisted = &hoisted;
  Bound value = VEDETTE_TRY(scalar(expression, row));
  for (plan::Assignment& item : hoisted) {
    if (item.second->kind == plan::ExpressionKind::window &&
        functions::first_name(*item.second->function) == "row_window_session") {
      Bound cells = make_internal("pack_list", Type::dynamic, item.second->arguments);
      relation = sequence(std::move(relation), "session_rows", std::move(cells), "");
      const Bound found = make_internal(
          "element", Type::dynamic, {plan::make_column(relation.extra.back()), long_constant(0)});
      item.second = from_raw_cell(found, Type::datetime);
    }
    std::vector<plan::Assignment> one;
    one.push_back(std::move(item));
    relation = compute(std::move(relation), std::move(one));
  }
  return value;
}

Checked<Relation> Binder::sorted(Relation input, const std::vector<syntax::SortKey>& keys) {
  std::vector<plan::SortKey> order;
  std::vector<plan::Assignment> computed;
  for (const syntax::SortKey& key : keys) {
    Bound value = VEDETTE_TRY(scalar_in(input, *key.value));
    if (value->kind == plan::ExpressionKind::constant) continue;
    plan::SortKey bound;
    bound.ascending = key.ascending.value_or(false);
    bound.nulls_first = key.nulls_first.value_or(bound.ascending);
    if (value->kind != plan::ExpressionKind::column) {
      const plan::Column column = fresh({}, value->type);
      computed.emplace_back(column.id, value);
      value = plan::make_column(column);
    }
    bound.value = std::move(value);
    order.push_back(std::move(bound));
  }
  if (!computed.empty()) input = compute(std::move(input), std::move(computed));
  // Equal rows keep the order they had.
  for (const plan::SortKey& key : input.order) order.push_back(key);
  input.order = std::move(order);
  return input;
}

std::vector<std::string> Binder::column_names(const Relation& relation) const {
  std::vector<std::string> names;
  for (const plan::Column& column : relation.columns)
    if (!column.hidden) names.push_back(column.name);
  return names;
}

Checked<const plan::Column*> Binder::find_column(const Columns& columns, std::string_view name,
                                                 Span span, bool open) const {
  for (const plan::Column& column : columns)
    if (column.name == name) return &column;
  std::vector<std::string_view> names;
  std::string hint;
  for (const plan::Column& column : columns) {
    if (column.hidden) continue;
    names.push_back(column.name);
    if (base::equals_ignoring_case(column.name, name))
      hint = fmt::format("did you mean '{}'? names keep their case", column.name);
  }
  if (hint.empty())
    if (const std::string_view near = base::nearest(name, names); !near.empty())
      hint = fmt::format("did you mean '{}'?", near);
  if (hint.empty() && open) hint = "the columns of this input depend on data";
  return refuse("KQL201", span,
                fmt::format("there is no column, variable or function '{}' here", name),
                std::move(hint));
}

Checked<std::int64_t> Binder::constant_integer(const Expression& expression,
                                               std::string_view what) {
  const Bound value = VEDETTE_TRY(scalar(expression, {}));
  if (value->kind != plan::ExpressionKind::constant || !is_integer(value->type) ||
      value->constant.is_null)
    return refuse("KQL204", expression.span,
                  fmt::format("{} must be a whole number known beforehand", what));
  return value->constant.integer;
}

Checked<std::string> Binder::constant_text(const Expression& expression, std::string_view what) {
  const Bound value = VEDETTE_TRY(scalar(expression, {}));
  if (value->kind != plan::ExpressionKind::constant || value->type != Type::string)
    return refuse("KQL204", expression.span,
                  fmt::format("{} must be a string known beforehand", what));
  return value->constant.text;
}

// In a filter null and false are the same, so comparisons need no care for null there.
Binder::Bound Binder::for_filter(const Bound& predicate) {
  using plan::ExpressionKind;
  if (predicate->kind == ExpressionKind::all_of || predicate->kind == ExpressionKind::any_of) {
    auto copy = std::make_shared<plan::Expression>(*predicate);
    for (Bound& part : copy->arguments) part = for_filter(part);
    return copy;
  }
  if (predicate->kind == ExpressionKind::in_list ||
      predicate->kind == ExpressionKind::in_subquery) {
    auto copy = std::make_shared<plan::Expression>(*predicate);
    copy->nullable = true;  // null stands for false: no need to turn one into the other
    return copy;
  }
  if (predicate->kind != ExpressionKind::call || predicate->function == nullptr) return predicate;
  const functions::Function& plain = functions::internal("equals");
  if (predicate->function != &functions::internal("equals_or_false") &&
      predicate->function != &functions::internal("equals_null_aware"))
    return predicate;
  auto copy = std::make_shared<plan::Expression>(*predicate);
  copy->function = &plain;
  return copy;
}

}  // namespace vedette::kql::bind
