// Where rows come from, and the chain of operators over them.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

Checked<Relation> Binder::relation(const Expression& expression) {
  if (nodes_ > base::limits::query_nodes_max)
    return refuse("KQL402", expression.span,
                  "the query becomes too large once its lets are put in");
  switch (expression.kind) {
    case ExpressionKind::pipeline:
      return pipeline(*expression.pipeline, nullptr);
    case ExpressionKind::name:
      return relation_of_name(expression);
    case ExpressionKind::call:
      return relation_of_call(expression);
    case ExpressionKind::datatable:
      return datatable(expression);
    case ExpressionKind::externaldata:
      return externaldata(expression);
    case ExpressionKind::member:
      if (const Expression& base = *expression.children.front(); base.kind == ExpressionKind::call)
        if (const Binding* binding = find_binding(scope_, base.text); binding != nullptr)
          if (const auto* pattern = std::get_if<PatternBinding>(binding))
            return call_pattern(*pattern, base, expression.text);
      return refuse("KQL303", expression.span,
                    "other clusters, databases and workspaces are not reached from here",
                    "leave the prefix away to read this store's table");
    default:
      return refuse("KQL202", expression.span, "a table is expected here, and this is a value");
  }
}

Checked<Relation> Binder::relation_of_name(const Expression& name) {
  if (const Binding* binding = find_binding(scope_, name.text)) {
    if (const auto* shared_rows = std::get_if<SharedBinding>(binding)) return shared(*shared_rows);
    if (const auto* function = std::get_if<FunctionBinding>(binding)) {
      Relation rows = VEDETTE_TRY(call_tabular_function(*function, name, nullptr));
      rows.name = name.text;
      return rows;
    }
    const auto* table_binding = std::get_if<TableBinding>(binding);
    if (table_binding == nullptr || table_binding->value == nullptr)
      return refuse("KQL202", name.span,
                    fmt::format("'{}' is a value, and a table is expected here", name.text));
    VEDETTE_TRY_VOID(enter(name.span));
    const ScopePtr outer = scope_;
    scope_ = table_binding->scope;
    Relation rows = VEDETTE_TRY(relation(*table_binding->value));
    scope_ = outer;
    --depth_;
    rows.name = name.text;
    return rows;
  }
  if (const CatalogueTable* found = catalogue_.table(name.text)) return table(*found);
  if (const CatalogueFunction* function = catalogue_.function(name.text))
    return workspace_function(*function, name, nullptr);
  std::string hint;
  for (const std::string_view known : catalogue_.table_names())
    if (base::equals_ignoring_case(known, name.text))
      hint = fmt::format("did you mean '{}'? names keep their case", known);
  if (hint.empty() && name.text.size() < 64) {
    const std::string_view near = base::nearest(name.text, catalogue_.table_names());
    if (!near.empty()) hint = fmt::format("did you mean '{}'?", near);
  }
  return refuse("KQL205", name.span, fmt::format("there is no table '{}'", name.text),
                std::move(hint));
}

Checked<Relation> Binder::relation_of_call(const Expression& call) {
  if (const Binding* binding = find_binding(scope_, call.text)) {
    if (const auto* function = std::get_if<FunctionBinding>(binding))
      return call_tabular_function(*function, call, nullptr);
    if (const auto* pattern = std::get_if<PatternBinding>(binding))
      return call_pattern(*pattern, call, "");
  }
  if (call.text == "materialize" || call.text == "view") {
    if (call.children.size() != 1)
      return refuse("KQL203", call.span, "materialize takes one tabular expression");
    return relation(*call.children.front());
  }
  if (call.text == "table") {
    if (call.children.empty()) return refuse("KQL203", call.span, "table takes the table's name");
    Expression name;
    name.kind = ExpressionKind::name;
    name.span = call.span;
    name.text = VEDETTE_TRY(constant_text(*call.children.front(), "the table's name"));
    return relation_of_name(name);
  }
  if (call.text == "cluster" || call.text == "database" || call.text == "workspace" ||
      call.text == "app" || call.text == "adx" || call.text == "arg" ||
      call.text == "external_table" || call.text == "resource")
    return refuse_unsupported(call.span, "source", call.text);
  if (const CatalogueFunction* function = catalogue_.function(call.text))
    return workspace_function(*function, call, nullptr);
  return refuse("KQL205", call.span, fmt::format("there is no tabular function '{}'", call.text));
}

