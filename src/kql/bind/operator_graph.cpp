// make-graph and the operators on graphs. Paths are found by a native function over the ids; what
// is asked of them is a join of its answer with the rows of nodes and edges.
#include <algorithm>
#include <memory>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/bind/graph.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

plan::ExpressionPtr row_number_of(const std::vector<plan::SortKey>& order) {
  auto number = std::make_shared<plan::Expression>();
  number->kind = plan::ExpressionKind::window;
  number->type = Type::int64;
  number->function = functions::find("row_number", functions::Use::window).front();
  number->arguments.push_back(plan::make_constant(Constant::of_integer(Type::int64, 0)));
  number->order = order;
  return number;
}

std::unique_ptr<syntax::Expression> expression_of(ExpressionKind kind, std::string text,
                                                  Span span) {
  auto expression = std::make_unique<syntax::Expression>();
  expression->kind = kind;
  expression->text = std::move(text);
  expression->span = span;
  return expression;
}

// The column with what tells a node from the others.
template <typename Columns>
auto key_of_nodes(Columns& columns) {
  return std::ranges::find(columns, "_node_key", &plan::Column::name);
}

}  // namespace

Checked<Relation> Binder::on_graph(const syntax::Operator& op, Relation input) {
  if (const auto* make = std::get_if<syntax::MakeGraphOperator>(&op.body)) {
    if (input.graph) return refuse("KQL202", op.span, "make-graph works on a table of edges");
    return make_graph(*make, std::move(input));
  }
  if (!input.graph)
    return refuse("KQL202", op.span, fmt::format("'{}' works on a graph", op.name),
                  "make-graph makes one of a table of edges");
  if (const auto* match = std::get_if<syntax::GraphMatchOperator>(&op.body))
    return graph_match(op, *match, input);
  if (const auto* table = std::get_if<syntax::GraphToTableOperator>(&op.body))
    return graph_to_table(*table, *input.graph);
  if (std::holds_alternative<syntax::GraphMarkOperator>(op.body))
    return mark_components(op, *input.graph);
  return refuse_unsupported(op.span, "operator", op.name);
}

// What tells a node from the others: its id as text, and in front what the graph is parted by, so
// that no path leads from one part into another. The length in front keeps two pairs apart.
Binder::Bound Binder::node_key(const Bound& partition, const Bound& id) {
  Bound text = must_convert(id, Type::string);
  if (!partition) return text;
  return make_internal("partitioned_key", Type::string,
                       {must_convert(partition, Type::string), std::move(text)});
}
Binder::Bound Binder::bare_key(Bound key, bool partitioned) {
  return partitioned ? make_internal("unpartitioned_key", Type::string, {std::move(key)}) : key;
}

// The nodes that the edges name, in the order in which they are named first.
Relation Binder::named_nodes(const SharedBinding& edges, const plan::Column& source,
                             const plan::Column& target, const std::string& id_name) {
  const Type id_type = source.type == target.type ? source.type : Type::string;
  std::vector<Relation> ends;
  for (const bool at_target : {false, true}) {
    Relation rows = shared(edges);
    const std::size_t last = rows.extra.size() - 1;
    const plan::Column id = rows.extra[at_target ? last : last - 1];
    const Bound place = make_internal(
        "add", Type::int64,
        {make_internal("multiply", Type::int64, {rows.order.front().value, long_constant(2)}),
         long_constant(at_target ? 1 : 0)});
    const plan::Column& visible = at_target ? target : source;
    Bound shown;
    for (std::size_t i = 0; i < rows.columns.size(); ++i)
      if (edges.relation.columns[i].id == visible.id) shown = plan::make_column(rows.columns[i]);
    ColumnList list;
    list.add({0, id_name.empty() ? "id" : id_name, id_type, false}, must_convert(shown, id_type),
             false);
    list.add({0, "key", Type::string, false}, plan::make_column(id), false);
    list.add({0, "place", Type::int64, false}, place, false);
    rows.order.clear();
    ends.push_back(finish(std::move(rows), std::move(list)));
  }
  Relation named = union_all(ends, false, "");
  plan::AggregateNode distinct;
  distinct.input = named.node;
  const plan::Column shown = fresh(id_name, id_type), key = fresh({}, Type::string),
                     place = fresh({}, Type::int64);
  distinct.keys.emplace_back(key.id, plan::make_column(named.columns[1]));
  const auto aggregate = [&](std::string_view name, Type type, const plan::Column& column) {
    return make_aggregate(name, type, {plan::make_column(column)}, Relation{});
  };
  distinct.aggregates.emplace_back(shown.id, aggregate("any_value", shown.type, named.columns[0]));
  distinct.aggregates.emplace_back(place.id, aggregate("least_of", place.type, named.columns[2]));
  Relation nodes;
  nodes.node = plan::make_node(std::move(distinct));
  if (!id_name.empty()) nodes.columns.push_back(shown);
  nodes.extra = {place, key};
  nodes.order = {{plan::make_column(place), true, true}};
  return nodes;
}

