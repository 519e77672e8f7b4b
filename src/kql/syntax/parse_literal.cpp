// Literals: numbers, strings, typed ones, dynamic(...), typeof(...), datatable, externaldata.
#include "base/encode.h"
#include "fmt/format.h"
#include "kql/moment.h"
#include "kql/syntax/literal.h"
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

namespace {

// datetime(8:30): today at that time. Null when it is no time of a day.
ExpressionPtr time_of_today(const Token& token) {
  if (!token.inner.contains(':') || token.inner.contains('-')) return nullptr;
  const auto time = read_typed_literal("timespan", token.inner);
  if (!time || time->is_null || time->integer >= ticks_per_day) return nullptr;
  const auto make = [&](ExpressionKind kind, std::string text) {
    auto one = std::make_unique<Expression>();
    one->kind = kind;
    one->span = token.span;
    one->text = std::move(text);
    return one;
  };
  auto day = make(ExpressionKind::call, "startofday");
  day->children.push_back(make(ExpressionKind::call, "now"));
  auto literal = make(ExpressionKind::literal, std::string(token.inner));
  literal->constant = *time;
  auto whole = make(ExpressionKind::binary, "+");
  whole->children.push_back(std::move(day));
  whole->children.push_back(std::move(literal));
  return whole;
}

}  // namespace

Checked<ExpressionPtr> Parser::literal() {
  const Token& token = advance();
  auto expression = make_expression(ExpressionKind::literal, token.span, std::string(token.text));
  if (token.kind != TokenKind::typed) {
    expression->constant = token.constant;
    if (token.kind == TokenKind::string)  // adjacent string literals are one
      while (peek().kind == TokenKind::string) {
        expression->constant.text += peek().constant.text;
        expression->span = expression->span.to(advance().span);
      }
    return expression;
  }
  const std::string_view word = token.text;
  auto constant = read_typed_literal(word, token.inner);
  if (!constant && word == "datetime")
    if (ExpressionPtr today = time_of_today(token)) return today;
  if (!constant)
    return refuse("KQL102", token.span,
                  fmt::format("'{}' is no {}", base::clean_utf8(token.inner, 60), word),
                  word == "datetime" ? "for example datetime(2026-06-01 08:30:00)" : "");
  expression->constant = std::move(*constant);
  return expression;
}

Checked<ExpressionPtr> Parser::dynamic_literal() {
  const Token& first = advance();
  VEDETTE_TRY(expect("(", "after dynamic"));
  ExpressionPtr value;
  if (peek().is_symbol(")")) {
    value = make_expression(ExpressionKind::literal, first.span);
    value->constant = Constant::null(Type::dynamic);
  } else {
    value = VEDETTE_TRY(dynamic_value());
  }
  VEDETTE_TRY(expect(")", "after the dynamic value"));
  auto whole = make_expression(ExpressionKind::dynamic_literal, span_from(first));
  whole->children.push_back(std::move(value));
  return whole;
}

Checked<ExpressionPtr> Parser::dynamic_value() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  const Token& token = peek();
  if (token.is_symbol("[")) return dynamic_array();
  if (token.is_symbol("{")) return dynamic_bag();
  if (token.kind == TokenKind::string || token.kind == TokenKind::number ||
      token.kind == TokenKind::timespan || token.kind == TokenKind::typed) {
    ExpressionPtr value = VEDETTE_TRY(literal());
    if (value->kind != ExpressionKind::literal)
      return refuse("KQL102", value->span, "a moment in dynamic() needs its day");
    return value;
  }
  if (token.is_name("dynamic")) {
    ExpressionPtr inner = VEDETTE_TRY(dynamic_literal());
    return std::move(inner->children.front());
  }
  auto expression = make_expression(ExpressionKind::literal, token.span);
  if (token.is_symbol("-") || token.is_symbol("+")) {
    advance();
    ExpressionPtr number = VEDETTE_TRY(dynamic_value());
    if (token.is_symbol("-")) {
      number->constant.integer = -number->constant.integer;
      number->constant.real = -number->constant.real;
    }
    return number;
  }
  if (token.is_name("null")) {
    expression->constant = Constant::null(Type::dynamic);
  } else if (token.is_name("true") || token.is_name("false")) {
    expression->constant = Constant::of(token.text == "true");
  } else {
    return unexpected("a JSON value");
  }
  advance();
  return expression;
}

