// graph-match, graph-shortest-paths and graph-mark-components: the pattern as the native function
// reads it, and the rows that its matches become.
#include <algorithm>
#include <functional>

#include "fmt/format.h"
#include "kql/bind/graph.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

constexpr std::int64_t path_edges_max = 256;

// [[first node, edge, node, edge, node ...], ...]: nodes by number, edges as
// [place, direction, least, most, is variable].
std::string pattern_text(const std::vector<std::vector<syntax::GraphElement>>& patterns,
                         const std::vector<std::vector<std::size_t>>& places,
                         const std::vector<std::pair<std::int64_t, std::int64_t>>& lengths) {
  std::string text = "[";
  for (std::size_t p = 0; p < patterns.size(); ++p) {
    text += p > 0 ? ",[" : "[";
    for (std::size_t i = 0; i < patterns[p].size(); ++i) {
      const syntax::GraphElement& one = patterns[p][i];
      if (i > 0) text += ",";
      if (!one.is_edge) {
        text += std::to_string(places[p][i]);
        continue;
      }
      const int direction = one.forward && one.backward ? 0 : one.forward ? 1 : -1;
      const auto& [least, most] = lengths[places[p][i]];
      text += fmt::format("[{},{},{},{},{}]", places[p][i], direction, least, most,
                          one.variable ? 1 : 0);
    }
    text += "]";
  }
  return text + "]";
}

bool is_over_path(const syntax::Expression& expression) {
  return expression.kind == ExpressionKind::call &&
         (expression.text == "all" || expression.text == "any" || expression.text == "map");
}

// The names of the pattern that an expression reads, and of the paths among them whose properties
// it names outside of map, all and any.
struct Named {
  std::set<std::string> all, paths;
};
void collect_names(const syntax::Expression& expression,
                   const std::function<bool(const std::string&)>& is_known,
                   const std::function<bool(const std::string&)>& is_path, Named& named) {
  if (expression.kind == ExpressionKind::name && is_known(expression.text))
    named.all.insert(expression.text);
  if (expression.kind == ExpressionKind::member &&
      expression.children.front()->kind == ExpressionKind::name &&
      is_path(expression.children.front()->text))
    named.paths.insert(expression.children.front()->text);
  if (is_over_path(expression)) return;
  for (const auto& child : expression.children) collect_names(*child, is_known, is_path, named);
}

bool looks_at_edges(const syntax::Expression& expression) {
  if (expression.kind == ExpressionKind::call &&
      (expression.text == "all" || expression.text == "any" || expression.text == "map"))
    return true;
  return std::any_of(expression.children.begin(), expression.children.end(),
                     [](const auto& child) { return looks_at_edges(*child); });
}

}  // namespace

Checked<Binder::Bound> Binder::condition_inside(const Expression& condition, const Row& row,
                                                bool on_nodes) {
  GraphScope& scope = *row.graph;
  GraphScope::Rows& rows = on_nodes ? scope.nodes : scope.edges;
  Row inside;
  inside.columns = &rows.relation.columns;
  inside.open = rows.relation.open;
  inside.graph = row.graph;
  scope.inner = &rows;
  auto bound = scalar(condition, inside);
  scope.inner = nullptr;
  return convert(VEDETTE_TRY(std::move(bound)), Type::boolean, condition.span, "where");
}

// What is asked of each edge of a path, on the rows of edges.
Checked<Binder::Bound> Binder::edge_condition(const Expression& condition, const Row& row,
                                              const std::string& path) {
  GraphScope& scope = *row.graph;
  scope.inner_path = scope.find(path);
  auto bound = condition_inside(condition, row, false);
  scope.inner_path = nullptr;
  return bound;
}

// all(inner_nodes(path), condition) of shortest paths: through which nodes they may lead.
Checked<void> Binder::lead_through(const Expression& condition, const Row& row) {
  GraphScope& scope = *row.graph;
  Bound one = VEDETTE_TRY(condition_inside(condition, row, true));
  if (scope.through) {
    auto both = std::make_shared<plan::Expression>();
    both->kind = plan::ExpressionKind::all_of;
    both->type = Type::boolean;
    both->arguments = {scope.through, std::move(one)};
    one = std::move(both);
  }
  scope.through = std::move(one);
  return {};
}

