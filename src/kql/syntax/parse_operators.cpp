// The operands of the common operators.
#include "fmt/format.h"
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

Checked<OperatorBody> Parser::where() {
  WhereOperator op;
  op.predicate = VEDETTE_TRY(expression());
  if (peek().is_symbol("="))
    return refuse("KQL105", peek().span, "'=' gives a name and compares nothing",
                  "did you mean '=='?");
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::summarize() {
  SummarizeOperator op;
  if (!peek().is_name("by")) {
    op.aggregates = VEDETTE_TRY(named_expressions());
  }
  if (accept_name("by")) op.keys = VEDETTE_TRY(named_expressions());
  return OperatorBody(std::move(op));
}

Checked<SortKey> Parser::sort_key() {
  SortKey key;
  key.value = VEDETTE_TRY(expression());
  if (accept_name("asc")) {
    key.ascending = true;
  } else if (accept_name("desc")) {
    key.ascending = false;
  }
  if (accept_name("nulls")) {
    if (accept_name("first")) {
      key.nulls_first = true;
    } else if (accept_name("last")) {
      key.nulls_first = false;
    } else {
      return unexpected("first or last");
    }
  }
  return key;
}

Checked<OperatorBody> Parser::sort() {
  SortOperator op;
  if (!accept_name("by")) return unexpected("'by' and the columns to sort by");
  do {
    op.keys.push_back(VEDETTE_TRY(sort_key()));
  } while (accept(","));
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::top() {
  TopOperator op;
  op.count = VEDETTE_TRY(expression());
  if (!accept_name("by")) return unexpected("'by' and the column to sort by");
  op.key = VEDETTE_TRY(sort_key());
  if (peek().is_symbol(",")) return refuse("KQL105", peek().span, "top sorts by one expression");
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::count() {
  CountOperator op;
  if (accept_name("as")) op.name = VEDETTE_TRY(identifier("a name"));
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::sample(bool distinct) {
  SampleOperator op;
  op.count = VEDETTE_TRY(expression());
  if (distinct) {
    if (!accept_name("of")) return unexpected("'of' and a column");
    op.of = VEDETTE_TRY(expression());
  }
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::join(bool lookup) {
  JoinOperator op;
  op.lookup = lookup;
  const Token& first = peek();
  if (first.is_symbol("(")) {
    op.right = VEDETTE_TRY(postfix());
  } else if (at_source_operator()) {
    op.right = make_expression(ExpressionKind::pipeline, first.span);
    op.right->pipeline = VEDETTE_TRY(pipeline());
  } else {
    op.right = VEDETTE_TRY(postfix());
  }
  for (Parameter& late : VEDETTE_TRY(parameters("")))  // hint after the table: old content has it
    if (!late.name.starts_with("hint"))
      return refuse("KQL105", late.span, "parameters stand before the table");
  if (accept_name("on")) {
    do {
      op.conditions.push_back(VEDETTE_TRY(expression()));
    } while (accept(","));
  } else if (peek().is_name("where")) {
    return refuse_unsupported(peek().span, "join condition", "where");
  } else {
    return unexpected("'on' and the columns to join by");
  }
  return OperatorBody(std::move(op));
}

Checked<std::vector<ExpressionPtr>> Parser::table_list(std::string_view what) {
  std::vector<ExpressionPtr> tables;
  do {
    const Token& first = peek();
    if (first.is_symbol("*") ||
        (first.kind == TokenKind::name && peek(1).is_symbol("*") && !peek(1).after_space)) {
      bool wildcard = false;
      std::string text = VEDETTE_TRY(wildcard_or_name(what, wildcard));
      tables.push_back(
          make_expression(ExpressionKind::wildcard, span_from(first), std::move(text)));
    } else {
      tables.push_back(VEDETTE_TRY(postfix()));
    }
  } while (accept(","));
  return tables;
}

Checked<OperatorBody> Parser::union_tables() {
  UnionOperator op;
  op.tables = VEDETTE_TRY(table_list("a table"));
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::project_names(bool keep) {
  ProjectAwayOperator op;
  op.keep = keep;
  do {
    const Token& first = peek();
    bool wildcard = false;
    std::string name = VEDETTE_TRY(wildcard_or_name("a column", wildcard));
    op.items.push_back(make_expression(wildcard ? ExpressionKind::wildcard : ExpressionKind::name,
                                       span_from(first), std::move(name)));
  } while (accept(","));
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::project_reorder() {
  ProjectReorderOperator op;
  do {
    const Token& first = peek();
    SortKey key;
    bool wildcard = false;
    std::string name = VEDETTE_TRY(wildcard_or_name("a column", wildcard));
    key.value = make_expression(wildcard ? ExpressionKind::wildcard : ExpressionKind::name,
                                span_from(first), std::move(name));
    std::string word;
    const std::size_t used = dashed_word(word);
    key.by_number = word.starts_with("granny-");
    if (key.by_number) word.erase(0, std::string_view("granny-").size());
    if (word == "asc" || word == "desc") {
      key.ascending = word == "asc";
      for (std::size_t i = 0; i < used; ++i) advance();
    }
    op.items.push_back(std::move(key));
  } while (accept(","));
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::expand(bool apply) {
  ExpandOperator op;
  do {
    ExpandItem item;
    item.value = VEDETTE_TRY(named_expression());
    if (accept_name("to")) {
      if (!peek().is_name("typeof")) return unexpected("typeof(...) after to");
      item.type = VEDETTE_TRY(type_literal())->declarations.front().type;
    }
    op.items.push_back(std::move(item));
  } while (accept(","));
  if (accept_name("limit") || accept_name("take")) op.limit = VEDETTE_TRY(expression());
  if (apply) {
    if (!accept_name("on")) return unexpected("'on' and a sub-query in parentheses");
    op.body = VEDETTE_TRY(sub_pipeline());
  }
  return OperatorBody(std::move(op));
}

Checked<ParsePart> Parser::parse_part() {
  ParsePart part;
  const Token& first = peek();
  if (accept("*")) {
    part.kind = ParsePart::Kind::star;
  } else if (first.kind == TokenKind::string) {
    part.kind = ParsePart::Kind::text;
    part.text = VEDETTE_TRY(literal())->constant.text;
  } else {
    part.kind = ParsePart::Kind::column;
    part.text = VEDETTE_TRY(identifier("a string, a column or *"));
    if (accept(":")) part.type = VEDETTE_TRY(type_name());
  }
  part.span = span_from(first);
  return part;
}

Checked<OperatorBody> Parser::parse(bool only_matching) {
  ParseOperator op;
  op.only_matching = only_matching;
  op.value = VEDETTE_TRY(expression());
  if (!accept_name("with")) return unexpected("'with' and a pattern");
  while (peek().kind == TokenKind::string || peek().is_symbol("*") || at_identifier())
    op.parts.push_back(VEDETTE_TRY(parse_part()));
  if (op.parts.empty()) return unexpected("a pattern: strings, columns and *");
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::parse_kv(Operator& op) {
  ParseKvOperator body;
  body.value = VEDETTE_TRY(expression());
  if (!accept_name("as")) return unexpected("'as' and the keys");
  VEDETTE_TRY(expect("(", "before the keys"));
  body.columns = VEDETTE_TRY(declarations(")", false));
  if (accept_name("with")) {
    VEDETTE_TRY(expect("(", "after with"));
    do {
      for (Parameter& parameter : VEDETTE_TRY(parameters("*")))
        op.parameters.push_back(std::move(parameter));
    } while (accept(","));
    VEDETTE_TRY(expect(")", "after the options"));
  }
  return OperatorBody(std::move(body));
}

Checked<OperatorBody> Parser::range() {
  RangeOperator op;
  op.name = VEDETTE_TRY(identifier("a column name"));
  if (!accept_name("from")) return unexpected("'from'");
  op.from = VEDETTE_TRY(expression());
  if (!accept_name("to")) return unexpected("'to'");
  op.to = VEDETTE_TRY(expression());
  if (!accept_name("step")) return unexpected("'step'");
  op.step = VEDETTE_TRY(expression());
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::evaluate() {
  EvaluateOperator op;
  op.call = VEDETTE_TRY(postfix());
  if (accept(":")) {
    op.has_schema = true;
    VEDETTE_TRY(expect("(", "before the columns"));
    if (accept("*")) {
      op.keeps_columns = true;
      accept(",");
    }
    op.schema = VEDETTE_TRY(declarations(")", false));
  }
  return OperatorBody(std::move(op));
}

}  // namespace vedette::kql::syntax
