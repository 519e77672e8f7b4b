// Graphs: make-graph, graph-match and what stands in their patterns.
#include "fmt/format.h"
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

// T | make-graph Source --> Target with Nodes on Id [, Nodes2 on Id2], or with_node_id=Name;
// behind these: partitioned-by Column ( operators on the graph of each value )
Checked<OperatorBody> Parser::make_graph() {
  MakeGraphOperator op;
  const Token& source = peek();
  std::string name = VEDETTE_TRY(identifier("the column of the edges' sources"));
  op.source = make_expression(ExpressionKind::name, span_from(source), std::move(name));
  VEDETTE_TRY(expect("-", "in -->"));
  VEDETTE_TRY(expect("-", "in -->"));
  VEDETTE_TRY(expect(">", "in -->"));
  const Token& target = peek();
  name = VEDETTE_TRY(identifier("the column of the edges' targets"));
  op.target = make_expression(ExpressionKind::name, span_from(target), std::move(name));
  if (accept_name("with_node_id")) {
    VEDETTE_TRY(expect("=", "after with_node_id"));
    op.node_id = VEDETTE_TRY(identifier("the name of the nodes' id"));
  } else if (accept_name("with")) {
    do {
      ExpressionPtr table = VEDETTE_TRY(postfix());
      if (!accept_name("on")) return unexpected("'on' and the nodes' id");
      op.nodes.emplace_back(std::move(table), VEDETTE_TRY(identifier("the nodes' id")));
    } while (accept(","));
  }
  std::string word;
  const std::size_t used = dashed_word(word);
  if (word == "partitioned-by") {
    for (std::size_t i = 0; i < used; ++i) advance();
    const Token& column = peek();
    name = VEDETTE_TRY(identifier("the column that parts the graph"));
    op.partition = make_expression(ExpressionKind::name, span_from(column), std::move(name));
    op.body = VEDETTE_TRY(sub_pipeline());
  }
  return OperatorBody(std::move(op));
}

Checked<GraphElement> Parser::graph_node() {
  GraphElement node;
  node.span = peek().span;
  VEDETTE_TRY(expect("(", "before a node"));
  if (!peek().is_symbol(")")) node.name = VEDETTE_TRY(identifier("a node's name"));
  VEDETTE_TRY(expect(")", "after a node"));
  return node;
}

// -[name]->, <-[name*1..3]-, -[name]-, -->, <--, --
Checked<GraphElement> Parser::graph_edge() {
  GraphElement edge;
  edge.is_edge = true;
  edge.span = peek().span;
  edge.backward = accept("<");
  VEDETTE_TRY(expect("-", "before an edge"));
  if (accept("[")) {
    if (!peek().is_symbol("]") && !peek().is_symbol("*"))
      edge.name = VEDETTE_TRY(identifier("an edge's name"));
    if (accept("*")) {
      edge.variable = true;
      const auto bound = [&](std::int64_t& value, ExpressionPtr& given) {
        if (peek().kind == TokenKind::name) {
          const Token& name = advance();
          given = make_expression(ExpressionKind::name, name.span, std::string(name.text));
          return true;
        }
        if (peek().kind != TokenKind::number || !is_integer(peek().constant.type)) return false;
        value = advance().constant.integer;
        return true;
      };
      if (!bound(edge.least, edge.least_given))
        return unexpected("the least length, such as *1..5");
      VEDETTE_TRY(expect("..", "between the lengths"));
      if (!bound(edge.most, edge.most_given))
        return unexpected("the greatest length, such as *1..5");
    }
    VEDETTE_TRY(expect("]", "after an edge"));
  }
  VEDETTE_TRY(expect("-", "after an edge"));
  edge.forward = accept(">");
  if (!edge.forward && !edge.backward) edge.forward = edge.backward = true;
  return edge;
}

Checked<std::vector<GraphElement>> Parser::graph_pattern() {
  std::vector<GraphElement> pattern;
  pattern.push_back(VEDETTE_TRY(graph_node()));
  while (peek().is_symbol("-") || peek().is_symbol("<")) {
    pattern.push_back(VEDETTE_TRY(graph_edge()));
    pattern.push_back(VEDETTE_TRY(graph_node()));
  }
  return pattern;
}

Checked<OperatorBody> Parser::graph_match() {
  GraphMatchOperator op;
  do {
    op.patterns.push_back(VEDETTE_TRY(graph_pattern()));
  } while (accept(","));
  if (accept_name("where")) op.where = VEDETTE_TRY(expression());
  if (accept_name("project")) op.project = VEDETTE_TRY(named_expressions());
  return OperatorBody(std::move(op));
}

// graph-to-table nodes [as N] [with_node_id=Id], edges [as E] [with_source_id=S] [with_target_id=T]
Checked<OperatorBody> Parser::graph_to_table() {
  GraphToTableOperator op;
  do {
    GraphToTableOperator::Part part;
    part.edges = peek().is_name("edges");
    if (!part.edges && !peek().is_name("nodes")) return unexpected("nodes or edges");
    advance();
    if (accept_name("as")) part.name = VEDETTE_TRY(identifier("a name after as"));
    while (
        at_parameter("with_node_id with_source_id with_target_id with_node_labels "
                     "with_edge_labels")) {
      const Token& option = advance();
      advance();
      std::string& name = option.is_name("with_node_id")     ? part.id
                          : option.is_name("with_source_id") ? part.source
                          : option.is_name("with_target_id") ? part.target
                                                             : part.name;
      if (&name == &part.name) return refuse_unsupported(option.span, "option", option.text);
      name = VEDETTE_TRY(identifier("a column's name"));
    }
    op.parts.push_back(std::move(part));
  } while (accept(","));
  return OperatorBody(std::move(op));
}

}  // namespace vedette::kql::syntax