// The condition of a pattern, or nothing where none is left to ask. What names a property of a path
// is asked of each of its edges; for shortest paths these are the only edges there are.
Checked<Binder::Bound> Binder::graph_condition(const Expression& condition, const Row& row,
                                               bool filters_edges) {
  GraphScope& scope = *row.graph;
  if (condition.kind == ExpressionKind::binary && condition.text == "and") {
    auto both = std::make_shared<plan::Expression>();
    both->kind = plan::ExpressionKind::all_of;
    both->type = Type::boolean;
    for (const auto& child : condition.children)
      if (const Bound part = VEDETTE_TRY(graph_condition(*child, row, filters_edges)))
        both->arguments.push_back(part);
    return both->arguments.empty() ? Bound{} : both;
  }
  const auto is_path = [&](const std::string& name) {
    const GraphScope::Variable* variable = scope.find(name);
    return variable != nullptr && variable->variable;
  };
  Named named;
  collect_names(
      condition, [&](const std::string& name) { return scope.find(name) != nullptr; }, is_path,
      named);
  const bool is_all = condition.kind == ExpressionKind::call && condition.text == "all" &&
                      condition.children.size() == 2;
  const auto names_path = [&](const Expression& expression) {
    return expression.kind == ExpressionKind::name && is_path(expression.text);
  };
  if (filters_edges && is_all && condition.children[0]->kind == ExpressionKind::call &&
      condition.children[0]->text == "inner_nodes" && condition.children[0]->children.size() == 1 &&
      names_path(*condition.children[0]->children[0])) {
    VEDETTE_TRY_VOID(lead_through(*condition.children[1], row));
    return Bound{};
  }
  if (filters_edges && is_all && names_path(*condition.children[0])) {
    const Bound filter =
        VEDETTE_TRY(edge_condition(*condition.children[1], row, condition.children[0]->text));
    scope.edges.relation = this->filter(std::move(scope.edges.relation), filter);
    return Bound{};
  }
  if (named.paths.size() == 1 && named.all == named.paths && !looks_at_edges(condition)) {
    const std::string& path = *named.paths.begin();
    const Bound each = VEDETTE_TRY(edge_condition(condition, row, path));
    if (filters_edges) {
      scope.edges.relation = filter(std::move(scope.edges.relation), each);
      return Bound{};
    }
    const auto place = static_cast<std::int64_t>(scope.find(path)->place);
    return make_internal(
        "all_of_path", Type::boolean,
        {make_internal("element_text", Type::dynamic,
                       {plan::make_column(scope.match), long_constant(place), long_constant(0)}),
         plan::make_column(scope.edges.list),
         text_constant(fmt::format("f{}", scope.edges.field(each)))});
  }
  if (filters_edges && looks_at_edges(condition))
    return refuse_unsupported(condition.span, "condition of graph-shortest-paths",
                              "on some edges of a path");
  Bound value = VEDETTE_TRY(scalar(condition, row));
  return convert(std::move(value), Type::boolean, condition.span, "where");
}

// The rows as one list of these fields, in their order.
plan::NodePtr Binder::listed(const Relation& rows, const plan::Column& list, Arguments fields) {
  plan::AggregateNode node;
  node.input = rows.node;
  auto all = std::make_shared<plan::Expression>(
      *make_aggregate("struct_list", Type::dynamic, std::move(fields), rows));
  all->order = rows.order;
  node.aggregates.emplace_back(list.id, all);
  return plan::make_node(std::move(node));
}

