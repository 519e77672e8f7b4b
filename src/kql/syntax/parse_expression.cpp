// Expressions: precedence climbing over Kusto's operators, lowest first: or, and, equality and
// lists, relational, + -, * / %, the string operators, signs. (The string operators do bind tighter
// than + .)
#include <array>
#include <utility>

#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

namespace {

enum Level {
  none = 0,
  or_level = 1,
  and_level,
  equality,
  relational = relational_level,
  additive,
  multiplicative,
  text_level
};

constexpr std::size_t chain_links_max = 200;

constexpr std::array<std::string_view, 44> text_words{
    "has",          "!has",          "has_cs",         "!has_cs",       "hasprefix",
    "!hasprefix",   "hasprefix_cs",  "!hasprefix_cs",  "hassuffix",     "!hassuffix",
    "hassuffix_cs", "!hassuffix_cs", "contains",       "!contains",     "contains_cs",
    "!contains_cs", "notcontains",   "containscs",     "notcontainscs", "startswith",
    "!startswith",  "startswith_cs", "!startswith_cs", "endswith",      "!endswith",
    "endswith_cs",  "!endswith_cs",  "matches",        "like",          "notlike",
    "likecs",       "notlikecs",     "nothas",         "!like",         "like_cs",
    "!like_cs",     "not_has",       "has_",           "notstartswith", "notendswith",
    "!contains_",   "!=~",           "startswithcs",   "endswithcs"};

bool is_list_word(std::string_view word) {
  return word == "in" || word == "!in" || word == "in~" || word == "!in~" || word == "has_any" ||
         word == "has_all" || word == "!has_any" || word == "!has_all" || word == "has_any_cs";
}

Level level_of(const Token& token) {
  if (token.kind == TokenKind::symbol) {
    const std::string_view s = token.text;
    if (s == "==" || s == "!=" || s == "<>") return equality;
    if (s == "<" || s == ">" || s == "<=" || s == ">=") return relational;
    if (s == "+" || s == "-") return additive;
    if (s == "*" || s == "/" || s == "%") return multiplicative;
    if (s == "=~" || s == "!~" || s == ":") return text_level;
    return none;
  }
  if (token.kind != TokenKind::name) return none;
  if (token.text == "or") return or_level;
  if (token.text == "and") return and_level;
  if (is_list_word(token.text) || token.text == "between" || token.text == "!between")
    return equality;
  for (const std::string_view word : text_words)
    if (token.text == word) return text_level;
  return none;
}

}  // namespace

Checked<ExpressionPtr> Parser::expression() {
  return binary(or_level);
}

Checked<ExpressionPtr> Parser::binary(int least) {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  const Token& first = peek();
  ExpressionPtr left = VEDETTE_TRY(unary());
  for (std::size_t links = 0;; ++links) {
    const Token& token = peek();
    const Level level = level_of(token);
    if (level == none || level < least) return left;
    if (links > chain_links_max && level > and_level)
      return refuse("KQL402", token.span, "this chain has more than 200 operators");
    std::string word(token.text);
    advance();
    if (is_list_word(word)) {
      left = VEDETTE_TRY(in_list(std::move(left), std::move(word)));
    } else if (word == "between" || word == "!between") {
      left = VEDETTE_TRY(between(std::move(left), std::move(word)));
    } else {
      if (word == "matches") {
        if (!accept_name("regex")) return unexpected("'regex' after matches");
        word = "matches regex";
      }
      ExpressionPtr right = VEDETTE_TRY(binary(level + 1));
      if (level <= and_level && left->kind == ExpressionKind::binary && left->text == word) {
        left->children.push_back(std::move(right));  // and, or: one flat node, however long
        left->span = span_from(first);
        continue;
      }
      auto whole = make_expression(ExpressionKind::binary, span_from(first), std::move(word));
      whole->children.push_back(std::move(left));
      whole->children.push_back(std::move(right));
      left = std::move(whole);
    }
    left->span = span_from(first);
  }
}

Checked<ExpressionPtr> Parser::in_list(ExpressionPtr left, std::string word) {
  auto whole = make_expression(ExpressionKind::in, left->span, std::move(word));
  whole->children.push_back(std::move(left));
  if (!peek().is_symbol("(")) {
    whole->children.push_back(VEDETTE_TRY(postfix()));
    return whole;
  }
  advance();
  while (!peek().is_symbol(")")) {
    whole->children.push_back(VEDETTE_TRY(argument()));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect(")", "at the end of the list"));
  return whole;
}