// A node that several rows tell of is one, with what each of them says.
Relation Binder::merged_nodes(Relation nodes) {
  plan::AggregateNode whole;
  whole.input = nodes.node;
  Relation merged;
  const auto key = key_of_nodes(nodes.columns);
  for (const plan::Column& column : nodes.columns) {
    merged.columns.push_back(fresh(column.name, column.type));
    const plan::ColumnId id = merged.columns.back().id;
    if (column.id == key->id)
      whole.keys.emplace_back(id, plan::make_column(column));
    else
      whole.aggregates.emplace_back(
          id, make_aggregate(column.type == Type::string ? "any_text" : "any_value", column.type,
                             {plan::make_column(column)}, Relation{}));
  }
  merged.node = plan::make_node(std::move(whole));
  return merged;
}

// The nodes of the given tables first, then those that only edges name.
Checked<Relation> Binder::given_nodes(const syntax::MakeGraphOperator& op, Relation named) {
  const SharedBinding from_edges = share(std::move(named));
  std::vector<Relation> parts;
  std::vector<plan::Column> ids;
  for (const auto& [table, id_name] : op.nodes) {
    Relation part = VEDETTE_TRY(relation(*table));
    const plan::Column id =
        *VEDETTE_TRY(find_column(part.columns, id_name, table->span, part.open));
    Bound partition;
    if (op.partition)
      partition = plan::make_column(*VEDETTE_TRY(
          find_column(part.columns, op.partition->text, op.partition->span, part.open)));
    if (std::ranges::find(ids, id.name, &plan::Column::name) == ids.end()) ids.push_back(id);
    ColumnList list;
    for (const plan::Column& column : part.columns)
      list.add(column, plan::make_column(column), false);
    list.add({0, "_node_key", Type::string, false}, node_key(partition, plan::make_column(id)),
             false);
    part.order.clear();
    parts.push_back(finish(std::move(part), std::move(list)));
  }
  Relation given = merged_nodes(union_all(parts, false, ""));
  const SharedBinding given_rows = share(std::move(given));
  const Relation known = shared(given_rows);
  Relation missing = shared(from_edges);
  plan::JoinNode anti;
  anti.kind = plan::JoinKind::left_anti;
  anti.left = missing.node;
  anti.right = known.node;
  anti.keys.emplace_back(plan::make_column(missing.extra.back()),
                         plan::make_column(*key_of_nodes(known.columns)));
  missing.node = plan::make_node(std::move(anti));
  ColumnList list;
  const Bound key = plan::make_column(missing.extra.back());
  for (const plan::Column& id : ids)  // what it is called is all that is known of such a node
    list.add({0, id.name, id.type, false},
             must_convert(bare_key(key, op.partition != nullptr), id.type), false);
  list.add({0, "_node_key", Type::string, false}, key, false);
  missing.order.clear();
  std::vector<Relation> all;
  all.push_back(shared(given_rows));
  all.push_back(finish(std::move(missing), std::move(list)));
  Relation nodes = union_all(all, false, "");
  const auto last = key_of_nodes(nodes.columns);
  nodes.extra.push_back(*last);
  nodes.columns.erase(last);
  nodes.order = {{plan::make_column(nodes.extra.back()), true, true}};
  return nodes;
}

Checked<Relation> Binder::make_graph(const syntax::MakeGraphOperator& op, Relation edges) {
  const plan::Column source =
      *VEDETTE_TRY(find_column(edges.columns, op.source->text, op.source->span, edges.open));
  const plan::Column target =
      *VEDETTE_TRY(find_column(edges.columns, op.target->text, op.target->span, edges.open));
  Bound partition;
  if (op.partition)
    partition = plan::make_column(*VEDETTE_TRY(
        find_column(edges.columns, op.partition->text, op.partition->span, edges.open)));
  const plan::Column number = fresh({}, Type::int64);
  std::vector<plan::Assignment> added;
  added.emplace_back(number.id, row_number_of(edges.order));
  edges = compute(std::move(edges), std::move(added));
  edges.order = {{plan::make_column(number), true, true}};
  added.clear();
  for (const plan::Column& end : {source, target})
    added.emplace_back(fresh({}, Type::string).id, node_key(partition, plan::make_column(end)));
  edges = compute(std::move(edges), std::move(added));
  Graph graph;
  graph.partitioned = partition != nullptr;
  graph.edges = share(std::move(edges));

  Relation nodes = named_nodes(graph.edges, source, target, op.node_id);
  if (!op.nodes.empty()) nodes = VEDETTE_TRY(given_nodes(op, std::move(nodes)));
  graph.nodes = share(std::move(nodes));
  Relation result = shared(graph.edges);
  result.graph = std::make_shared<const Graph>(std::move(graph));
  return op.body ? pipeline(*op.body, &result) : Checked<Relation>(std::move(result));
}