Checked<ExpressionPtr> Parser::dynamic_array() {
  const Token& first = advance();
  auto array = make_expression(ExpressionKind::dynamic_array, first.span);
  while (!peek().is_symbol("]")) {
    array->children.push_back(VEDETTE_TRY(dynamic_value()));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect("]", "at the end of the array"));
  array->span = span_from(first);
  return array;
}

Checked<ExpressionPtr> Parser::dynamic_bag() {
  const Token& first = advance();
  auto bag = make_expression(ExpressionKind::dynamic_bag, first.span);
  while (!peek().is_symbol("}")) {
    if (peek().kind == TokenKind::string) {
      bag->names.push_back(advance().constant.text);
    } else {
      bag->names.push_back(VEDETTE_TRY(identifier("a key in quotes")));
    }
    VEDETTE_TRY(expect(":", "after the key"));
    bag->children.push_back(VEDETTE_TRY(dynamic_value()));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect("}", "at the end of the bag"));
  bag->span = span_from(first);
  return bag;
}

Checked<ExpressionPtr> Parser::type_literal() {
  const Token& first = advance();
  VEDETTE_TRY(expect("(", "after typeof"));
  auto expression = make_expression(ExpressionKind::type_literal, first.span);
  if (peek(1).is_symbol(":") || peek().is_symbol("*") || peek(3).is_symbol(":")) {
    accept("*");
    accept(",");
    expression->declarations = VEDETTE_TRY(declarations(")", false));
  } else {
    ColumnDeclaration declared;
    declared.type = VEDETTE_TRY(type_name());
    expression->declarations.push_back(std::move(declared));
    VEDETTE_TRY(expect(")", "after the type"));
  }
  expression->span = span_from(first);
  return expression;
}

Checked<ExpressionPtr> Parser::datatable() {
  const Token& first = advance();
  auto table = make_expression(ExpressionKind::datatable, first.span);
  VEDETTE_TRY(expect("(", "after datatable"));
  table->declarations = VEDETTE_TRY(declarations(")", false));
  VEDETTE_TRY(expect("[", "before the values"));
  while (!peek().is_symbol("]")) {
    table->children.push_back(VEDETTE_TRY(expression()));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect("]", "after the values"));
  table->span = span_from(first);
  if (table->declarations.empty() || table->children.size() % table->declarations.size() != 0)
    return refuse("KQL107", table->span,
                  fmt::format("the table has {} columns, but {} values do not fill whole rows",
                              table->declarations.size(), table->children.size()));
  return table;
}

Checked<ExpressionPtr> Parser::externaldata() {
  const Token& first = advance();
  auto data = make_expression(ExpressionKind::externaldata, first.span);
  VEDETTE_TRY(expect("(", "after externaldata"));
  data->declarations = VEDETTE_TRY(declarations(")", false));
  VEDETTE_TRY(expect("[", "before the addresses"));
  data->children = VEDETTE_TRY(expressions_until("]"));
  if (accept_name("with")) {
    VEDETTE_TRY(expect("(", "after with"));
    data->parameters = VEDETTE_TRY(parameters("*"));
    while (accept(",")) {
      for (Parameter& more : VEDETTE_TRY(parameters("*")))
        data->parameters.push_back(std::move(more));
    }
    VEDETTE_TRY(expect(")", "after the options"));
  }
  data->span = span_from(first);
  return data;
}

}  // namespace vedette::kql::syntax
