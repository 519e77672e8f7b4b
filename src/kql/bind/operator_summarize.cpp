// summarize: keys, aggregates, and the aggregates that give several columns.
#include <array>

#include "fmt/format.h"
#include "kql/bind/aggregate_items.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// What one item of summarize needs: aggregates to compute, and the columns made from them.
struct Binder::Aggregation {
  std::vector<plan::Assignment> aggregates;
  ColumnList list;
  std::vector<plan::Column> keys;
  std::size_t key_columns = 0;
};

namespace {

std::string percent_name(double percent) {
  std::string text = native::text_of_real(percent);
  for (char& c : text)
    if (c == '.') c = '_';
  return text;
}

}  // namespace

Checked<Binder::Bound> Binder::aggregate_value(Relation& input, const Expression& expression) {
  Row row = row_of(input);
  row.aggregates = true;
  return scalar(expression, row);
}

// An aggregate without an overload of its own: the internal row of that name.
Binder::Bound Binder::make_aggregate(std::string_view name, Type type, Arguments arguments,
                                     const Relation& input) {
  auto whole = std::make_shared<plan::Expression>();
  whole->kind = plan::ExpressionKind::aggregate;
  whole->type = type;
  whole->function = &functions::internal(name);
  whole->arguments = std::move(arguments);
  if ((whole->function->traits & functions::first_wins) != 0) whole->order = input.order;
  return whole;
}

// arg_max(x, a, b), take_any(a, b), any(*): the columns of one row of the group.
Checked<std::vector<Binder::Item>> Binder::row_items(Relation& input, const Expression& call,
                                                     Aggregation& work) {
  const std::string& name = call.text;
  const bool arg = name.starts_with("arg");
  const bool old_arg = name == "argmax" || name == "argmin";
  const bool any = name == "any";
  std::vector<Item> members;
  Row row = row_of(input);
  for (std::size_t i = 0; i < call.children.size(); ++i) {
    const Expression& child = *call.children[i];
    if (child.kind == ExpressionKind::star) {
      for (const plan::Column& column : input.columns) {
        bool skip = false;
        for (const plan::Column& key : work.keys) skip = skip || key.id == column.id;
        for (const Item& there : members)
          skip = skip || (there.value->kind == plan::ExpressionKind::column &&
                          there.value->column == column.id);
        if (skip) continue;
        members.push_back({any ? "any_" + column.name : column.name, plan::make_column(column),
                           Style::derived, child.span});
        if (column.hidden) members.back().style = Style::hidden;
      }
      continue;
    }
    const Expression& value = child.kind == ExpressionKind::named ? *child.children.front() : child;
    Bound bound = VEDETTE_TRY(scalar(value, row));
    if (i == 0 && arg && bound->type == Type::dynamic) bound = must_convert(bound, Type::string);
    std::string label = child.kind == ExpressionKind::named ? child.text : result_name(value, row);
    const std::string prefix = name.ends_with("max") ? "max" : "min";
    if (i == 0 && arg && (label.empty() || old_arg)) label = fmt::format("{}_{}", prefix, label);
    if (i > 0 && old_arg)
      label = fmt::format("{}_{}_{}", prefix, result_name(*call.children.front(), row), label);
    if (any) label.insert(0, "any_");
    if (label.empty())
      label = arg ? fmt::format("{}_{}_arg{}", prefix, result_name(*call.children.front(), row), i)
                  : fmt::format("any_arg{}", i);
    members.push_back({std::move(label), std::move(bound), Style::derived, child.span});
  }
  if (members.empty())
    return refuse("KQL203", call.span, fmt::format("{} takes at least one column", name));
  if (!arg && members.size() == 1) {
    const Type type = members[0].value->type;
    if (type == Type::string)  // a text that is not empty, where there is one
      members[0].value = make_internal("null_if_empty", type, {members[0].value});
    members[0].value = make_aggregate("any_value", type, {members[0].value}, input);
    if (type == Type::string)
      members[0].value = make_internal("or_empty", type, {members[0].value});
    return members;
  }
  const Bound key = members[0].value;
  const bool greatest = name.ends_with("max");
  const std::string row_function = fmt::format("arg_{}_{}", greatest ? "max" : "min",
                                               key->type == Type::datetime ? "moment" : "value");
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Type type = members[i].value->type;
    Bound value =
        !arg     ? make_aggregate("first_value", type, {members[i].value}, input)
        : i == 0 ? make_aggregate(greatest ? "greatest_value" : "least_value", type, {key}, input)
                 : make_aggregate(row_function, type, {key, members[i].value}, input);
    if (type == Type::string) value = make_internal("or_empty", type, {value});
    members[i].value = std::move(value);
  }
  return members;
}

