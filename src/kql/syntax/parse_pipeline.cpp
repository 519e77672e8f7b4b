// Pipelines: a source and its operators; the table that tells which word opens which operator.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "fmt/format.h"
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

namespace {

constexpr std::array<std::string_view, 59> operator_words{"as",
                                                          "assert-schema",
                                                          "consume",
                                                          "count",
                                                          "distinct",
                                                          "evaluate",
                                                          "extend",
                                                          "externaldata",
                                                          "facet",
                                                          "filter",
                                                          "find",
                                                          "fork",
                                                          "getschema",
                                                          "graph-mark-components",
                                                          "graph-match",
                                                          "graph-shortest-paths",
                                                          "graph-to-table",
                                                          "graph-where-edges",
                                                          "graph-where-nodes",
                                                          "invoke",
                                                          "join",
                                                          "limit",
                                                          "lookup",
                                                          "macro-expand",
                                                          "make-graph",
                                                          "make-series",
                                                          "mv-apply",
                                                          "mv-expand",
                                                          "mvapply",
                                                          "mvexpand",
                                                          "order",
                                                          "parse",
                                                          "parse-kv",
                                                          "parse-where",
                                                          "partition",
                                                          "print",
                                                          "project",
                                                          "project-away",
                                                          "project-by-names",
                                                          "project-keep",
                                                          "project-rename",
                                                          "project-reorder",
                                                          "project-smart",
                                                          "range",
                                                          "reduce",
                                                          "render",
                                                          "sample",
                                                          "sample-distinct",
                                                          "scan",
                                                          "search",
                                                          "serialize",
                                                          "sort",
                                                          "summarize",
                                                          "take",
                                                          "top",
                                                          "top-hitters",
                                                          "top-nested",
                                                          "union",
                                                          "where"};

// The parameters that stand in front of an operator's operands.
std::string_view parameters_of(std::string_view name) {
  if (name == "join" || name == "lookup" || name == "make-series") return "kind";
  if (name == "union") return "kind withsource with_source isfuzzy";
  if (name == "search") return "kind withsource with_source";
  if (name == "graph-match") return "cycles";
  if (name == "graph-shortest-paths") return "output cycles";
  if (name == "graph-mark-components") return "kind with_component_id";
  if (name == "consume") return "decodeblocks";
  if (name == "find") return "withsource with_source datascope";
  if (name.starts_with("mv")) return "kind bagexpansion with_itemindex";
  if (name.starts_with("parse")) return "kind flags";
  return "";
}

bool starts_operand(const Token& token) {
  return token.kind == TokenKind::name || token.kind == TokenKind::string ||
         token.kind == TokenKind::number || token.kind == TokenKind::typed ||
         token.kind == TokenKind::timespan || token.is_symbol("(") || token.is_symbol("[") ||
         token.is_symbol("-");
}

}  // namespace

std::span<const std::string_view> operator_names() {
  static const std::vector<std::string_view> names = [] {
    constexpr std::array<std::string_view, 10> hidden{"externaldata",
                                                      "filter",
                                                      "find",
                                                      "graph-where-edges",
                                                      "graph-where-nodes",
                                                      "macro-expand",
                                                      "mvapply",
                                                      "mvexpand",
                                                      "print",
                                                      "range"};
    std::vector<std::string_view> offered;
    for (const std::string_view word : operator_words)
      if (std::ranges::find(hidden, word) == hidden.end()) offered.push_back(word);
    return offered;
  }();
  return names;
}

bool Parser::at_source_operator() const {
  const Token& next = peek(1);
  if (peek().kind != TokenKind::name) return false;
  const std::string_view word = peek().text;
  if (word == "print") return starts_operand(next) || next.is_symbol("*");
  if (word == "range") return next.kind == TokenKind::name && peek(2).is_name("from");
  if (word == "union") return starts_operand(next) || next.is_symbol("*");
  if (word == "search")
    return next.kind == TokenKind::string || next.is_symbol("*") || next.is_symbol("(") ||
           (next.kind == TokenKind::name && !peek(2).is_symbol(")"));
  if (word == "find")
    return next.kind == TokenKind::name || next.is_symbol("(") || next.kind == TokenKind::string;
  if (word == "evaluate") return next.kind == TokenKind::name && peek(2).is_symbol("(");
  return false;
}

Checked<PipelinePtr> Parser::pipeline() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  const Token& first = peek();
  auto whole = std::make_unique<Pipeline>();
  if (at_source_operator()) {
    whole->operators.push_back(VEDETTE_TRY(pipe_operator()));
  } else {
    whole->source = VEDETTE_TRY(tabular_source());
  }
  while (accept("|")) whole->operators.push_back(VEDETTE_TRY(pipe_operator()));
  whole->span = span_from(first);
  return whole;
}

Checked<ExpressionPtr> Parser::tabular_source() {
  if (peek().kind == TokenKind::end) return unexpected("a table or an expression");
  return postfix();
}

Checked<PipelinePtr> Parser::sub_pipeline() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  VEDETTE_TRY(expect("(", "before the sub-query"));
  const Token& first = peek();
  auto whole = std::make_unique<Pipeline>();
  accept("|");
  do {
    whole->operators.push_back(VEDETTE_TRY(pipe_operator()));
  } while (accept("|"));
  whole->span = span_from(first);
  VEDETTE_TRY(expect(")", "after the sub-query"));
  return whole;
}

bool Parser::at_parameter(std::string_view allowed) const {
  if (peek().kind != TokenKind::name) return false;
  if (peek().text == "hint" && peek(1).is_symbol(".") && peek(3).is_symbol("=")) return true;
  if (!peek(1).is_symbol("=")) return false;
  if (allowed == "*") return true;
  for (const std::string_view name : base::split(allowed, ' '))
    if (name == peek().text) return true;
  return false;
}