Checked<ExpressionPtr> Parser::between(ExpressionPtr left, std::string word) {
  auto whole = make_expression(ExpressionKind::between, left->span, std::move(word));
  whole->children.push_back(std::move(left));
  VEDETTE_TRY(expect("(", "after between"));
  whole->children.push_back(VEDETTE_TRY(expression()));
  VEDETTE_TRY(expect("..", "between the two bounds"));
  whole->children.push_back(VEDETTE_TRY(expression()));
  VEDETTE_TRY(expect(")", "after the bounds"));
  return whole;
}

Checked<ExpressionPtr> Parser::unary() {
  const Token& token = peek();
  if (!token.is_symbol("-") && !token.is_symbol("+")) return postfix();
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  advance();
  auto whole = make_expression(ExpressionKind::unary, token.span, std::string(token.text));
  whole->children.push_back(VEDETTE_TRY(unary()));
  whole->span = span_from(token);
  return whole;
}

Checked<ExpressionPtr> Parser::postfix() {
  const Token& first = peek();
  ExpressionPtr value = VEDETTE_TRY(primary());
  std::size_t links = 0;
  while (true) {
    if (++links > 200) return refuse("KQL402", peek().span, "this path has more than 200 steps");
    if (peek().is_symbol(".") && !peek(1).is_symbol("[")) {
      advance();
      auto member = make_expression(ExpressionKind::member, value->span);
      member->text = VEDETTE_TRY(identifier("a property name after the dot"));
      if (peek().is_symbol("(") && value->kind == ExpressionKind::call)
        member = VEDETTE_TRY(call(member->text, first));
      member->children.insert(member->children.begin(), std::move(value));
      value = std::move(member);
    } else if (peek().is_symbol(".") && peek(1).is_symbol("[") &&
               peek(2).kind == TokenKind::string && peek(3).is_symbol("]")) {
      advance();
      auto member = make_expression(ExpressionKind::member, value->span);
      member->text = VEDETTE_TRY(identifier("a property name"));
      member->children.push_back(std::move(value));
      value = std::move(member);
    } else if (peek().is_symbol("[") || (peek().is_symbol(".") && peek(1).is_symbol("["))) {
      accept(".");
      advance();
      auto index = make_expression(ExpressionKind::index, value->span);
      index->children.push_back(std::move(value));
      index->children.push_back(VEDETTE_TRY(expression()));
      VEDETTE_TRY(expect("]", "after the index"));
      value = std::move(index);
    } else {
      return value;
    }
    value->span = span_from(first);
  }
}

Checked<ExpressionPtr> Parser::primary() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::string:
    case TokenKind::number:
    case TokenKind::timespan:
      return literal();
    case TokenKind::typed:  // datetime() is the current time
      if (token.inner.empty() && type_of_name(token.text) == Type::datetime)
        return make_expression(ExpressionKind::call, advance().span, "now");
      return literal();
    case TokenKind::symbol:
      if (token.is_symbol("(")) return parenthesized();
      if (token.is_symbol("*")) return make_expression(ExpressionKind::star, advance().span, "*");
      break;
    case TokenKind::name:
      if (token.text.front() == '!') break;
      if (token.text == "dynamic" && peek(1).is_symbol("(")) return dynamic_literal();
      if (token.text == "typeof" && peek(1).is_symbol("(")) return type_literal();
      if (token.text == "datatable" && peek(1).is_symbol("(")) return datatable();
      if ((token.text == "externaldata" || token.text == "external_data") && peek(1).is_symbol("("))
        return externaldata();
      break;
    case TokenKind::end:
      break;
  }
  if (!at_identifier()) return unexpected("an expression");
  const bool is_true = token.text == "true" || token.text == "True" || token.text == "TRUE";
  const bool is_false = token.text == "false" || token.text == "False" || token.text == "FALSE";
  if ((is_true || is_false) && !peek(1).is_symbol("(")) {
    auto constant =
        make_expression(ExpressionKind::literal, advance().span, std::string(token.text));
    constant->constant = Constant::of(is_true);
    return constant;
  }
  const bool bracketed = token.is_symbol("[");
  std::string name = VEDETTE_TRY(identifier("a name"));
  if (!bracketed && peek().is_symbol("(")) return call(std::move(name), token);
  if (!bracketed && peek().is_symbol("*") && !peek().after_space &&
      (peek(1).is_symbol(")") || peek(1).is_symbol(",") || peek(1).is_symbol("|") ||
       (peek(1).kind == TokenKind::name && !peek(1).after_space && peek(1).text.front() == '_'))) {
    while (peek().is_symbol("*") || (peek().kind == TokenKind::name && !peek().after_space))
      name += advance().text;
    return make_expression(ExpressionKind::wildcard, span_from(token), std::move(name));
  }
  return make_expression(ExpressionKind::name, span_from(token), std::move(name));
}

