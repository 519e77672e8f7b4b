// where, distinct, top, count, sample, getschema, as, invoke, range.
#include <array>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

Checked<Relation> Binder::on_where(const syntax::WhereOperator& op, Relation input) {
  Bound predicate = VEDETTE_TRY(scalar_in(input, *op.predicate));
  predicate =
      VEDETTE_TRY(convert(std::move(predicate), Type::boolean, op.predicate->span, "where"));
  if (plan::contains_window(*predicate)) {  // SQL filters before it looks at neighbours
    const plan::Column column = fresh({}, Type::boolean);
    std::vector<plan::Assignment> one;
    one.emplace_back(column.id, std::move(predicate));
    input = compute(std::move(input), std::move(one));
    predicate = plan::make_column(column);
  }
  if (plan::NodePtr pushed = before_unique(input.node, predicate)) input.node = std::move(pushed);
  return filter(std::move(input), predicate);
}

// What the items give, each row once, in no order.
Relation Binder::distinct_rows(ColumnList list, Relation input) {
  input.order.clear();
  Relation projected = finish(std::move(input), std::move(list));
  plan::AggregateNode node;
  node.input = projected.node;
  node.keys = pass_through(projected.columns);
  projected.node = plan::make_node(std::move(node));
  return projected;
}

Checked<Relation> Binder::on_distinct(const syntax::DistinctOperator& op, Relation input) {
  ColumnList list;
  for (const auto& expression : op.items)
    for (Item& item : VEDETTE_TRY(items(input, *expression, false, 0)))
      list.add({0, item.name, item.value->type, false}, item.value, false);
  Relation rows = distinct_rows(std::move(list), std::move(input));
  rows.name.clear();
  return rows;
}

Checked<Relation> Binder::on_top(const syntax::TopOperator& op, Relation input) {
  Bound count = VEDETTE_TRY(scalar(*op.count, {}));
  count = VEDETTE_TRY(convert(std::move(count), Type::int64, op.count->span, "top"));
  std::vector<plan::SortKey> before = input.order;
  std::vector<plan::Assignment> computed;
  Bound value = VEDETTE_TRY(scalar_in(input, *op.key.value));
  if (value->kind != plan::ExpressionKind::column) {
    const plan::Column column = fresh({}, value->type);
    computed.emplace_back(column.id, value);
    value = plan::make_column(column);
    input = compute(std::move(input), std::move(computed));
  }
  plan::SortKey key;
  key.ascending = op.key.ascending.value_or(false);
  key.nulls_first = op.key.nulls_first.value_or(key.ascending);
  key.value = std::move(value);
  before.insert(before.begin(), std::move(key));
  input.order = std::move(before);
  return limit(std::move(input), std::move(count));
}

Binder::Bound Binder::count_of_rows() const {
  auto count = std::make_shared<plan::Expression>();
  count->kind = plan::ExpressionKind::aggregate;
  count->type = Type::int64;
  count->nullable = false;
  count->function = functions::find("count", functions::Use::aggregate).front();
  return count;
}

Checked<Relation> Binder::on_count(const syntax::CountOperator& op, const Relation& input) {
  const plan::Column column = fresh(op.name.empty() ? "Count" : op.name, Type::int64);
  plan::AggregateNode node;
  node.input = input.node;
  node.aggregates.emplace_back(column.id, count_of_rows());
  Relation result;
  result.node = plan::make_node(std::move(node));
  result.columns.push_back(column);
  return result;
}

// sample takes any rows, so the first ones will do; sample-distinct any distinct values.
Checked<Relation> Binder::on_sample(const syntax::SampleOperator& op, Relation input) {
  Bound count = VEDETTE_TRY(scalar(*op.count, {}));
  count = VEDETTE_TRY(convert(std::move(count), Type::int64, op.count->span, "sample"));
  if (!op.of) return limit(std::move(input), std::move(count));
  ColumnList list;
  for (Item& item : VEDETTE_TRY(items(input, *op.of, false, 0)))
    list.add({0, item.name, item.value->type, false}, item.value, false);
  Relation rows = distinct_rows(std::move(list), std::move(input));
  return limit(std::move(rows), std::move(count));
}

