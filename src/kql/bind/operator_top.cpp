// top-hitters, top-nested and partition.
#include <utility>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

Checked<Relation> Binder::on_top_hitters(const syntax::TopHittersOperator& op, Relation input) {
  Bound count = VEDETTE_TRY(scalar(*op.count, {}));
  count = VEDETTE_TRY(convert(std::move(count), Type::int64, op.count->span, "top-hitters"));
  const Bound key = VEDETTE_TRY(scalar_in(input, *op.of));
  std::string of_name = result_name(*op.of, row_of(input));
  if (of_name.empty()) of_name = fmt::format("Column{}", default_names_++);
  const plan::Column of = fresh(of_name, key->type);
  Expression counted;
  counted.kind = ExpressionKind::call;
  counted.text = "count";
  counted.span = op.of->span;
  Bound value = VEDETTE_TRY(aggregate_value(input, counted));
  std::string name = "approximate_count_" + of.name;
  if (op.by) {
    const Bound weight = VEDETTE_TRY(scalar_in(input, *op.by));
    const auto& rows = functions::find("sum", functions::Use::aggregate);
    value = VEDETTE_TRY(call_overload(rows, counted, {weight}, {}));
    auto copy = std::make_shared<plan::Expression>(*value);
    copy->kind = plan::ExpressionKind::aggregate;
    value = copy;
    name = "approximate_sum_" + result_name(*op.by, row_of(input));
  }
  const plan::Column total = fresh(name, value->type);
  plan::AggregateNode node;
  node.input = input.node;
  node.keys.emplace_back(of.id, key);
  node.aggregates.emplace_back(total.id, value);
  Relation grouped;
  grouped.node = plan::make_node(std::move(node));
  grouped.columns = {of, total};
  grouped.order.push_back({plan::make_column(total), false, false});
  return limit(std::move(grouped), std::move(count));
}

// The sub-query runs over the rows of each value of the column.
Checked<Relation> Binder::on_partition(const syntax::PartitionOperator& op, Relation input) {
  const plan::Column by =
      *VEDETTE_TRY(find_column(input.columns, op.by->text, op.by->span, input.open));
  const SharedBinding rows = share(std::move(input));
  const Relation keys = shared(rows);
  const plan::Column key = fresh({}, by.type);
  const bool outside = std::exchange(inside_apply_, true);
  const ScopePtr scope = scope_;
  plan::AggregateNode distinct;
  distinct.input = keys.node;
  for (std::size_t i = 0; i < keys.columns.size(); ++i)
    if (rows.relation.columns[i].id == by.id)
      distinct.keys.emplace_back(key.id, plan::make_column(keys.columns[i]));
  Relation part = shared(rows);
  Bound same;
  for (std::size_t i = 0; i < part.columns.size(); ++i)
    if (rows.relation.columns[i].id == by.id)
      same = make_internal("same", Type::boolean,
                           {plan::make_column(part.columns[i]), plan::make_column(key)});
  part = filter(std::move(part), same);
  // A sub-query in braces has its own table, and sees only the value of the column.
  if (op.has_source) define(by.name, ScalarBinding{plan::make_column(key)});
  auto bound = pipeline(*op.body, op.has_source ? nullptr : &part);
  inside_apply_ = outside;
  scope_ = scope;
  Relation inner = VEDETTE_TRY(std::move(bound));
  ColumnList list;
  for (const plan::Column& column : inner.columns)
    list.add(column, plan::make_column(column), false);
  Relation applied;
  applied.node = plan::make_node(plan::ApplyNode{plan::make_node(std::move(distinct)), inner.node});
  // Sorted parts stay so, one after the other: what is sorted or numbered next may rest on that.
  if (!inner.order.empty()) {
    applied.order.push_back({plan::make_column(key), true, true});
    for (plan::SortKey& each : inner.order) applied.order.push_back(std::move(each));
  }
  return finish(std::move(applied), std::move(list));
}

}  // namespace vedette::kql::bind
