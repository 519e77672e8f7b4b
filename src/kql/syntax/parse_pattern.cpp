// declare pattern, the bodies in braces that it shares with functions, and how many results a query
// has.
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

Checked<std::shared_ptr<FunctionBody>> Parser::braced_body() {
  auto body = std::make_shared<FunctionBody>();
  VEDETTE_TRY(expect("{", "before the body"));
  while (accept(";")) {
  }
  while (!peek().is_symbol("}")) {
    if (at_end()) return unexpected("'}' at the end of the body");
    const Token& first = peek();
    if (first.is_name("let") || first.is_name("set") || first.is_name("declare")) {
      body->statements.push_back(VEDETTE_TRY(statement()));
    } else {
      Statement result;
      result.kind = Statement::Kind::query;
      result.value = VEDETTE_TRY(let_value());
      result.span = span_from(first);
      body->statements.push_back(std::move(result));
    }
    if (!accept(";") && !peek().is_symbol("}")) return unexpected("';' or '}'");
    while (accept(";")) {
    }
  }
  advance();
  return body;
}

namespace {

bool is_string(const Token& token) {
  return token.kind == TokenKind::string;
}

}  // namespace

// declare pattern NAME = (a:string, ...)[path:string] { ("x", ...).["y"] = { ... }; ... }
Checked<Statement> Parser::pattern_statement() {
  const Token& first = advance();
  advance();
  Statement statement;
  statement.kind = Statement::Kind::pattern;
  statement.name = VEDETTE_TRY(identifier("the pattern's name"));
  auto pattern = std::make_shared<PatternBody>();
  if (accept("=")) {
    VEDETTE_TRY(expect("(", "before the parameters"));
    pattern->parameters = VEDETTE_TRY(declarations(")", false));
    if (accept("[")) {
      ColumnDeclaration path = VEDETTE_TRY(declaration(false));
      pattern->path_name = std::move(path.name);
      VEDETTE_TRY(expect("]", "after the path"));
    }
    VEDETTE_TRY(expect("{", "before the cases"));
    while (!accept("}")) {
      PatternBody::Case one;
      VEDETTE_TRY(expect("(", "before a case's values"));
      do {
        if (!is_string(peek())) return unexpected("a string");
        one.arguments.push_back(advance().constant.text);
      } while (accept(","));
      VEDETTE_TRY(expect(")", "after a case's values"));
      if (accept(".")) {
        VEDETTE_TRY(expect("[", "before the path"));
        if (!is_string(peek())) return unexpected("a string");
        one.path = advance().constant.text;
        VEDETTE_TRY(expect("]", "after the path"));
      }
      VEDETTE_TRY(expect("=", "before a case's body"));
      one.body = VEDETTE_TRY(braced_body());
      pattern->cases.push_back(std::move(one));
      while (accept(";")) {
      }
    }
  }
  statement.pattern = std::move(pattern);
  statement.span = span_from(first);
  return statement;
}

std::size_t count_results(const Statement& statement) {
  if (statement.kind != Statement::Kind::query) return 0;
  if (!statement.value || !statement.value->pipeline ||
      statement.value->pipeline->operators.empty())
    return 1;
  const OperatorBody& last = statement.value->pipeline->operators.back()->body;
  if (const auto* fork = std::get_if<ForkOperator>(&last)) return fork->branches.size();
  if (const auto* facet = std::get_if<FacetOperator>(&last))
    return facet->columns.size() + (facet->with ? 1 : 0);
  if (const auto* tables = std::get_if<GraphToTableOperator>(&last)) return tables->parts.size();
  return 1;
}

std::size_t count_results(const Query& query) {
  std::size_t count = 0;
  for (const Statement& statement : query.statements) count += count_results(statement);
  return count;
}

}  // namespace vedette::kql::syntax