// The names of the patterns, and the place of each of their elements in a match.
Checked<Binder::GraphScope> Binder::graph_scope(const syntax::GraphMatchOperator& body,
                                                const Graph& graph,
                                                std::vector<std::vector<std::size_t>>& places) {
  GraphScope scope;
  std::size_t next = 0;
  for (const auto& pattern : body.patterns) {
    places.emplace_back();
    for (const syntax::GraphElement& one : pattern) {
      std::int64_t least = one.least, most = one.most;
      if (one.least_given)
        least = VEDETTE_TRY(constant_integer(*one.least_given, "the least length"));
      if (one.most_given)
        most = VEDETTE_TRY(constant_integer(*one.most_given, "the greatest length"));
      if (least < 0) return refuse("KQL208", one.span, "a length is not below zero");
      if (most > path_edges_max)
        return refuse("KQL403", one.span,
                      fmt::format("a path has at most {} edges here", path_edges_max));
      const GraphScope::Variable* known = one.name.empty() ? nullptr : scope.find(one.name);
      if (known != nullptr && (known->is_edge || one.is_edge))
        return refuse("KQL207", one.span, fmt::format("'{}' stands there twice", one.name));
      places.back().push_back(known != nullptr ? known->place : next);
      if (known == nullptr)
        scope.variables.push_back({one.name, one.is_edge, one.variable, next++, least, most});
    }
  }

  scope.edges.relation = shared(graph.edges);
  const Relation& edges = scope.edges.relation;
  const plan::Column source = edges.extra[edges.extra.size() - 2], target = edges.extra.back();
  Relation nodes = shared(graph.nodes);
  scope.id = nodes.extra.back();
  scope.partitioned = graph.partitioned;
  nodes = with_degrees(std::move(nodes), scope.id, edges, source, target);
  scope.degree_in = nodes.extra[nodes.extra.size() - 2];
  scope.degree_out = nodes.extra.back();
  scope.nodes.relation = std::move(nodes);
  scope.nodes.list = fresh({}, Type::dynamic);
  scope.edges.list = fresh({}, Type::dynamic);
  scope.match = fresh({}, Type::dynamic);
  const auto as_json = [&](const plan::Column& column) {
    return must_convert(plan::make_column(column), Type::dynamic);
  };
  scope.nodes.fields = {as_json(scope.id)};
  scope.edges.fields = {as_json(source), as_json(target)};

  return scope;
}

Checked<Relation> Binder::graph_match(const syntax::Operator& op,
                                      const syntax::GraphMatchOperator& body,
                                      const Relation& input) {
  const Graph& graph = *input.graph;
  const bool shortest = op.name == "graph-shortest-paths";
  const std::string cycles = op.parameter_word("cycles");
  if (body.project.empty())
    return refuse_unsupported(op.span, "form of " + op.name, "without project");
  if (shortest && (body.patterns.size() != 1 || body.patterns.front().size() != 3 ||
                   !body.patterns.front()[1].variable))
    return refuse("KQL203", op.span, "graph-shortest-paths takes one pattern (a)-[e*1..n]->(b)");

  std::vector<std::vector<std::size_t>> places;
  GraphScope scope = VEDETTE_TRY(graph_scope(body, graph, places));
  Row row;
  row.graph = &scope;
  Bound condition;
  if (body.where) condition = VEDETTE_TRY(graph_condition(*body.where, row, shortest));
  ColumnList list;
  for (const auto& item : body.project) {
    const bool named = item->kind == ExpressionKind::named;
    const Expression& value = named ? *item->children.front() : *item;
    const Bound bound = VEDETTE_TRY(scalar(value, row));
    std::string name = named ? item->text : result_name(value, row);
    if (name.empty() && value.kind == ExpressionKind::call && value.text.starts_with("node_degree"))
      name = value.text;
    if (name.empty()) name = fmt::format("Column{}", default_names_++);
    list.add({0, std::move(name), bound->type, false}, bound, false);
  }

  const Bound through =
      scope.through
          ? make_internal("list_flags", Type::string,
                          {plan::make_column(scope.nodes.list),
                           text_constant(fmt::format("f{}", scope.nodes.field(scope.through)))})
          : text_constant("");
  // Both lists in one row, the matches expanded.
  plan::JoinNode both;
  both.left = listed(scope.nodes.relation, scope.nodes.list, scope.nodes.fields);
  both.right = listed(scope.edges.relation, scope.edges.list, scope.edges.fields);
  std::vector<std::pair<std::int64_t, std::int64_t>> lengths;  // by place
  for (const GraphScope::Variable& one : scope.variables) lengths.emplace_back(one.least, one.most);
  const std::string options = fmt::format(
      R"({{"patterns":{},"cycles":"{}","shortest":{},"all":{}}})",
      pattern_text(body.patterns, places, lengths), cycles.empty() ? "unique_edges" : cycles,
      shortest, op.parameter_word("output") == "all");
  plan::ExpandNode expand;
  expand.input = plan::make_node(std::move(both));
  expand.items.emplace_back(
      scope.match.id,
      make_internal(
          "graph_matches", Type::dynamic,
          {make_internal("list_ids", Type::dynamic, {plan::make_column(scope.nodes.list)}),
           make_internal("list_ends", Type::dynamic, {plan::make_column(scope.edges.list)}),
           text_constant(options), through}));
  expand.index = next_column_++;
  Relation result;
  result.node = plan::make_node(std::move(expand));
  if (condition) result = filter(std::move(result), condition);
  return finish(std::move(result), std::move(list));
}

