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

// The axis: what it is made of, where it begins, how far its points are apart, how many there are.
struct Binder::SeriesAxis {
  std::string name;
  Type type = Type::int64;
  Bound from, step, count;
  plan::Column place;  // where on the axis a row belongs
};

// Rows off the axis are left out; the others get their place on it.
Checked<Binder::SeriesAxis> Binder::series_axis(const syntax::Operator& op,
                                                const syntax::MakeSeriesOperator& body,
                                                Relation& input) {
  const bool named = body.on->kind == ExpressionKind::named;
  const Expression& expression = named ? *body.on->children.front() : *body.on;
  SeriesAxis axis;
  axis.name = named ? body.on->text : result_name(expression, row_of(input));
  Bound value = VEDETTE_TRY(scalar_in(input, expression));
  if (value->type == Type::int32) value = must_convert(value, Type::int64);
  if (!is_summable(value->type))
    return refuse("KQL208", expression.span, "the axis must be a number, datetime or timespan");
  axis.type = value->type;
  const plan::Column column = fresh({}, axis.type);
  std::vector<plan::Assignment> one;
  one.emplace_back(column.id, value);
  input = shared(share(compute(std::move(input), std::move(one))));
  const plan::Column point = input.extra.back();

  const bool real = axis.type == Type::real;
  const Type step_type = axis.type == Type::datetime ? Type::timespan : axis.type;
  const Bound step = VEDETTE_TRY(scalar(*body.step, {}));
  axis.step = VEDETTE_TRY(convert(step, step_type, body.step->span, "step"));
  Bound from = body.from ? VEDETTE_TRY(scalar(*body.from, {}))
                         : axis_bound(input, point.id, axis.type, false);
  from = VEDETTE_TRY(convert(std::move(from), axis.type, op.span, "from"));
  if (!body.from || body.in_range)
    from = make_internal(real ? "bin_real" : "bin_long", axis.type, {from, axis.step});
  axis.from = from;
  Bound to =
      body.to ? VEDETTE_TRY(scalar(*body.to, {})) : axis_bound(input, point.id, axis.type, true);
  to = VEDETTE_TRY(convert(std::move(to), axis.type, op.span, "to"));
  axis.count =
      make_internal(real ? "series_count_real" : "series_count", Type::int64,
                    {from, to, axis.step,
                     plan::make_constant(Constant::of(body.to == nullptr || body.in_range))});
  axis.place = fresh({}, Type::int64);
  one.clear();
  one.emplace_back(axis.place.id,
                   make_internal(real ? "series_place_real" : "series_place", Type::int64,
                                 {plan::make_column(point), from, axis.step}));
  input = compute(std::move(input), std::move(one));
  const Bound last = make_internal("subtract", Type::int64, {axis.count, long_constant(1)});
  input = filter(std::move(input),
                 make_internal("between", Type::boolean,
                               {plan::make_column(axis.place), long_constant(0), last}));
  return axis;
}

// One aggregate: a cell for each key and place, then the cells of a key as one array.
Checked<Binder::Item> Binder::series_cells(const syntax::SeriesAggregate& aggregate,
                                           Relation& input, const SeriesAxis& axis,
                                           plan::AggregateNode& cells,
                                           plan::AggregateNode& series) {
  const bool named = aggregate.value->kind == ExpressionKind::named;
  const Expression& value = named ? *aggregate.value->children.front() : *aggregate.value;
  const Bound bound = VEDETTE_TRY(aggregate_value(input, value));
  Bound otherwise = aggregate.default_value ? VEDETTE_TRY(scalar(*aggregate.default_value, {}))
                                            : long_constant(0);
  const bool empty =
      otherwise->kind == plan::ExpressionKind::constant && otherwise->constant.is_null;
  if (is_number(otherwise->type) && bound->type == Type::real)
    otherwise = must_convert(otherwise, Type::real);
  otherwise = empty ? plan::make_constant(Constant::of_text(Type::dynamic, "null"))
                    : must_convert(otherwise, Type::dynamic);
  const plan::Column cell = fresh({}, bound->type);
  cells.aggregates.emplace_back(cell.id, bound);
  const plan::Column whole = fresh({}, Type::dynamic);
  const Bound json = must_convert(plan::make_column(cell), Type::dynamic);
  series.aggregates.emplace_back(
      whole.id,
      make_aggregate("series_fill", Type::dynamic,
                     {plan::make_column(axis.place), json, axis.count, otherwise}, input));
  Row row = row_of(input);
  row.aggregates = true;
  Item item;
  item.name = named ? aggregate.value->text : result_name(value, row);
  if (item.name.empty()) item.name = fmt::format("Column{}", default_names_++);
  item.value = plan::make_column(whole);
  return item;
}

Checked<Relation> Binder::on_make_series(const syntax::Operator& op,
                                         const syntax::MakeSeriesOperator& body, Relation input) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "nonempty")
    return refuse_unsupported(op.span, "kind of make-series", kind);
  const SeriesAxis axis = VEDETTE_TRY(series_axis(op, body, input));
  ColumnList list;
  plan::AggregateNode cells, series;
  for (const auto& expression : body.keys)
    for (Item& item : VEDETTE_TRY(items(input, *expression, false, 0))) {
      const plan::Column column = fresh(item.name, item.value->type);
      cells.keys.emplace_back(column.id, item.value);
      series.keys.emplace_back(column.id, plan::make_column(column));
      list.add(column, plan::make_column(column), false);
    }
  cells.keys.emplace_back(axis.place.id, plan::make_column(axis.place));
  for (const syntax::SeriesAggregate& aggregate : body.aggregates) {
    const Item item = VEDETTE_TRY(series_cells(aggregate, input, axis, cells, series));
    list.add({0, item.name, Type::dynamic, false}, item.value, false);
  }
  const bool real = axis.type == Type::real;
  const Type unit = real ? Type::real : Type::int64;
  list.add({0, axis.name.empty() ? fmt::format("Column{}", default_names_++) : axis.name,
            Type::dynamic, false},
           make_internal(real ? "series_axis_real" : "series_axis", Type::dynamic,
                         {must_convert(axis.from, unit), must_convert(axis.step, unit), axis.count,
                          text_constant(std::string(name_of(axis.type)))}),
           false);
  cells.input = input.node;
  series.input = plan::make_node(std::move(cells));
  const plan::Column rows = fresh({}, Type::int64);
  series.aggregates.emplace_back(rows.id, count_of_rows());
  Relation grouped;
  grouped.node = plan::make_node(std::move(series));
  if (body.keys.empty() && kind.empty())  // nothing in, nothing out
    grouped = filter(
        std::move(grouped),
        make_internal("greater", Type::boolean, {plan::make_column(rows), long_constant(0)}));
  return finish(std::move(grouped), std::move(list));
}

}  // namespace vedette::kql::bind
