// let, set, declare, and the bodies of functions.
#include "fmt/format.h"
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

Checked<Statement> Parser::statement() {
  const Token& first = peek();
  Statement statement;
  if (first.is_name("let") && peek(1).kind != TokenKind::end && !peek(1).is_symbol("|"))
    return let_statement();
  if (first.is_name("set") && peek(1).kind == TokenKind::name) {
    advance();
    statement.kind = Statement::Kind::set;
    statement.name = advance().text;
    if (accept("=")) statement.value = VEDETTE_TRY(expression());
  } else if (first.is_name("declare") && peek(1).is_name("query_parameters")) {
    advance();
    advance();
    statement.kind = Statement::Kind::declare;
    VEDETTE_TRY(expect("(", "after query_parameters"));
    statement.declarations = VEDETTE_TRY(declarations(")", true));
  } else if (first.is_name("alias") && peek(1).is_name("database")) {
    return refuse_unsupported(first.span, "statement", "alias");
  } else if (first.is_name("restrict") && peek(1).is_name("access")) {
    return refuse_unsupported(first.span, "statement", "restrict access");
  } else if (first.is_name("declare") && peek(1).is_name("pattern")) {
    return pattern_statement();
  } else if (first.is_symbol(".")) {
    return refuse("KQL302", first.span,
                  "management commands (they begin with a dot) are not run here");
  } else {
    statement.kind = Statement::Kind::query;
    auto value = make_expression(ExpressionKind::pipeline, first.span);
    value->pipeline = VEDETTE_TRY(pipeline());
    value->span = value->pipeline->span;
    statement.value = std::move(value);
  }
  statement.span = span_from(first);
  return statement;
}

Checked<Statement> Parser::let_statement() {
  const Token& first = advance();
  Statement statement;
  statement.kind = Statement::Kind::let;
  statement.name_span = peek().span;
  statement.name = VEDETTE_TRY(identifier("a name after let"));
  VEDETTE_TRY(expect("=", "after the name"));
  if (at_function()) {
    statement.kind = Statement::Kind::let_function;
    statement.function = VEDETTE_TRY(function_body());
  } else {
    statement.value = VEDETTE_TRY(let_value());
  }
  statement.span = span_from(first);
  return statement;
}

// A let's value is a scalar expression or a tabular one; which, only the binder can tell for `let a
// = b`.
Checked<ExpressionPtr> Parser::let_value() {
  return value_or_pipeline(&Parser::expression);
}

// (a:long, T:(x:string)) { ... }, () { ... }, view () { ... }
bool Parser::at_function() const {
  std::size_t at = peek().is_name("view") && peek(1).is_symbol("(") ? 1 : 0;
  if (!peek(at).is_symbol("(")) return false;
  std::size_t depth = 0;
  for (;; ++at) {
    const Token& token = peek(at);
    if (token.kind == TokenKind::end) return false;
    if (token.is_symbol("(")) ++depth;
    if (token.is_symbol(")") && --depth == 0) return peek(at + 1).is_symbol("{");
  }
}

Checked<std::shared_ptr<FunctionBody>> Parser::function_body() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  auto body = std::make_shared<FunctionBody>();
  body->is_view = accept_name("view");
  VEDETTE_TRY(expect("(", "before the parameters"));
  body->parameters = VEDETTE_TRY(declarations(")", true));
  for (std::size_t i = 1; i < body->parameters.size(); ++i)
    if (body->parameters[i].is_table && !body->parameters[i - 1].is_table)
      return refuse("KQL111", body->parameters[i].span,
                    "tabular parameters stand before the others");
  auto statements = VEDETTE_TRY(braced_body());
  body->statements = std::move(statements->statements);
  return body;
}

Checked<std::vector<ColumnDeclaration>> Parser::declarations(std::string_view close,
                                                             bool defaults) {
  std::vector<ColumnDeclaration> list;
  while (!peek().is_symbol(close)) {
    list.push_back(VEDETTE_TRY(declaration(defaults)));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect(close, "after the columns"));
  return list;
}

Checked<ColumnDeclaration> Parser::declaration(bool defaults) {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  ColumnDeclaration declared;
  const Token& first = peek();
  declared.name = VEDETTE_TRY(identifier("a name"));
  VEDETTE_TRY(expect(":", "and a type after the name"));
  if (accept("(")) {
    declared.is_table = true;
    if (accept("*")) {
      declared.any_columns = true;
      VEDETTE_TRY(expect(")", "after *"));
    } else {
      declared.columns = VEDETTE_TRY(declarations(")", false));
    }
  } else {
    declared.type = VEDETTE_TRY(type_name());
  }
  declared.span = span_from(first);
  if (defaults && accept("=")) declared.default_value = VEDETTE_TRY(expression());
  return declared;
}

Checked<Type> Parser::type_name() {
  const Token& token = peek();
  if (token.kind != TokenKind::name)
    return unexpected("a type: string, long, datetime, dynamic ...");
  const auto type = type_of_name(token.text);
  if (!type)
    return refuse(
        "KQL106", token.span, fmt::format("'{}' is no type", token.text),
        "types: bool, int, long, real, decimal, datetime, timespan, guid, string, dynamic");
  advance();
  return *type;
}

}  // namespace vedette::kql::syntax