namespace {

// Log Analytics' type suffixes of custom columns.
Type type_of_suffix(std::string_view name) {
  if (name.ends_with("_d")) return Type::real;
  if (name.ends_with("_b")) return Type::boolean;
  if (name.ends_with("_t")) return Type::datetime;
  return Type::string;
}

}  // namespace

// A function of the workspace reads a let of the table's name where there is one: rows that are
// given with a query (a hunt's test) stand in such lets.
Checked<Relation> Binder::table_or_let(const CatalogueTable& shape, Span span) {
  if (find_binding(scope_, shape.name) == nullptr) return table(shape);
  Expression name;
  name.kind = ExpressionKind::name;
  name.span = span;
  name.text = shape.name;
  return relation_of_name(name);
}

Checked<Relation> Binder::table(const CatalogueTable& table) {
  Relation relation;
  plan::ScanNode scan;
  scan.table = table.name;
  const auto add = [&](const std::string& name, Type type, bool hidden) {
    plan::Column column = fresh(name, type);
    column.hidden = hidden;
    scan.columns.emplace_back(column.id, name);
    scan.types.push_back(type);
    relation.columns.push_back(std::move(column));
  };
  for (const CatalogueColumn& column : table.columns) add(column.name, column.type, false);
  if (table.open)
    for (const std::string& name : identifiers_)
      if (std::none_of(table.columns.begin(), table.columns.end(),
                       [&](const CatalogueColumn& column) { return column.name == name; }))
        add(name, type_of_suffix(name), true);
  relation.node = within_asked_time(plan::make_node(std::move(scan)), relation.columns);
  relation.name = table.name;
  relation.open = table.open;
  return relation;
}

// What --from and --to ask for stands on each table, as a filter right above its rows.
plan::NodePtr Binder::within_asked_time(plan::NodePtr rows,
                                        const std::vector<plan::Column>& columns) {
  const auto time = std::ranges::find(columns, "TimeGenerated", &plan::Column::name);
  if (time == columns.end() || time->type != Type::datetime) return rows;
  const auto keep = [&](std::string_view comparison, const std::optional<std::int64_t>& ticks) {
    if (!ticks) return;
    plan::FilterNode filter;
    filter.input = std::move(rows);
    filter.predicate =
        make_internal(comparison, Type::boolean,
                      {plan::make_column(*time),
                       plan::make_constant(Constant::of_integer(Type::datetime, *ticks))});
    rows = plan::make_node(std::move(filter));
  };
  keep("greater_or_equal", inputs_.from_ticks);
  keep("less", inputs_.to_ticks);
  return rows;
}

namespace {

// The items of watch lists as they stand in the table Watchlist: the newest version of each that
// was not deleted.
constexpr std::string_view newest_items =
    " | summarize arg_max(_DTTimestamp, *) by _DTItemId | where _DTItemStatus != 'Delete' and "
    "_DTItemType == 'watchlist-item'";

// Those of one list. What the query asks for by name is taken out of the item.
std::string watch_list_text(const CatalogueFunction& function,
                            const std::vector<std::string>& names) {
  std::string text = fmt::format(
      "Watchlist | where WatchlistAlias =~ _alias{} | where array_length(_keys) == 0 or "
      "SearchKey in (_keys) | project ",
      newest_items);
  for (const CatalogueColumn& column : function.columns) text += column.name + ", ";
  for (const std::string& name : names) {
    if (std::any_of(function.columns.begin(), function.columns.end(),
                    [&](const CatalogueColumn& column) { return column.name == name; }))
      continue;
    std::string quoted;
    for (const char c : name) {
      if (c == '\'' || c == '\\') quoted += '\\';
      quoted += c;
    }
    const Type type = type_of_suffix(name);
    text += fmt::format("['{0}'] = to{1}(WatchlistItem['{0}']), ", quoted, name_of(type));
  }
  return text + "WatchlistItem";
}

}  // namespace

