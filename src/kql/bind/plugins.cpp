// evaluate: bag_unpack and pivot, whose columns depend on data, and the look-ups of addresses.
#include <algorithm>
#include <map>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/plugin_names.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// What an earlier stage found for this question; without it, binding ends and the question is
// asked.
Checked<const Fact*> Binder::fact(plan::Plan question) {
  while (facts_used_ < facts_.size())
    if (const Fact& next = facts_[facts_used_++]; next.external_key.empty()) return &next;
  pending_ = std::move(question);
  return refuse("KQL000", {}, "the columns depend on data that was not read yet");
}

namespace {

Type type_of_word(const std::set<std::string>& words) {
  std::set<std::string> seen = words;
  seen.erase("null");
  if (seen.size() == 1) return type_of_name(*seen.begin()).value_or(Type::dynamic);
  if (seen == std::set<std::string>{"long", "real"}) return Type::real;
  return Type::dynamic;
}

}  // namespace

std::vector<std::string_view> plugin_names() {
  std::vector<std::string_view> names{"autocluster",
                                      "bag_unpack",
                                      "basket",
                                      "dcount_intersect",
                                      "diffpatterns",
                                      "geo_line_lookup",
                                      "geo_polygon_lookup",
                                      "ipv4_lookup",
                                      "ipv6_lookup",
                                      "narrow",
                                      "pivot",
                                      "sequence_detect",
                                      "funnel_sequence_completion"};
  add_written_plugins(names);
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

Checked<Relation> Binder::on_evaluate(const syntax::EvaluateOperator& op, Relation input,
                                      bool has_input) {
  const Expression& call = *op.call;
  if (!has_input) return refuse_unsupported(call.span, "plugin", call.text);
  if (call.text == "bag_unpack") return bag_unpack(op, call, std::move(input));
  if (call.text == "pivot") return pivot(op, call, std::move(input));
  if (call.text == "ipv4_lookup") return ip_lookup(call, std::move(input), false);
  if (call.text == "ipv6_lookup") return ip_lookup(call, std::move(input), true);
  if (call.text == "geo_line_lookup" || call.text == "geo_polygon_lookup")
    return geo_lookup(call, std::move(input));
  if (call.text == "narrow") return narrow(std::move(input));
  if (call.text == "basket" || call.text == "autocluster" || call.text == "diffpatterns")
    return basket(call, std::move(input));
  if (call.text == "dcount_intersect") return dcount_intersect(call, std::move(input));
  if (call.text == "sequence_detect") return sequence_detect(call, std::move(input));
  if (call.text == "funnel_sequence_completion") return funnel_completion(call, std::move(input));
  const std::size_t values = call.children.size() - (ends_with_table(call, input) ? 1 : 0);
  if (const WrittenPlugin* plugin = written_plugin(call, input.columns, values))
    return run_written(*plugin, call, std::move(input));
  return refuse_unsupported(call.span, "plugin", call.text);
}

struct Binder::UnpackOptions {
  std::string prefix;
  std::string conflict = "error";
  std::set<std::string> ignored;
};

Checked<Binder::UnpackOptions> Binder::unpack_options(const Expression& call) {
  UnpackOptions options;
  for (std::size_t i = 1; i < call.children.size(); ++i) {
    const Expression& child = *call.children[i];
    const bool named = child.kind == ExpressionKind::named;
    const Bound value = VEDETTE_TRY(scalar(named ? *child.children.front() : child, {}));
    const std::string name = named    ? child.text
                             : i == 1 ? "OutputColumnPrefix"
                             : i == 2 ? "columnsConflict"
                                      : "ignoredProperties";
    if (name == "OutputColumnPrefix") options.prefix = value->constant.text;
    if (name == "columnsConflict") options.conflict = value->constant.text;
    if (options.conflict != "error" && options.conflict != "replace_source" &&
        options.conflict != "keep_source")
      return refuse("KQL208", child.span,
                    "columnsConflict is 'error', 'replace_source' or 'keep_source'");
    if (name == "ignoredProperties")
      for (const std::string_view element : native::elements_of(value->constant.text))
        options.ignored.insert(native::unescaped(element));
  }
  return options;
}

Checked<Relation> Binder::bag_unpack(const syntax::EvaluateOperator& op, const Expression& call,
                                     Relation input) {
  if (call.children.empty())
    return refuse("KQL203", call.span, "bag_unpack takes a dynamic column");
  Bound bag = VEDETTE_TRY(scalar_in(input, *call.children.front()));
  if (bag->type != Type::dynamic)
    return refuse("KQL208", call.children.front()->span, "bag_unpack takes a dynamic column");
  const UnpackOptions options = VEDETTE_TRY(unpack_options(call));
  Columns others;
  for (const plan::Column& column : input.columns)
    if (!(bag->kind == plan::ExpressionKind::column && column.id == bag->column))
      others.push_back(column);
  std::vector<std::pair<std::string, Type>> keys;
  if (op.has_schema) {
    for (const syntax::ColumnDeclaration& declared : op.schema)
      if (std::none_of(others.begin(), others.end(), [&](const plan::Column& c) {
            return op.keeps_columns && c.name == declared.name;
          }))
        keys.emplace_back(declared.name, declared.type.value_or(Type::dynamic));
  } else if (inputs_.check_only) {
    Relation open = project(std::move(input), others, pass_through(others));
    return opened(std::move(open));
  } else {
    keys = VEDETTE_TRY(bag_keys(input, bag));
  }
  return unpacked(op, call, std::move(input), bag, others, keys, options);
}

Checked<Relation> Binder::unpacked(const syntax::EvaluateOperator& op, const Expression& call,
                                   Relation input, const Bound& bag, const Columns& others,
                                   const std::vector<std::pair<std::string, Type>>& keys,
                                   const UnpackOptions& options) {
  const auto other_named = [&](const std::string& name) {
    return std::find_if(others.begin(), others.end(),
                        [&](const plan::Column& c) { return c.name == name; });
  };
  ColumnList list;
  for (const plan::Column& column : others)
    if (!op.has_schema || op.keeps_columns) list.add(column, plan::make_column(column), false);
  for (const auto& [key, type] : keys) {
    if (op.has_schema && !op.keeps_columns && options.conflict != "replace_source") {
      if (const auto given = other_named(key); given != others.end()) {
        list.add({0, key, type, false}, must_convert(plan::make_column(*given), type), false);
        continue;
      }
    }
    if (options.ignored.contains(key)) continue;
    const std::string name = op.has_schema ? key : options.prefix + key;
    if (const auto place = other_named(name); place != others.end() && !op.has_schema) {
      if (options.conflict == "keep_source") continue;
      if (options.conflict == "error")
        return refuse(
            "KQL207", call.span,
            fmt::format("bag_unpack finds a property '{}', and there is such a column", name),
            "say columnsConflict='replace_source' or 'keep_source', or give a prefix");
    }
    const bool prefixed =
        op.has_schema && !options.prefix.empty() && key.starts_with(options.prefix);
    std::string step;
    native::append_quoted(step, prefixed ? key.substr(options.prefix.size()) : key);
    list.add({0, name, type, false}, must_convert(extend_path(bag, step), type), true);
  }
  return finish(std::move(input), std::move(list));
}

// An open relation: any name that the text uses may be one of its columns.
Relation Binder::opened(Relation input) {
  Columns columns = input.columns;
  std::vector<plan::Assignment> items = pass_through(columns);
  for (const std::string& name : identifiers_) {
    if (std::any_of(columns.begin(), columns.end(),
                    [&](const plan::Column& c) { return c.name == name; }))
      continue;
    if (find_binding(scope_, name) != nullptr) continue;
    plan::Column column = fresh(name, Type::dynamic);
    column.hidden = true;
    items.emplace_back(column.id, null_of(Type::dynamic));
    columns.push_back(std::move(column));
  }
  Relation result = project(std::move(input), std::move(columns), std::move(items));
  result.open = true;
  return result;
}

// The properties that the bags have, and what their values are.
Checked<std::vector<std::pair<std::string, Type>>> Binder::bag_keys(const Relation& input,
                                                                    const Bound& bag) {
  plan::ExpandNode expand;
  const plan::Column pair = fresh({}, Type::dynamic);
  expand.items.emplace_back(pair.id, make_internal("bag_key_types", Type::dynamic, {bag}));
  expand.index = next_column_++;
  expand.input = input.node;
  plan::AggregateNode distinct;
  distinct.input = plan::make_node(std::move(expand));
  distinct.keys.emplace_back(pair.id, plan::make_column(pair));
  plan::Plan question;
  question.node = plan::make_node(std::move(distinct));
  question.columns.push_back({pair.id, "pair", Type::string, false});
  const Fact* found = VEDETTE_TRY(fact(std::move(question)));
  std::map<std::string, std::set<std::string>> types;
  for (const auto& row : found->rows) {
    const auto parts = native::elements_of(row.front());
    if (parts.size() == 2) types[native::unescaped(parts[0])].insert(native::unescaped(parts[1]));
  }
  std::vector<std::pair<std::string, Type>> keys;
  for (const auto& [key, words] : types) keys.emplace_back(key, type_of_word(words));
  return keys;
}

// Puts a condition on every aggregate inside.
Binder::Bound Binder::filtered(const Bound& value, const Bound& condition) {
  auto copy = std::make_shared<plan::Expression>(*value);
  if (copy->kind == plan::ExpressionKind::aggregate) {
    copy->filter = condition;
    return copy;
  }
  for (Bound& argument : copy->arguments) argument = filtered(argument, condition);
  return copy;
}

namespace {

void add_columns(const plan::Expression& expression, std::set<plan::ColumnId>& columns) {
  if (expression.kind == plan::ExpressionKind::column) columns.insert(expression.column);
  for (const plan::ExpressionPtr& argument : expression.arguments) add_columns(*argument, columns);
}

}  // namespace

Checked<Relation> Binder::pivot(const syntax::EvaluateOperator& op, const Expression& call,
                                Relation input) {
  if (call.children.empty())
    return refuse("KQL203", call.span, "pivot takes the column whose values become columns");
  Bound pivot_value = VEDETTE_TRY(scalar_in(input, *call.children.front()));
  Bound aggregate;
  std::set<plan::ColumnId> used;
  if (pivot_value->kind == plan::ExpressionKind::column) used.insert(pivot_value->column);
  if (call.children.size() > 1) {
    aggregate = VEDETTE_TRY(aggregate_value(input, *call.children[1]));
    add_columns(*aggregate, used);
  } else {
    Expression count;
    count.kind = ExpressionKind::call;
    count.text = "count";
    aggregate = VEDETTE_TRY(aggregate_value(input, count));
  }
  Columns keys;
  for (std::size_t i = 2; i < call.children.size(); ++i) {
    const Expression& key = *call.children[i];
    if (key.kind != ExpressionKind::name)
      return refuse("KQL208", key.span, "pivot groups by columns");
    keys.push_back(*VEDETTE_TRY(find_column(input.columns, key.text, key.span, input.open)));
  }
  if (call.children.size() <= 2)
    for (const plan::Column& column : input.columns)
      if (!used.contains(column.id) && !column.hidden) keys.push_back(column);
  std::vector<std::string> values;
  if (op.has_schema) {
    for (const syntax::ColumnDeclaration& declared : op.schema)
      if (std::none_of(keys.begin(), keys.end(),
                       [&](const plan::Column& c) { return c.name == declared.name; }))
        values.push_back(declared.name);
  } else if (inputs_.check_only) {
    return opened(project(std::move(input), keys, pass_through(keys)));
  }
  const Bound text = must_convert(pivot_value, Type::string);
  if (!op.has_schema) {
    const plan::Column column = fresh({}, Type::string);
    plan::AggregateNode distinct;
    distinct.input = input.node;
    distinct.keys.emplace_back(column.id, text);
    plan::Plan question;
    question.node = plan::make_node(std::move(distinct));
    question.columns.push_back(column);
    const Fact* found = VEDETTE_TRY(fact(std::move(question)));
    for (const auto& row : found->rows) values.push_back(row.front());
    std::sort(values.begin(), values.end());
    if (values.size() > 1000)
      return refuse("KQL403", call.span, "pivot would make more than 1,000 columns");
  }
  plan::AggregateNode node;
  node.input = input.node;
  ColumnList list;
  for (const plan::Column& key : keys) {
    node.keys.emplace_back(key.id, plan::make_column(key));
    list.add(key, plan::make_column(key), false);
  }
  for (const std::string& value : values) {
    const plan::Column column = fresh(value, aggregate->type);
    node.aggregates.emplace_back(
        column.id,
        filtered(aggregate, make_internal("equals", Type::boolean, {text, text_constant(value)})));
    list.add(column, plan::make_column(column), false);
  }
  Relation grouped;
  grouped.node = plan::make_node(std::move(node));
  return finish(std::move(grouped), std::move(list));
}

// evaluate ipv4_lookup(Table, Address, Network [, ExtraKey...] [, return_unmatched])
Checked<Relation> Binder::ip_lookup(const Expression& call, Relation input, bool v6) {
  if (call.children.size() < 3)
    return refuse("KQL203", call.span, fmt::format("{}(Table, Address, Network)", call.text));
  Relation right = VEDETTE_TRY(relation(*call.children[0]));
  Bound address = VEDETTE_TRY(scalar_in(input, *call.children[1]));
  Row row = row_of(right);
  Bound network = VEDETTE_TRY(scalar(*call.children[2], row));
  bool unmatched = false;
  std::set<plan::ColumnId> keys;
  plan::JoinNode node;
  for (std::size_t i = 3; i < call.children.size(); ++i) {
    const Expression& child = *call.children[i];
    const Expression& value = child.kind == ExpressionKind::named ? *child.children.front() : child;
    if (value.kind == ExpressionKind::literal) {
      unmatched = value.constant.boolean;
      continue;
    }
    const plan::Column* a =
        VEDETTE_TRY(find_column(input.columns, value.text, value.span, input.open));
    const plan::Column* b =
        VEDETTE_TRY(find_column(right.columns, value.text, value.span, right.open));
    node.keys.emplace_back(plan::make_column(*a), plan::make_column(*b));
    keys.insert(b->id);
  }
  // As with lookup, what the tables are joined by comes once, from the left.
  std::erase_if(right.columns,
                [&](const plan::Column& column) { return keys.contains(column.id); });
  address =
      VEDETTE_TRY(convert(std::move(address), Type::string, call.children[1]->span, call.text));
  network =
      VEDETTE_TRY(convert(std::move(network), Type::string, call.children[2]->span, call.text));
  node.condition =
      make_internal(v6 ? "in_ipv6_network" : "in_ipv4_network", Type::boolean, {address, network});
  node.kind = unmatched ? plan::JoinKind::left_outer : plan::JoinKind::inner;
  return looked_up(input, right, std::move(node));
}

Checked<Relation> Binder::looked_up(const Relation& input, const Relation& right,
                                    plan::JoinNode node, std::string_view left_out) {
  const bool unmatched = node.kind == plan::JoinKind::left_outer;
  node.left = input.node;
  node.right = right.node;
  Relation joined;
  joined.node = plan::make_node(std::move(node));
  ColumnList list;
  for (const plan::Column& column : input.columns)
    list.add(column, plan::make_column(column), false);
  for (const plan::Column& column : right.columns) {
    if (column.name == left_out) continue;
    Bound value = plan::make_column(column);
    if (unmatched && column.type == Type::string)
      value = make_internal("or_empty", Type::string, {value});
    list.add({0, column.name, column.type, false}, value, false);
  }
  return finish(std::move(joined), std::move(list));
}

// evaluate narrow(): a row for each cell.
Checked<Relation> Binder::narrow(Relation input) {
  const Relation rows = shared(share(std::move(input)));
  Relation numbered = rows;
  auto number = std::make_shared<plan::Expression>();
  number->kind = plan::ExpressionKind::window;
  number->type = Type::int64;
  number->function = functions::find("row_number", functions::Use::window).front();
  number->arguments.push_back(long_constant(0));
  number->order = rows.order;
  const plan::Column row_column = fresh("Row", Type::int64);
  std::vector<plan::Assignment> one;
  one.emplace_back(row_column.id, number);
  numbered = compute(std::move(numbered), std::move(one));
  std::vector<Relation> parts;
  const SharedBinding cells = share(numbered);
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    Relation part = shared(cells);
    ColumnList list;
    list.add({0, "Row", Type::int64, false}, plan::make_column(part.extra.back()), false);
    list.add({0, "Column", Type::string, false}, text_constant(rows.columns[i].name), false);
    list.add({0, "Value", Type::string, false},
             must_convert(plan::make_column(part.columns[i]), Type::string), false);
    part.order.clear();
    parts.push_back(finish(std::move(part), std::move(list)));
  }
  return union_all(parts, false, "");
}

}  // namespace vedette::kql::bind