Checked<Relation> Binder::graph_to_table(const syntax::GraphToTableOperator& op,
                                         const Graph& graph) {
  std::optional<Relation> result;
  for (std::size_t i = 0; i < op.parts.size(); ++i) {
    const syntax::GraphToTableOperator::Part& part = op.parts[i];
    Relation rows = shared(part.edges ? graph.edges : graph.nodes);
    ColumnList list;
    const auto add = [&](const std::string& name, std::size_t from_end) {
      if (name.empty()) return;
      const plan::Column& key = rows.extra[rows.extra.size() - from_end];
      list.add({0, name, Type::int64, false},
               make_internal("node_hash", Type::int64,
                             {bare_key(plan::make_column(key), graph.partitioned)}),
               true);
    };
    add(part.id, 1);
    add(part.source, 2);
    add(part.target, 1);
    for (const plan::Column& column : rows.columns)
      list.add(column, plan::make_column(column), false);
    Relation table = finish(std::move(rows), std::move(list));
    if (!part.name.empty()) {
      const SharedBinding binding = share(std::move(table));
      define(part.name, binding);
      table = shared(binding);
    }
    if (i == (branches_ ? std::min(branch_, op.parts.size() - 1) : 0)) result = std::move(table);
  }
  return std::move(*result);
}

// Adds to each node how many edges come in and go out.
Relation Binder::with_degrees(Relation nodes, const plan::Column& id, const Relation& edges,
                              const plan::Column& source, const plan::Column& target) {
  for (const plan::Column& end : {target, source}) {
    plan::AggregateNode counted;
    counted.input = edges.node;
    const plan::Column key = fresh({}, Type::string), count = fresh({}, Type::int64);
    counted.keys.emplace_back(key.id, plan::make_column(end));
    counted.aggregates.emplace_back(count.id, count_of_rows());
    plan::JoinNode join;
    join.kind = plan::JoinKind::left_outer;
    join.left = nodes.node;
    join.right = plan::make_node(std::move(counted));
    join.keys.emplace_back(plan::make_column(id), plan::make_column(key));
    nodes.node = plan::make_node(std::move(join));
    std::vector<plan::Assignment> added;
    const plan::Column degree = fresh({}, Type::int64);
    added.emplace_back(degree.id, make_internal("coalesce", Type::int64,
                                                {plan::make_column(count), long_constant(0)}));
    nodes = compute(std::move(nodes), std::move(added));
  }
  return nodes;
}

Checked<Binder::Bound> Binder::graph_member(const Expression& expression, const Row& row,
                                            bool& handled) {
  GraphScope& scope = *row.graph;
  const Expression& base = *expression.children.front();
  if (base.kind != ExpressionKind::name) return Bound{};
  if (scope.inner_path != nullptr && base.text == scope.inner_path->name) {
    handled = true;
    return plan::make_column(
        *VEDETTE_TRY(find_column(scope.inner->relation.columns, expression.text, expression.span,
                                 scope.inner->relation.open)));
  }
  if (scope.inner != nullptr) return Bound{};
  const GraphScope::Variable* variable = scope.find(base.text);
  if (variable == nullptr) return Bound{};
  handled = true;
  if (variable->variable)  // the values of all its edges
    return mapped_path(base, expression_of(ExpressionKind::name, expression.text, expression.span),
                       row);
  GraphScope::Rows& rows = variable->is_edge ? scope.edges : scope.nodes;
  const plan::Column* column = VEDETTE_TRY(
      find_column(rows.relation.columns, expression.text, expression.span, rows.relation.open));
  return make_internal("list_field", column->type,
                       {plan::make_column(rows.list),
                        make_internal("element_place", Type::int64,
                                      {plan::make_column(scope.match),
                                       long_constant(static_cast<std::int64_t>(variable->place))}),
                        text_constant(fmt::format("f{}", rows.field(plan::make_column(*column))))});
}