// _GetWatchlist(alias, keys): the keys may be left out.
Checked<Relation> Binder::watch_list(const CatalogueFunction& function, const CatalogueTable& shape,
                                     const Expression& call) {
  std::vector<std::pair<std::string, Binding>> given{
      {"_alias", ScalarBinding{nullptr}},
      {"_keys", ScalarBinding{plan::make_constant(Constant::of_text(Type::dynamic, "[]"))}}};
  for (std::size_t i = 0; i < call.children.size(); ++i) {
    const Expression& argument = *call.children[i];
    const bool is_named = argument.kind == ExpressionKind::named;
    const std::string name = is_named ? argument.text : i == 0 ? "watchlistAlias" : "keys";
    if (i > 1 || (name != "watchlistAlias" && name != "keys"))
      return refuse("KQL203", argument.span, "_GetWatchlist takes watchlistAlias and keys");
    Bound value = VEDETTE_TRY(scalar(is_named ? *argument.children.front() : argument, {}));
    const bool is_keys = name == "keys";
    value = VEDETTE_TRY(
        convert(std::move(value), is_keys ? Type::dynamic : Type::string, argument.span, name));
    given[is_keys ? 1 : 0].second = ScalarBinding{std::move(value)};
  }
  if (!std::get<ScalarBinding>(given.front().second).value)
    return refuse("KQL203", call.span, "_GetWatchlist needs the list's alias");
  Relation rows =
      VEDETTE_TRY(written(watch_list_text(function, identifiers_), std::move(given), call.span));
  for (plan::Column& column : rows.columns)
    column.hidden = std::none_of(shape.columns.begin(), shape.columns.end(),
                                 [&](const auto& known) { return known.name == column.name; });
  rows.open = true;
  return rows;
}

Checked<Relation> Binder::workspace_function(const CatalogueFunction& function,
                                             const Expression& call, const Relation* input) {
  for (const auto& argument : call.children) {
    const Expression& value =
        argument->kind == ExpressionKind::named ? *argument->children.front() : *argument;
    if (!function.extends_input) (void)VEDETTE_TRY(scalar(value, {}));
  }
  CatalogueTable shape;
  shape.name = function.name;
  shape.open = function.open;
  if (const CatalogueTable* base =
          function.table.empty() ? nullptr : catalogue_.table(function.table))
    shape.columns = base->columns;
  for (const CatalogueColumn& column : function.columns)
    if (std::none_of(shape.columns.begin(), shape.columns.end(),
                     [&](const CatalogueColumn& known) { return known.name == column.name; }))
      shape.columns.push_back(column);
  if (!inputs_.check_only && input == nullptr && is_asim_parser(function.name))
    return asim_rows(function, std::move(shape), call);
  if (!inputs_.check_only && function.name == "_GetWatchlist")
    return watch_list(function, shape, call);
  if (!inputs_.check_only && function.name == "_GetWatchlistAlias")
    return written(fmt::format("Watchlist{} | distinct WatchlistAlias", newest_items), {},
                   call.span);
  // Another name of a table.
  if (!inputs_.check_only && function.parameters.empty() && !function.table.empty()) {
    shape.name = function.table;
    return table_or_let(shape, call.span);
  }
  if (!inputs_.check_only && (!function.extends_input || input == nullptr))
    return refuse("KQL305", call.span,
                  fmt::format("the workspace function '{}' has no data here yet", function.name),
                  "its names and types can be checked with --check");
  if (input == nullptr) return table(shape);
  return unknown_profile(shape, *input);
}

SharedBinding Binder::share(Relation relation) {
  return {next_shared_++, std::move(relation), inside_apply_};
}

