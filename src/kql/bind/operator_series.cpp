// make-series: aggregates over a regular axis, as arrays.
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// The first or last value of the axis over all rows, when `from` or `to` is left out.
Binder::Bound Binder::axis_bound(const Relation& rows, plan::ColumnId axis, Type type, bool last) {
  const plan::Column column = fresh({}, type);
  auto bound = std::make_shared<plan::Expression>();
  bound->kind = plan::ExpressionKind::aggregate;
  bound->type = type;
  bound->function = functions::find(last ? "max" : "min", functions::Use::aggregate).front();
  bound->arguments.push_back(plan::make_column({axis, {}, type, false}));
  plan::AggregateNode node;
  node.input = rows.node;
  node.aggregates.emplace_back(column.id, bound);
  auto whole = std::make_shared<plan::Expression>();
  whole->kind = plan::ExpressionKind::scalar_subquery;
  whole->type = type;
  whole->column = column.id;
  whole->node = plan::make_node(std::move(node));
  return whole;
}

Checked<Relation> Binder::on_make_series(const syntax::Operator& op, const syntax::MakeSeriesOperator& body, Relation input) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "nonempty") return refuse_unsupported(op.span, "kind of make-series", kind);
  const bool axis_named = body.on->kind == ExpressionKind::named;
  const Expression& axis_expression = axis_named ? *body.on->children.front() : *body.on;
  const std::string axis_name = axis_named ? body.on->text : result_name(axis_expression, row_of(input));
  Bound axis = VEDETTE_TRY(scalar_in(input, axis_expression));
  if (axis->type == Type::int32) axis = must_convert(axis, Type::int64);
  if (!is_summable(axis->type)) return refuse("KQL208", axis_expression.span, "the axis must be a number, datetime or timespan");
  const Type type = axis->type;
  const plan::Column axis_column = fresh({}, type);
  std::vector<plan::Assignment> one;
  one.emplace_back(axis_column.id, axis);
  input = compute(std::move(input), std::move(one));
  input = shared(share(std::move(input)));
  const plan::Column shared_axis = input.extra.back();

  const Bound step_bound = VEDETTE_TRY(scalar(*body.step, {}));
  const Type step_type = type == Type::datetime ? Type::timespan : type;
  Bound step = VEDETTE_TRY(convert(step_bound, step_type, body.step->span, "step"));
  Bound from = body.from ? VEDETTE_TRY(scalar(*body.from, {})) : axis_bound(input, shared_axis.id, type, false);
  from = VEDETTE_TRY(convert(std::move(from), type, op.span, "from"));
  const bool real = type == Type::real;
  if (!body.from) from = make_internal(real ? "bin_real" : "bin_long", type, {from, step});
  Bound to = body.to ? VEDETTE_TRY(scalar(*body.to, {})) : axis_bound(input, shared_axis.id, type, true);
  to = VEDETTE_TRY(convert(std::move(to), type, op.span, "to"));
  const Bound count = make_internal(real ? "series_count_real" : "series_count", Type::int64,
                                    {from, to, step, plan::make_constant(Constant::of(body.to == nullptr))});
  const Bound place = make_internal(real ? "series_place_real" : "series_place", Type::int64,
                                    {plan::make_column(shared_axis), from, step});

  // First one row for each key and place on the axis, then one row for each key.
  const plan::Column place_column = fresh({}, Type::int64);
  one.clear();
  one.emplace_back(place_column.id, place);
  input = compute(std::move(input), std::move(one));
  input = filter(std::move(input), make_internal("between", Type::boolean,
                                                 {plan::make_column(place_column), long_constant(0),
                                                  make_internal("subtract", Type::int64, {count, long_constant(1)})}));
  ColumnList list;
  plan::AggregateNode cells, series;
  for (const auto& expression : body.keys)
    for (Item& item : VEDETTE_TRY(items(input, *expression, false, 0))) {
      plan::Column column = fresh(item.name, item.value->type);
      cells.keys.emplace_back(column.id, item.value);
      series.keys.emplace_back(column.id, plan::make_column(column));
      list.add(column, plan::make_column(column), false);
    }
  cells.keys.emplace_back(place_column.id, plan::make_column(place_column));
  for (const syntax::SeriesAggregate& aggregate : body.aggregates) {
    const bool named = aggregate.value->kind == ExpressionKind::named;
    const Expression& value = named ? *aggregate.value->children.front() : *aggregate.value;
    Bound bound = VEDETTE_TRY(aggregate_value(input, value));
    Bound otherwise = aggregate.default_value ? VEDETTE_TRY(scalar(*aggregate.default_value, {})) : long_constant(0);
    const bool empty = otherwise->kind == plan::ExpressionKind::constant && otherwise->constant.is_null;
    if (is_number(bound->type) && is_number(otherwise->type) && bound->type == Type::real)
      otherwise = must_convert(otherwise, Type::real);
    const plan::Column cell = fresh({}, bound->type);
    cells.aggregates.emplace_back(cell.id, bound);
    const plan::Column whole = fresh({}, Type::dynamic);
    series.aggregates.emplace_back(
        whole.id, make_aggregate("series_fill", Type::dynamic,
                                 {plan::make_column(place_column), must_convert(plan::make_column(cell), Type::dynamic), count,
                                  empty ? plan::make_constant(Constant::of_text(Type::dynamic, "null")) : must_convert(otherwise, Type::dynamic)},
                                 input));
    Row row = row_of(input);
    row.aggregates = true;
    std::string name = named ? aggregate.value->text : result_name(value, row);
    if (name.empty()) name = fmt::format("Column{}", default_names_++);
    list.add({0, std::move(name), Type::dynamic, false}, plan::make_column(whole), false);
  }
  list.add({0, axis_name.empty() ? fmt::format("Column{}", default_names_++) : axis_name, Type::dynamic, false},
           make_internal(real ? "series_axis_real" : "series_axis", Type::dynamic,
                         {must_convert(from, real ? Type::real : Type::int64), must_convert(step, real ? Type::real : Type::int64), count,
                          text_constant(std::string(name_of(type)))}),
           false);
  cells.input = input.node;
  series.input = plan::make_node(std::move(cells));
  const plan::Column rows = fresh({}, Type::int64);
  auto counted = std::make_shared<plan::Expression>();
  counted->kind = plan::ExpressionKind::aggregate;
  counted->type = Type::int64;
  counted->function = functions::find("count", functions::Use::aggregate).front();
  series.aggregates.emplace_back(rows.id, counted);
  Relation grouped;
  grouped.node = plan::make_node(std::move(series));
  if (body.keys.empty() && kind.empty())  // nothing in, nothing out
    grouped = filter(std::move(grouped), make_internal("greater", Type::boolean, {plan::make_column(rows), long_constant(0)}));
  return finish(std::move(grouped), std::move(list));
}

}  // namespace vedette::kql::bind