Checked<ExpressionPtr> Parser::parameter_value() {
  const Token& token = peek();
  if (token.kind == TokenKind::name)
    return make_expression(ExpressionKind::name, token.span, std::string(advance().text));
  if (token.is_symbol("(")) {
    advance();
    ExpressionPtr value = VEDETTE_TRY(expression());
    VEDETTE_TRY(expect(")", "after the value"));
    return value;
  }
  return primary();
}

Checked<std::vector<Parameter>> Parser::parameters(std::string_view allowed) {
  std::vector<Parameter> list;
  while (at_parameter(allowed)) {
    const Token& first = peek();
    Parameter parameter;
    parameter.name = advance().text;
    if (accept(".")) {
      parameter.name += ".";
      parameter.name += advance().text;
    }
    advance();  // =
    parameter.value = VEDETTE_TRY(parameter_value());
    parameter.span = span_from(first);
    list.push_back(std::move(parameter));
  }
  return list;
}

Checked<std::unique_ptr<Operator>> Parser::pipe_operator() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  const Token& first = peek();
  auto op = std::make_unique<Operator>();
  const std::size_t used = dashed_word(op->name);
  if (used == 0) return unexpected("an operator after '|'");
  bool known = false;
  for (const std::string_view word : operator_words) known = known || word == op->name;
  if (!known) {
    op->span = first.span.to(peek(used - 1).span);
    const std::string_view near =
        base::nearest(op->name, {operator_words.begin(), operator_words.end()});
    return refuse("KQL108", op->span, fmt::format("there is no operator '{}'", op->name),
                  near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
  for (std::size_t i = 0; i < used; ++i) advance();
  op->span = span_from(first);
  op->body = VEDETTE_TRY(operator_body(*op));
  op->span = span_from(first);
  return op;
}

Checked<OperatorBody> Parser::operator_body(Operator& op) {
  const std::string& name = op.name;
  if (name == "extend") return OperatorBody(ExtendOperator{VEDETTE_TRY(named_expressions())});
  if (name == "project" || name == "project-smart")
    return OperatorBody(ProjectOperator{VEDETTE_TRY(named_expressions())});
  if (name == "print") return OperatorBody(PrintOperator{VEDETTE_TRY(named_expressions())});
  if (name == "count") return count();
  if (name == "project-rename")
    return OperatorBody(ProjectRenameOperator{VEDETTE_TRY(named_expressions())});
  if (name == "project-away") return project_names(false);
  if (name == "project-keep") return project_names(true);
  if (name == "project-reorder") return project_reorder();
  if (name == "parse-kv") return parse_kv(op);
  if (name == "scan") {
    op.parameters = VEDETTE_TRY(parameters("with_match_id"));
    return scan();
  }
  if (name == "render") return render();
  if (name == "reduce") return reduce(op);
  if (name == "fork") return fork();
  op.parameters = VEDETTE_TRY(parameters(parameters_of(name)));
  if (name == "where" || name == "filter") return where();
  if (name == "project-by-names")
    return OperatorBody(ProjectByNamesOperator{VEDETTE_TRY(named_expressions())});
  if (name == "summarize") return summarize();
  if (name == "distinct") return OperatorBody(DistinctOperator{VEDETTE_TRY(named_expressions())});
  if (name == "sort" || name == "order") return sort();
  if (name == "top") return top();
  if (name == "take" || name == "limit")
    return OperatorBody(TakeOperator{VEDETTE_TRY(expression())});
  if (name == "sample" || name == "sample-distinct") return sample(name != "sample");
  if (name == "join" || name == "lookup") return join(name == "lookup");
  if (name == "union") return union_tables();
  if (name == "mv-expand" || name == "mvexpand") return expand(false);
  if (name == "mv-apply" || name == "mvapply") return expand(true);
  if (name == "parse" || name == "parse-where") return parse(name == "parse-where");
  if (name == "range") return range();
  if (name == "make-series") return make_series();
  if (name == "serialize") {
    if (peek().is_symbol("|") || at_end() || peek().is_symbol(")") || peek().is_symbol(";") ||
        peek().is_symbol("}"))
      return OperatorBody(SerializeOperator{});
    return OperatorBody(SerializeOperator{VEDETTE_TRY(named_expressions())});
  }
  if (name == "evaluate") return evaluate();
  if (name == "invoke") return OperatorBody(InvokeOperator{VEDETTE_TRY(postfix())});
  if (name == "as") return OperatorBody(AsOperator{VEDETTE_TRY(identifier("a name after as"))});
  if (name == "search") return search();
  if (name == "find") return find();
  if (name == "getschema") return OperatorBody(GetSchemaOperator{});
  if (name == "consume") return OperatorBody(ConsumeOperator{});
  if (name == "assert-schema") {
    AssertSchemaOperator body;
    VEDETTE_TRY(expect("(", "before the columns"));
    body.columns = VEDETTE_TRY(declarations(")", false));
    return OperatorBody(std::move(body));
  }
  if (name == "top-nested") return top_nested();
  if (name == "top-hitters") return top_hitters();
  if (name == "partition") return partition();
  if (name == "facet") return facet();
  if (name == "make-graph") return make_graph();
  if (name == "graph-match" || name == "graph-shortest-paths") return graph_match();
  if (name == "graph-to-table") return graph_to_table();
  if (name == "graph-mark-components") return OperatorBody(GraphMarkOperator{});
  return refuse_unsupported(op.span, "operator", name);
}

}  // namespace vedette::kql::syntax
