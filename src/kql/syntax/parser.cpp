#include "kql/syntax/parser.h"

#include "base/encode.h"
#include "base/limits.h"
#include "fmt/format.h"

namespace vedette::kql::syntax {

ExpressionPtr make_expression(ExpressionKind kind, Span span, std::string text) {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->span = span;
  expression->text = std::move(text);
  return expression;
}

Span Parser::span_from(const Token& first) const {
  return first.span.to(at_ == 0 ? first.span : tokens_[at_ - 1].span);
}

bool Parser::accept(std::string_view symbol) {
  if (!peek().is_symbol(symbol)) return false;
  advance();
  return true;
}

bool Parser::accept_name(std::string_view word) {
  if (!peek().is_name(word)) return false;
  advance();
  return true;
}

Checked<Span> Parser::expect(std::string_view symbol, std::string_view where) {
  if (peek().is_symbol(symbol)) return advance().span;
  return unexpected(fmt::format("'{}' {}", symbol, where));
}

std::unexpected<Diagnostic> Parser::unexpected(std::string_view expected) const {
  const Token& token = peek();
  if (token.kind == TokenKind::end)
    return refuse("KQL104", token.span,
                  fmt::format("the query ends too early: expected {}", expected));
  return refuse("KQL105", token.span,
                fmt::format("expected {}, found '{}'", expected, base::clean_utf8(token.text, 60)));
}

bool Parser::at_identifier() const {
  const Token& token = peek();
  if (token.kind == TokenKind::name && token.text.front() != '!') return true;
  return token.is_symbol("[") && peek(1).kind == TokenKind::string && peek(2).is_symbol("]");
}

Checked<std::string> Parser::identifier(std::string_view what) {
  if (!at_identifier()) return unexpected(what);
  if (peek().kind == TokenKind::name) return std::string(advance().text);
  advance();
  std::string name = advance().constant.text;
  advance();
  return name;
}

std::size_t Parser::dashed_word(std::string& out, std::size_t from) const {
  if (peek(from).kind != TokenKind::name) return 0;
  out = peek(from).text;
  std::size_t used = 1;
  while (peek(from + used).is_symbol("-") && !peek(from + used).after_space &&
         peek(from + used + 1).kind == TokenKind::name && !peek(from + used + 1).after_space) {
    out += "-";
    out += peek(from + used + 1).text;
    used += 2;
  }
  return used;
}

// Adjacent names and stars: Device*, *_CL, a*b.
Checked<std::string> Parser::wildcard_or_name(std::string_view what, bool& is_wildcard) {
  is_wildcard = false;
  if (peek().is_symbol("[")) return identifier(what);
  std::string text;
  while (peek().kind == TokenKind::name || peek().is_symbol("*") ||
         (peek().kind == TokenKind::number && !text.empty())) {
    if (!text.empty() && peek().after_space) break;
    if (peek().is_symbol("*")) is_wildcard = true;
    text += advance().text;
  }
  if (text.empty()) return unexpected(what);
  return text;
}

Checked<void> Parser::check_depth() const {
  if (depth_ <= base::limits::query_depth_max) return {};
  return refuse("KQL402", peek().span, "the query is nested more than 100 levels deep");
}

Checked<Query> Parser::query() {
  Query query;
  while (accept(";")) {
  }
  while (!at_end()) {
    query.statements.push_back(VEDETTE_TRY(statement()));
    if (at_end()) break;
    if (!peek().is_symbol(";")) return unexpected("'|', ';' or the end of the query");
    while (accept(";")) {
    }
  }
  return query;
}

Checked<Query> parse(std::string_view text) {
  return Parser(VEDETTE_TRY(read_tokens(text))).query();
}

}  // namespace vedette::kql::syntax