// ( expression ), or a whole pipeline in parentheses.
Checked<ExpressionPtr> Parser::parenthesized() {
  const Token& first = advance();
  ExpressionPtr inner = VEDETTE_TRY(argument());
  VEDETTE_TRY(expect(")", "to close this parenthesis"));
  if (inner->kind == ExpressionKind::named)
    return refuse("KQL105", inner->span, "a name cannot be given here");
  inner->span = span_from(first);
  return inner;
}

Checked<ExpressionPtr> Parser::call(std::string name, const Token& first) {
  auto whole = make_expression(ExpressionKind::call, first.span, std::move(name));
  VEDETTE_TRY(expect("(", "before the arguments"));
  while (!peek().is_symbol(")")) {
    whole->children.push_back(VEDETTE_TRY(argument()));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect(")", "after the arguments"));
  whole->span = span_from(first);
  return whole;
}

// A scalar expression, name = expression, or a pipeline without parentheses of its own.
Checked<ExpressionPtr> Parser::argument() {
  const Deeper deeper(*this);
  VEDETTE_TRY_VOID(check_depth());
  return value_or_pipeline(&Parser::named_expression);
}

// What `plain` reads, or a pipeline: one that begins with an operator, or goes on from that value.
Checked<ExpressionPtr> Parser::value_or_pipeline(Checked<ExpressionPtr> (Parser::*plain)()) {
  const Token& first = peek();
  if (at_source_operator()) {
    auto whole = make_expression(ExpressionKind::pipeline, first.span);
    whole->pipeline = VEDETTE_TRY(pipeline());
    whole->span = span_from(first);
    return whole;
  }
  ExpressionPtr value = VEDETTE_TRY((this->*plain)());
  if (!peek().is_symbol("|")) return value;
  auto whole = make_expression(ExpressionKind::pipeline, first.span);
  whole->pipeline = std::make_unique<Pipeline>();
  whole->pipeline->source = std::move(value);
  while (accept("|")) whole->pipeline->operators.push_back(VEDETTE_TRY(pipe_operator()));
  whole->span = whole->pipeline->span = span_from(first);
  return whole;
}

Checked<ExpressionPtr> Parser::named_expression() {
  const Token& first = peek();
  if (at_identifier()) {
    const std::size_t width = peek().is_symbol("[") ? 3 : 1;
    if (peek(width).is_symbol("=")) {
      auto named = make_expression(ExpressionKind::named, first.span);
      named->text = VEDETTE_TRY(identifier("a name"));
      advance();
      named->children.push_back(VEDETTE_TRY(expression()));
      named->span = span_from(first);
      return named;
    }
  }
  if (first.is_symbol("(")) {  // (a, b) = f()
    std::size_t at = 1;
    while (peek(at).kind == TokenKind::name && peek(at + 1).is_symbol(",")) at += 2;
    if (peek(at).kind == TokenKind::name && peek(at + 1).is_symbol(")") &&
        peek(at + 2).is_symbol("=")) {
      auto named = make_expression(ExpressionKind::named, first.span);
      advance();
      while (!accept(")")) {
        named->names.push_back(VEDETTE_TRY(identifier("a name")));
        accept(",");
      }
      advance();
      named->children.push_back(VEDETTE_TRY(expression()));
      named->span = span_from(first);
      return named;
    }
  }
  return expression();
}

Checked<Parser::Items> Parser::named_expressions() {
  Items items;
  do {
    items.push_back(VEDETTE_TRY(named_expression()));
  } while (accept(","));
  return items;
}

Checked<Parser::Items> Parser::expressions_until(std::string_view close) {
  Items items;
  while (!peek().is_symbol(close)) {
    items.push_back(VEDETTE_TRY(expression()));
    if (!accept(",")) break;
  }
  VEDETTE_TRY(expect(close, "at the end of the list"));
  return items;
}

}  // namespace vedette::kql::syntax