Checked<std::vector<Binder::Item>> Binder::percentile_items(Relation& input,
                                                            const Expression& call) {
  const std::string& name = call.text;
  const bool weighted = name.starts_with("percentilew") || name.starts_with("percentilesw");
  const bool array = name.ends_with("_array");
  const std::size_t first = weighted ? 2 : 1;
  if (call.children.size() <= first)
    return refuse("KQL203", call.span, fmt::format("{} needs the percentiles", name));
  Row row = row_of(input);
  Bound value = VEDETTE_TRY(scalar(*call.children[0], row));
  // The values are those of the column; a decimal's come as real, as Microsoft's binder has it.
  Type shown = value->type == Type::decimal ? Type::real : value->type;
  if (weighted && !is_summable(shown) && shown != Type::dynamic) {
    value = VEDETTE_TRY(convert(std::move(value), Type::real, call.children[0]->span, call.text));
    shown = Type::real;
  }
  if (shown == Type::int32 || shown == Type::boolean) value = must_convert(value, Type::int64);
  if (shown == Type::guid) value = must_convert(value, Type::string);
  if (shown == Type::dynamic || shown == Type::real) value = must_convert(value, Type::real);
  if (shown == Type::int32) shown = Type::int64;
  std::vector<double> percents;
  for (std::size_t i = first; i < call.children.size(); ++i) {
    const Bound percent = VEDETTE_TRY(scalar(*call.children[i], {}));
    if (percent->kind != plan::ExpressionKind::constant)
      return refuse("KQL204", call.children[i]->span, "a percentile must be known beforehand");
    if (percent->type == Type::dynamic) {
      for (const std::string_view element : native::elements_of(percent->constant.text))
        percents.push_back(native::number_of(element).value_or(0));
    } else {
      percents.push_back(percent->type == Type::real
                             ? percent->constant.real
                             : static_cast<double>(percent->constant.integer));
    }
  }
  Bound weight;
  if (weighted) weight = must_convert(VEDETTE_TRY(scalar(*call.children[1], row)), Type::int64);
  const std::string label = result_name(*call.children[0], row);
  std::vector<Item> result;
  Arguments in_array;
  for (const double percent : percents) {
    if (percent < 0 || percent > 100)
      return refuse("KQL208", call.span, "a percentile lies between 0 and 100");
    const Bound fraction = plan::make_constant(Constant::of_real(percent / 100));
    Bound one;
    if (!weighted) {
      one = make_aggregate("percentile", value->type, {value, fraction}, input);
    } else {
      const Type physical = value->type == Type::real ? Type::real : Type::int64;
      auto found = std::make_shared<plan::Expression>(*make_aggregate(
          physical == Type::real ? "percentile_weighted_real" : "percentile_weighted", value->type,
          {value, weight, fraction}, input));
      one = found;
    }
    one =
        shown == Type::string ? make_internal("or_empty", shown, {one}) : must_convert(one, shown);
    in_array.push_back(must_convert(one, Type::dynamic));
    result.push_back({fmt::format("percentile_{}_{}", label, percent_name(percent)), one,
                      Style::derived, call.span});
  }
  if (!array) return result;
  std::vector<Item> single;
  single.push_back({fmt::format("percentiles_{}", label),
                    make_internal("pack_list", Type::dynamic, std::move(in_array)), Style::derived,
                    call.span});
  return single;
}

Checked<void> Binder::add_aggregate(Relation& input, const Expression& expression,
                                    Aggregation& work) {
  const bool named = expression.kind == ExpressionKind::named;
  const Expression& value = named ? *expression.children.front() : expression;
  std::vector<std::string> names = expression.names;
  if (named && names.empty()) names.push_back(expression.text);
  std::vector<Item> made;
  if (value.kind == ExpressionKind::call && is_row_aggregate(value.text)) {
    made = VEDETTE_TRY(row_items(input, value, work));
  } else if (value.kind == ExpressionKind::call && is_percentile_aggregate(value.text)) {
    made = VEDETTE_TRY(percentile_items(input, value));
  } else {
    Item item;
    item.span = value.span;
    item.value = VEDETTE_TRY(aggregate_value(input, value));
    item.style = Style::derived;
    if (!named) {
      Row row = row_of(input);
      row.aggregates = true;
      item.name = result_name(value, row);
      if (item.name.empty()) item.name = fmt::format("Column{}", default_names_++);
    }
    made.push_back(std::move(item));
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    Item& item = made[i];
    Bound result = item.value;
    if (plan::contains_aggregate(*result)) {
      const plan::Column column = fresh({}, result->type);
      work.aggregates.emplace_back(column.id, result);
      auto reference = std::make_shared<plan::Expression>(*plan::make_column(column));
      reference->nullable = result->nullable;
      result = reference;
    }
    plan::Column column{0, i < names.size() ? names[i] : item.name, result->type,
                        item.style == Style::hidden};
    if (i < names.size()) {
      if (!work.list.declare(column, result, false))
        return refuse("KQL207", item.span, fmt::format("the column '{}' is given twice", names[i]));
    } else {
      work.list.add(column, result, false);
    }
  }
  return {};
}

Checked<Relation> Binder::on_summarize(const syntax::SummarizeOperator& op, Relation input) {
  Aggregation work;
  std::vector<plan::Assignment> keys;
  for (const auto& expression : op.keys)
    for (Item& item : VEDETTE_TRY(items(input, *expression, false, 0))) {
      if (item.value->type == Type::dynamic)
        return refuse("KQL208", item.span, "a dynamic value is no key",
                      "group by tostring(...) of it");
      plan::Column column{0, item.name, item.value->type, false};
      const bool passes = item.value->kind == plan::ExpressionKind::column;
      column.id = passes ? item.value->column : next_column_++;
      for (const auto& [id, value] : keys)
        if (id == column.id) column.id = next_column_++;
      keys.emplace_back(column.id, item.value);
      if (passes) work.keys.push_back({item.value->column, item.name, column.type, false});
      Bound reference = plan::make_column(column);
      if (item.style == Style::derived) {
        work.list.add(column, reference, false);
      } else if (!work.list.declare(column, reference, passes)) {
        return refuse("KQL207", item.span,
                      fmt::format("the column '{}' is given twice", item.name));
      }
    }
  for (const auto& expression : op.aggregates)
    VEDETTE_TRY_VOID(add_aggregate(input, *expression, work));
  plan::AggregateNode node;
  node.input = input.node;
  node.keys = std::move(keys);
  node.aggregates = std::move(work.aggregates);
  Relation grouped;
  grouped.node = plan::make_node(std::move(node));
  grouped.open = input.open;
  return finish(std::move(grouped), std::move(work.list));
}

}  // namespace vedette::kql::bind