Checked<Relation> Binder::on_getschema(const Relation& input) {
  static constexpr std::array<std::string_view, 10> dotnet{"System.SByte",
                                                           "System.Int32",
                                                           "System.Int64",
                                                           "System.Double",
                                                           "System.Data.SqlTypes.SqlDecimal",
                                                           "System.DateTime",
                                                           "System.TimeSpan",
                                                           "System.Guid",
                                                           "System.String",
                                                           "System.Object"};
  Relation relation;
  plan::ValuesNode values;
  static constexpr std::array<std::pair<std::string_view, Type>, 4> shape{
      {{"ColumnName", Type::string},
       {"ColumnOrdinal", Type::int64},
       {"DataType", Type::string},
       {"ColumnType", Type::string}}};
  for (const auto& [name, type] : shape) {
    plan::Column column = fresh(std::string(name), type);
    values.ids.push_back(column.id);
    values.types.push_back(type);
    relation.columns.push_back(std::move(column));
  }
  std::int64_t ordinal = 0;
  for (const plan::Column& column : input.columns) {
    if (column.hidden) continue;
    values.rows.push_back(
        {text_constant(column.name), long_constant(ordinal++),
         text_constant(std::string(dotnet[static_cast<std::size_t>(column.type)])),
         text_constant(std::string(name_of(column.type)))});
  }
  relation.node = plan::make_node(std::move(values));
  relation.order.push_back({plan::make_column(relation.columns[1]), true, true});
  return relation;
}

// The rows under a name that later operators may read again.
Checked<Relation> Binder::on_as(const syntax::AsOperator& op, Relation input) {
  input.name = op.name;
  const SharedBinding binding = share(std::move(input));
  define(op.name, binding);
  Relation result = shared(binding);
  result.name = op.name;
  return result;
}

Checked<Relation> Binder::on_invoke(const syntax::InvokeOperator& op, const Relation& input) {
  const Expression& call = *op.call;
  if (const Binding* binding = find_binding(scope_, call.text))
    if (const auto* function = std::get_if<FunctionBinding>(binding))
      return call_tabular_function(*function, call, &input);
  if (const CatalogueFunction* function = catalogue_.function(call.text))
    return workspace_function(*function, call, &input);
  return refuse("KQL205", call.span, fmt::format("there is no tabular function '{}'", call.text));
}

Checked<Relation> Binder::on_range(const syntax::RangeOperator& op, Span span) {
  const auto operand = [&](const syntax::ExpressionPtr& expression) {
    return scalar(*expression, {});
  };
  Bound from = VEDETTE_TRY(operand(op.from));
  Bound to = VEDETTE_TRY(operand(op.to));
  Bound step = VEDETTE_TRY(operand(op.step));
  if (from->type == Type::dynamic)
    from = must_convert(from, is_summable(to->type) ? to->type : Type::int64);
  if (to->type == Type::dynamic) to = must_convert(to, from->type);
  if (step->type == Type::dynamic) step = must_convert(step, Type::int64);
  Type type = from->type;
  if (!is_summable(type) || !is_summable(step->type))
    return refuse("KQL208", span, "range counts numbers, datetimes or timespans");
  if (is_number(type)) {
    const bool all_int =
        type == Type::int32 && to->type == Type::int32 && step->type == Type::int32;
    const bool real = type == Type::real || to->type == Type::real || step->type == Type::real ||
                      type == Type::decimal;
    type = all_int ? Type::int32 : real ? Type::real : Type::int64;
    step = VEDETTE_TRY(convert(std::move(step), type, op.step->span, "step"));
  } else if (step->type != Type::timespan) {
    return refuse("KQL208", op.step->span, "the step of such a range is a timespan, such as 1h");
  }
  if (step->kind == plan::ExpressionKind::constant &&
      (type == Type::real ? step->constant.real == 0 : step->constant.integer == 0))
    return refuse("KQL203", op.step->span, "the step of a range is not 0");
  plan::RangeNode node;
  const plan::Column column = fresh(op.name, type);
  node.id = column.id;
  node.type = type;
  node.from = VEDETTE_TRY(convert(std::move(from), type, op.from->span, "from"));
  node.to = VEDETTE_TRY(convert(std::move(to), type, op.to->span, "to"));
  node.step = std::move(step);
  Relation relation;
  const bool falling = node.step->kind == plan::ExpressionKind::constant &&
                       (node.step->constant.integer < 0 || node.step->constant.real < 0);
  relation.node = plan::make_node(std::move(node));
  relation.columns.push_back(column);
  relation.order.push_back({plan::make_column(column), !falling, true});
  return relation;
}

}  // namespace vedette::kql::bind