// The shared rows under new column numbers.
Relation Binder::shared(const SharedBinding& binding) {
  Relation result = binding.relation;
  plan::SharedNode node;
  node.number = binding.number;
  node.input = binding.relation.node;
  const auto renumber = [&](plan::Column& column) {
    const plan::ColumnId id = next_column_++;
    node.columns.emplace_back(id, column.id);
    column.id = id;
  };
  for (plan::Column& column : result.columns) renumber(column);
  for (plan::Column& column : result.extra) renumber(column);
  for (plan::SortKey& key : result.order)
    for (const auto& [id, old] : node.columns)
      if (old == key.value->column) {
        key.value = plan::make_column({id, {}, key.value->type, false});
        break;
      }
  nodes_ += node.columns.size();
  if (binding.in_place) {
    plan::ProjectNode renamed;
    renamed.input = node.input;
    for (const auto& [id, old] : node.columns) {
      auto column = std::make_shared<plan::Expression>();
      column->kind = plan::ExpressionKind::column;
      column->column = old;
      for (const Columns* columns : {&binding.relation.columns, &binding.relation.extra})
        for (const plan::Column& one : *columns)
          if (one.id == old) column->type = one.type;
      renamed.items.emplace_back(id, std::move(column));
    }
    result.node = plan::make_node(std::move(renamed));
    return result;
  }
  result.node = plan::make_node(std::move(node));
  return result;
}

Checked<Relation> Binder::datatable(const Expression& expression) {
  Relation relation;
  plan::ValuesNode values;
  for (const syntax::ColumnDeclaration& declared : expression.declarations) {
    const Type type = declared.type.value_or(Type::string);
    plan::Column column = fresh(declared.name, type);
    values.ids.push_back(column.id);
    values.types.push_back(type);
    relation.columns.push_back(std::move(column));
  }
  const plan::Column place = fresh({}, Type::int64);  // rows keep the order they are written in
  values.ids.push_back(place.id);
  values.types.push_back(Type::int64);
  relation.extra.push_back(place);
  relation.order.push_back({plan::make_column(place), true, true});
  const std::size_t width = expression.declarations.size();
  for (std::size_t i = 0; i < expression.children.size(); i += width) {
    std::vector<plan::ExpressionPtr> row;
    for (std::size_t j = 0; j < width; ++j) {
      const Expression& cell = *expression.children[i + j];
      Bound value = cell.kind == ExpressionKind::name && cell.text == "null"
                        ? null_of(values.types[j])
                        : VEDETTE_TRY(scalar(cell, {}));
      row.push_back(
          VEDETTE_TRY(convert(std::move(value), values.types[j], cell.span, "datatable")));
    }
    row.push_back(long_constant(static_cast<std::int64_t>(i / width)));
    values.rows.push_back(std::move(row));
  }
  nodes_ += expression.children.size();
  relation.node = plan::make_node(std::move(values));
  return relation;
}

Checked<Relation> Binder::pipeline(const syntax::Pipeline& pipeline, const Relation* input) {
  VEDETTE_TRY_VOID(enter(pipeline.span));
  Relation current = unit();
  bool has_input = false;
  if (pipeline.source) {
    current = VEDETTE_TRY(relation(*pipeline.source));
    has_input = true;
  } else if (input != nullptr) {
    current = *input;
    has_input = true;
  }
  for (const auto& op : pipeline.operators) {
    if (nodes_ > base::limits::query_nodes_max)
      return refuse("KQL402", op->span, "the query becomes too large once its lets are put in");
    current = VEDETTE_TRY(apply(*op, std::move(current), has_input));
    has_input = true;
  }
  --depth_;
  return current;
}

// Which member binds which operator. Anything without one is refused by its name.
Checked<Relation> Binder::apply(const syntax::Operator& op, Relation input, bool has_input) {
  const auto optional_input = [&]() -> std::optional<Relation> {
    if (!has_input) return std::nullopt;
    return std::move(input);
  };
  const syntax::OperatorBody& body = op.body;
  if (const auto* o = std::get_if<syntax::PrintOperator>(&body)) return on_print(*o);
  if (const auto* o = std::get_if<syntax::RangeOperator>(&body)) return on_range(*o, op.span);
  if (const auto* o = std::get_if<syntax::UnionOperator>(&body))
    return on_union(op, *o, optional_input());
  if (const auto* o = std::get_if<syntax::SearchOperator>(&body))
    return on_search(op, *o, optional_input());
  if (const auto* o = std::get_if<syntax::EvaluateOperator>(&body))
    return on_evaluate(*o, std::move(input), has_input);
  if (const auto* o = std::get_if<syntax::FindOperator>(&body))
    return on_find(op, *o, optional_input());
  if (op.name.starts_with("graph-") || op.name == "make-graph")
    return on_graph(op, std::move(input));
  if (input.graph)
    return refuse("KQL202", op.span,
                  fmt::format("'{}' works on a table, and this is a graph", op.name),
                  "graph-match or graph-to-table makes a table of it");
  if (!has_input)
    return refuse("KQL202", op.span, fmt::format("'{}' needs a table in front of it", op.name));
  return apply_to_rows(op, std::move(input));
}