// map(path, value), as if it were written so.
Checked<Binder::Bound> Binder::mapped_path(const Expression& path,
                                           std::unique_ptr<Expression> value, const Row& row) {
  const auto mapped = expression_of(ExpressionKind::call, "map", value->span);
  mapped->children.push_back(expression_of(ExpressionKind::name, path.text, value->span));
  mapped->children.push_back(std::move(value));
  return over_path(*mapped, row);
}

// A path as a value: an array with a bag of the columns of each of its edges.
Checked<Binder::Bound> Binder::whole_path(const Expression& name, const Row& row, bool& handled) {
  const GraphScope& scope = *row.graph;
  const GraphScope::Variable* variable = scope.inner == nullptr ? scope.find(name.text) : nullptr;
  handled = variable != nullptr && variable->variable;
  if (!handled) return Bound{};
  return mapped_path(name, expression_of(ExpressionKind::call, "pack_all", name.span), row);
}

// map(path, value), all(path, condition), any(path, condition); path or inner_nodes(path).
Checked<Binder::Bound> Binder::over_path(const Expression& call, const Row& row) {
  GraphScope& scope = *row.graph;
  if (call.children.size() != 2 || scope.inner != nullptr)
    return refuse("KQL203", call.span, fmt::format("{}(path, value)", call.text));
  const Expression* path = call.children.front().get();
  const bool inner_nodes = path->kind == ExpressionKind::call && path->text == "inner_nodes" &&
                           path->children.size() == 1;
  if (inner_nodes) path = path->children.front().get();
  const GraphScope::Variable* variable =
      path->kind == ExpressionKind::name ? scope.find(path->text) : nullptr;
  if (variable == nullptr || !variable->variable)
    return refuse("KQL208", call.children.front()->span, "this is no path of edges");
  GraphScope::Rows& rows = inner_nodes ? scope.nodes : scope.edges;
  Row inside;
  inside.columns = &rows.relation.columns;
  inside.open = rows.relation.open;
  inside.graph = row.graph;
  scope.inner = &rows;
  auto bound = scalar(*call.children[1], inside);
  scope.inner = nullptr;
  Bound value = VEDETTE_TRY(std::move(bound));
  const bool mapped = call.text == "map";
  value = mapped ? must_convert(value, Type::dynamic)
                 : VEDETTE_TRY(convert(std::move(value), Type::boolean, call.span, call.text));
  const Bound places = make_internal(
      "element_text", Type::dynamic,
      {plan::make_column(scope.match), long_constant(static_cast<std::int64_t>(variable->place)),
       long_constant(inner_nodes ? 1 : 0)});
  return make_internal(
      mapped               ? "map_path"
      : call.text == "all" ? "all_of_path"
                           : "any_of_path",
      mapped ? Type::dynamic : Type::boolean,
      {places, plan::make_column(rows.list), text_constant(fmt::format("f{}", rows.field(value)))});
}

Checked<Binder::Bound> Binder::graph_call(const Expression& call, const Row& row, bool& handled) {
  GraphScope& scope = *row.graph;
  const std::string& name = call.text;
  handled = true;
  if (name == "map" || name == "all" || name == "any") return over_path(call, row);
  if (name == "inner_nodes") return refuse_unsupported(call.span, "use of", name);
  // Labels come with a graph model; those of make-graph have none.
  if (name == "labels") return plan::make_constant(Constant::of_text(Type::dynamic, "[]"));
  const plan::Column* column = name == "node_degree_in"    ? &scope.degree_in
                               : name == "node_degree_out" ? &scope.degree_out
                               : name == "node_id"         ? &scope.id
                                                           : nullptr;
  handled = column != nullptr;
  if (!handled) return Bound{};
  if (call.children.empty()) {
    if (scope.inner != &scope.nodes)
      return refuse("KQL203", call.span, fmt::format("{} needs a node here", name));
    return column == &scope.id ? bare_key(plan::make_column(*column), scope.partitioned)
                               : plan::make_column(*column);
  }
  const Expression& node = *call.children.front();
  const GraphScope::Variable* variable =
      node.kind == ExpressionKind::name ? scope.find(node.text) : nullptr;
  if (variable == nullptr || variable->is_edge)
    return refuse("KQL208", node.span, fmt::format("{} takes a node of the pattern", name));
  Bound found = make_internal(
      "list_field", column->type,
      {plan::make_column(scope.nodes.list),
       make_internal("element_place", Type::int64,
                     {plan::make_column(scope.match),
                      long_constant(static_cast<std::int64_t>(variable->place))}),
       text_constant(fmt::format("f{}", scope.nodes.field(plan::make_column(*column))))});
  return column == &scope.id ? bare_key(std::move(found), scope.partitioned) : found;
}

}  // namespace vedette::kql::bind
