// top-nested: the best values of a column, and within each of them the best of the next.
#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// One level: for each row of the level above (none for the first) its values of the level's key,
// the best of them. `rows` has the keys of all levels as its last hidden columns.
Checked<Relation> Binder::nested_level(const syntax::TopNestedLevel& level,
                                       const SharedBinding& rows,
                                       const std::optional<Relation>& above, std::size_t number) {
  Relation input = shared(rows);
  const std::size_t levels_before = number;
  const std::size_t first_key = input.extra.size() - levels_before - 1;
  plan::AggregateNode node;
  node.input = input.node;
  Relation result;
  std::vector<plan::ExpressionPtr> parents;
  if (above) {
    plan::JoinNode join;
    join.left = input.node;
    join.right = above->node;
    auto same = std::make_shared<plan::Expression>();
    same->kind = plan::ExpressionKind::all_of;
    same->type = Type::boolean;
    for (std::size_t i = 0; i < levels_before; ++i)
      same->arguments.push_back(make_internal("same", Type::boolean,
                                              {plan::make_column(input.extra[first_key + i]),
                                               plan::make_column(above->columns[2 * i])}));
    join.condition = same;
    node.input = plan::make_node(std::move(join));
    for (const plan::Column& column : above->columns) {
      node.keys.emplace_back(column.id, plan::make_column(column));
      parents.push_back(plan::make_column(column));
      result.columns.push_back(column);
    }
  }
  plan::Column key = input.extra.back();
  const std::string name = level.of->kind == ExpressionKind::named
                               ? level.of->text
                               : result_name(*level.of, row_of(input));
  key.name = name.empty() ? fmt::format("Column{}", default_names_++) : name;
  node.keys.emplace_back(key.id, plan::make_column(key));
  const bool named = level.by->kind == ExpressionKind::named;
  const Bound value =
      VEDETTE_TRY(aggregate_value(input, named ? *level.by->children.front() : *level.by));
  if (!plan::contains_aggregate(*value))
    return refuse("KQL209", level.by->span, "top-nested orders by an aggregate, such as count()");
  const plan::Column total = fresh(named ? level.by->text : "aggregated_" + key.name, value->type);
  node.aggregates.emplace_back(total.id, value);
  result.node = plan::make_node(std::move(node));
  result.columns.push_back(key);
  result.columns.push_back(total);
  if (!level.count) return result;
  Bound count = VEDETTE_TRY(scalar(*level.count, {}));
  count = VEDETTE_TRY(convert(std::move(count), Type::int64, level.count->span, "top-nested"));
  auto place = std::make_shared<plan::Expression>();
  place->kind = plan::ExpressionKind::window;
  place->type = Type::int64;
  place->function = functions::find("row_number", functions::Use::window).front();
  place->arguments.push_back(long_constant(1));
  place->partition = std::move(parents);
  const bool ascending = level.ascending.value_or(false);
  place->order.push_back({plan::make_column(total), ascending, ascending});
  place->order.push_back({plan::make_column(key), true, true});
  const plan::Column rank = fresh({}, Type::int64);
  std::vector<plan::Assignment> one;
  one.emplace_back(rank.id, place);
  result = compute(std::move(result), std::move(one));
  return filter(std::move(result),
                make_internal("less_or_equal", Type::boolean, {plan::make_column(rank), count}));
}

Checked<Relation> Binder::on_top_nested(const syntax::TopNestedOperator& op, Relation input) {
  for (const syntax::TopNestedLevel& level : op.levels)
    if (level.others)
      return refuse_unsupported(level.others->span, "clause of top-nested", "others");
  // The keys of all levels are columns of the rows, computed once.
  const Relation plain = input;
  std::vector<plan::Assignment> keys;
  for (const syntax::TopNestedLevel& level : op.levels) {
    const Expression& of =
        level.of->kind == ExpressionKind::named ? *level.of->children.front() : *level.of;
    const Bound value = VEDETTE_TRY(scalar_in(input, of));
    keys.emplace_back(fresh({}, value->type).id, value);
  }
  std::optional<Relation> above;
  for (std::size_t i = 0; i < op.levels.size(); ++i) {
    std::vector<plan::Assignment> known(keys.begin(),
                                        keys.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    const SharedBinding rows = share(compute(input, std::move(known)));
    Relation level = VEDETTE_TRY(nested_level(op.levels[i], rows, above, i));
    level.extra.clear();
    above = shared(share(std::move(level)));
  }
  for (std::size_t i = 1; i < above->columns.size(); i += 2) {
    const bool ascending = op.levels[i / 2].ascending.value_or(false);
    above->order.push_back({plan::make_column(above->columns[i]), ascending, ascending});
  }
  return std::move(*above);
}

}  // namespace vedette::kql::bind
