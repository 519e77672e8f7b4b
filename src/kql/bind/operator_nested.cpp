// top-nested: the best values of a column, and within each of them the best of the next; with
// others, one row for what was not among the best.
#include <algorithm>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// What on_top_nested knows of a level once it is made.
struct Binder::NestedLevel {
  const syntax::TopNestedLevel* written = nullptr;
  SharedBinding rows;  // the keys of the levels so far are their last hidden columns
  SharedBinding best;  // key and total of each level so far
};

// The keys of the first `levels` levels are those of a row of the level's result. Keys of rows are
// its hidden columns from `first_key` on; a missing key is the same as a missing key.
Binder::Bound Binder::same_nested_keys(const Relation& rows, std::size_t first_key,
                                       const Relation& result, std::size_t levels) {
  auto same = std::make_shared<plan::Expression>();
  same->kind = plan::ExpressionKind::all_of;
  same->type = Type::boolean;
  for (std::size_t i = 0; i < levels; ++i)
    same->arguments.push_back(make_internal(
        "same", Type::boolean,
        {plan::make_column(rows.extra[first_key + i]), plan::make_column(result.columns[2 * i])}));
  return same;
}

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
    join.condition = same_nested_keys(input, first_key, *above, levels_before);
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

// One row for each row of the level above: what is left of it by the best of level `number`. Below
// that nothing is told apart: each level has its own name for the rest, or nothing.
Checked<Relation> Binder::nested_others(const std::vector<NestedLevel>& levels, std::size_t number,
                                        const std::vector<plan::Column>& columns) {
  Relation input = shared(levels[number].rows);
  const std::size_t first_key = input.extra.size() - number - 1;
  plan::AggregateNode node;
  node.input = input.node;
  ColumnList list;
  if (number > 0) {
    const Relation above = shared(levels[number - 1].best);
    plan::JoinNode join;
    join.left = node.input;
    join.right = above.node;
    join.condition = same_nested_keys(input, first_key, above, number);
    node.input = plan::make_node(std::move(join));
    for (std::size_t i = 0; i < above.columns.size(); ++i) {
      const Bound value = plan::make_column(above.columns[i]);
      node.keys.emplace_back(above.columns[i].id, value);
      list.add({0, columns[i].name, columns[i].type, false}, value, false);
    }
  }
  const Relation best = shared(levels[number].best);
  plan::JoinNode anti;
  anti.kind = plan::JoinKind::left_anti;
  anti.left = node.input;
  anti.right = best.node;
  anti.condition = same_nested_keys(input, first_key, best, number + 1);
  node.input = plan::make_node(std::move(anti));
  const plan::Column count = fresh({}, Type::int64);
  node.aggregates.emplace_back(count.id, count_of_rows());
  for (std::size_t i = number; i < levels.size(); ++i) {
    const syntax::TopNestedLevel& level = *levels[i].written;
    Bound name = null_of(columns[2 * i].type), total = null_of(columns[2 * i + 1].type);
    if (level.others) {
      const Expression& by =
          level.by->kind == ExpressionKind::named ? *level.by->children.front() : *level.by;
      const plan::Column sum = fresh({}, columns[2 * i + 1].type);
      node.aggregates.emplace_back(sum.id, VEDETTE_TRY(aggregate_value(input, by)));
      total = plan::make_column(sum);
      name = VEDETTE_TRY(scalar(*level.others, {}));
      name =
          VEDETTE_TRY(convert(std::move(name), columns[2 * i].type, level.others->span, "others"));
    }
    list.add({0, columns[2 * i].name, name->type, false}, name, false);
    list.add({0, columns[2 * i + 1].name, total->type, false}, total, false);
  }
  list.add({0, "_nested_level", Type::int64, false},
           long_constant(static_cast<std::int64_t>(number)), false);
  Relation others;
  others.node = plan::make_node(std::move(node));
  others = filter(std::move(others), make_internal("less_or_equal", Type::boolean,
                                                   {long_constant(1), plan::make_column(count)}));
  return finish(std::move(others), std::move(list));
}

Checked<Relation> Binder::on_top_nested(const syntax::TopNestedOperator& op, Relation input) {
  // The keys of all levels are columns of the rows, computed once.
  const Relation plain = input;
  std::vector<plan::Assignment> keys;
  for (const syntax::TopNestedLevel& level : op.levels) {
    const Expression& of =
        level.of->kind == ExpressionKind::named ? *level.of->children.front() : *level.of;
    const Bound value = VEDETTE_TRY(scalar_in(input, of));
    keys.emplace_back(fresh({}, value->type).id, value);
  }
  std::vector<NestedLevel> levels;
  std::optional<Relation> above;
  for (std::size_t i = 0; i < op.levels.size(); ++i) {
    std::vector<plan::Assignment> known(keys.begin(),
                                        keys.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    const SharedBinding rows = share(compute(input, std::move(known)));
    Relation level = VEDETTE_TRY(nested_level(op.levels[i], rows, above, i));
    level.extra.clear();
    levels.push_back({&op.levels[i], rows, share(std::move(level))});
    above = shared(levels.back().best);
  }
  // At which level a row stands for the others; the best of all levels come first.
  const auto depth = static_cast<std::int64_t>(levels.size());
  ColumnList list;
  for (const plan::Column& column : above->columns)
    list.add(column, plan::make_column(column), false);
  list.add({0, "_nested_level", Type::int64, false}, long_constant(depth), false);
  std::vector<Relation> parts;
  const std::vector<plan::Column> columns = above->columns;
  parts.push_back(finish(std::move(*above), std::move(list)));
  // Below the first, a level that gives the rest no name has it for the sake of a deeper one.
  const auto names_rest = [&](std::size_t i) {
    return std::any_of(op.levels.begin() + static_cast<std::ptrdiff_t>(i),
                       i == 0 ? op.levels.begin() + 1 : op.levels.end(),
                       [](const syntax::TopNestedLevel& level) { return level.others != nullptr; });
  };
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (names_rest(i)) parts.push_back(VEDETTE_TRY(nested_others(levels, i, columns)));
  Relation result = parts.size() == 1 ? std::move(parts.front()) : union_all(parts, false, "");
  const plan::Column level = result.columns.back();
  result.columns.pop_back();
  result.extra = {level};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const bool ascending = op.levels[i].ascending.value_or(false);
    const Bound is_best =
        make_internal("less_or_equal", Type::boolean,
                      {plan::make_column(level), long_constant(static_cast<std::int64_t>(i))});
    if (names_rest(i)) result.order.push_back({is_best, true, true});
    result.order.push_back({plan::make_column(result.columns[2 * i + 1]), ascending, ascending});
  }
  return result;
}

}  // namespace vedette::kql::bind