Checked<Relation> Binder::apply_to_rows(const syntax::Operator& op, Relation input) {
  const syntax::OperatorBody& body = op.body;
  if (const auto* o = std::get_if<syntax::WhereOperator>(&body))
    return on_where(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::ExtendOperator>(&body))
    return on_extend(o->items, std::move(input));
  if (const auto* o = std::get_if<syntax::ProjectOperator>(&body))
    return on_project(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::ProjectAwayOperator>(&body))
    return on_project_away(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::ProjectRenameOperator>(&body))
    return on_project_rename(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::ProjectReorderOperator>(&body))
    return on_project_reorder(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::ProjectByNamesOperator>(&body))
    return on_project_by_names(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::SummarizeOperator>(&body))
    return on_summarize(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::DistinctOperator>(&body))
    return on_distinct(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::SortOperator>(&body))
    return sorted(std::move(input), o->keys);
  if (const auto* o = std::get_if<syntax::TopOperator>(&body)) return on_top(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::TakeOperator>(&body)) {
    Bound count = VEDETTE_TRY(scalar(*o->count, {}));
    count = VEDETTE_TRY(convert(std::move(count), Type::int64, o->count->span, "take"));
    if (count->kind == plan::ExpressionKind::constant && count->constant.integer < 0)
      return refuse("KQL203", o->count->span, "take needs a number of rows, 0 or more");
    return limit(std::move(input), std::move(count));
  }
  if (const auto* o = std::get_if<syntax::CountOperator>(&body)) return on_count(*o, input);
  if (const auto* o = std::get_if<syntax::SampleOperator>(&body))
    return on_sample(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::JoinOperator>(&body))
    return on_join(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::ExpandOperator>(&body))
    return on_expand(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::ParseOperator>(&body))
    return on_parse(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::ParseKvOperator>(&body))
    return on_parse_kv(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::MakeSeriesOperator>(&body))
    return on_make_series(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::SerializeOperator>(&body))
    return on_serialize(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::InvokeOperator>(&body)) return on_invoke(*o, input);
  if (const auto* o = std::get_if<syntax::AsOperator>(&body)) return on_as(*o, std::move(input));
  if (std::holds_alternative<syntax::GetSchemaOperator>(body)) return on_getschema(input);
  if (const auto* o = std::get_if<syntax::TopNestedOperator>(&body))
    return on_top_nested(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::TopHittersOperator>(&body))
    return on_top_hitters(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::PartitionOperator>(&body))
    return on_partition(*o, std::move(input));
  if (const auto* o = std::get_if<syntax::ScanOperator>(&body))
    return on_scan(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::ReduceOperator>(&body))
    return on_reduce(op, *o, std::move(input));
  if (const auto* o = std::get_if<syntax::ForkOperator>(&body)) return on_fork(*o, input);
  if (const auto* o = std::get_if<syntax::FacetOperator>(&body))
    return on_facet(*o, std::move(input));
  if (std::holds_alternative<syntax::ConsumeOperator>(body)) return on_consume(std::move(input));
  if (const auto* o = std::get_if<syntax::AssertSchemaOperator>(&body))
    return on_assert_schema(*o, std::move(input), op.span);
  if (const auto* o = std::get_if<syntax::RenderOperator>(&body)) {
    input.render = o->kind;
    return input;
  }
  return refuse_unsupported(op.span, "operator", op.name);
}

}  // namespace vedette::kql::bind