// Each node gets the number of the part of the graph it belongs to.
Checked<Relation> Binder::mark_components(const syntax::Operator& op, const Graph& graph) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "weak" && kind != "strong")
    return refuse("KQL212", op.span, fmt::format("there are no components of kind '{}'", kind),
                  "kinds: weak, strong");
  std::string name = op.parameter_word("with_component_id");
  if (name.empty()) name = "ComponentId";
  const Relation nodes = shared(graph.nodes), edges = shared(graph.edges);
  const auto as_json = [&](const plan::Column& column) {
    return must_convert(plan::make_column(column), Type::dynamic);
  };
  Arguments node_fields{as_json(nodes.extra.back())};
  for (const plan::Column& column : nodes.columns) node_fields.push_back(plan::make_column(column));
  for (const plan::Column& column : nodes.extra) node_fields.push_back(plan::make_column(column));
  const plan::Column node_list = fresh({}, Type::dynamic), edge_list = fresh({}, Type::dynamic);
  plan::JoinNode both;
  both.left = listed(nodes, node_list, std::move(node_fields));
  both.right = listed(edges, edge_list,
                      {as_json(edges.extra[edges.extra.size() - 2]), as_json(edges.extra.back())});
  plan::ExpandNode expand;
  const plan::Column component = fresh({}, Type::dynamic);
  expand.input = plan::make_node(std::move(both));
  expand.items.emplace_back(
      component.id,
      make_internal("graph_components", Type::dynamic,
                    {make_internal("list_ids", Type::dynamic, {plan::make_column(node_list)}),
                     make_internal("list_ends", Type::dynamic, {plan::make_column(edge_list)}),
                     text_constant(fmt::format(R"({{"strong":{},"partitioned":{}}})",
                                               kind == "strong", graph.partitioned))}));
  expand.index = next_column_++;
  const plan::Column place{expand.index, {}, Type::int64, false};
  Relation marked;
  marked.node = plan::make_node(std::move(expand));
  ColumnList list;
  const auto field = [&](std::size_t number, Type type) {
    return make_internal("list_field", type,
                         {plan::make_column(node_list), plan::make_column(place),
                          text_constant(fmt::format("f{}", number))});
  };
  std::size_t number = 2;
  for (const plan::Column& column : nodes.columns)
    list.add(column, field(number++, column.type), false);
  list.add({0, name, Type::int64, false}, must_convert(plan::make_column(component), Type::int64),
           true);
  const std::size_t visible = list.columns.size();
  for (const plan::Column& column : nodes.extra)
    list.add({0, fmt::format("_extra{}", number), column.type, false}, field(number, column.type),
             false),
        ++number;
  list.add({0, "_place", Type::int64, false}, plan::make_column(place), false);
  marked = finish(std::move(marked), std::move(list));
  // The order, the key as the last: as make-graph leaves them.
  const plan::Column order = marked.columns.back();
  marked.extra = {order, marked.columns[marked.columns.size() - 2]};
  marked.columns.resize(visible);
  marked.order = {{plan::make_column(order), true, true}};
  Graph changed;
  changed.edges = graph.edges;
  changed.partitioned = graph.partitioned;
  changed.nodes = share(std::move(marked));
  Relation result = shared(changed.edges);
  result.graph = std::make_shared<const Graph>(std::move(changed));
  return result;
}

}  // namespace vedette::kql::bind
