// The operands of the rarer operators.
#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "fmt/format.h"
#include "kql/syntax/parser.h"

namespace vedette::kql::syntax {

Checked<OperatorBody> Parser::make_series() {
  MakeSeriesOperator op;
  do {
    SeriesAggregate aggregate;
    aggregate.value = VEDETTE_TRY(named_expression());
    if (peek().is_name("default") && peek(1).is_symbol("=")) {
      advance();
      advance();
      aggregate.default_value = VEDETTE_TRY(expression());
    }
    op.aggregates.push_back(std::move(aggregate));
  } while (accept(","));
  if (!accept_name("on")) return unexpected("'on' and the axis");
  const Token& axis = peek();
  if (at_identifier() && peek(axis.is_symbol("[") ? 3 : 1).is_symbol("=")) {
    op.on = make_expression(ExpressionKind::named, axis.span);
    op.on->text = VEDETTE_TRY(identifier("a name"));
    advance();
    op.on->children.push_back(VEDETTE_TRY(binary(relational_level)));
  } else {
    op.on = VEDETTE_TRY(binary(relational_level));  // `in` is no operator here
  }
  if (accept_name("in")) {
    if (!accept_name("range")) return unexpected("range(start, stop, step)");
    op.in_range = true;
    VEDETTE_TRY(expect("(", "after range"));
    op.from = VEDETTE_TRY(expression());
    VEDETTE_TRY(expect(",", "after the start"));
    op.to = VEDETTE_TRY(expression());
    VEDETTE_TRY(expect(",", "after the stop"));
    op.step = VEDETTE_TRY(expression());
    VEDETTE_TRY(expect(")", "after the step"));
  } else {
    if (accept_name("from")) op.from = VEDETTE_TRY(expression());
    if (accept_name("to")) op.to = VEDETTE_TRY(expression());
    if (!accept_name("step")) return unexpected("'step' and its size");
    op.step = VEDETTE_TRY(expression());
  }
  if (accept_name("by")) op.keys = VEDETTE_TRY(named_expressions());
  return OperatorBody(std::move(op));
}

namespace {

// The documented properties.
constexpr std::array<std::string_view, 18> render_options{
    "accumulate", "anomalycolumns", "kind",   "legend", "series",   "title",
    "xaxis",      "xcolumn",        "xtitle", "yaxis",  "ycolumns", "ymax",
    "ymin",       "ysplit",         "ytitle", "xmin",   "xmax",     "by"};

}  // namespace

// One value, or several names with commas.
Checked<std::string> Parser::render_value() {
  std::string text;
  const auto add = [&](const Expression& value) {
    text += value.kind == ExpressionKind::literal && value.constant.type == Type::string
                ? value.constant.text
            : value.kind == ExpressionKind::name ? value.text
                                                 : std::string();
  };
  const bool is_number = peek().kind == TokenKind::number || peek().is_symbol("-");
  const std::size_t begin = at_;
  const ExpressionPtr value = VEDETTE_TRY(unary());
  add(*value);
  if (is_number || (value->kind == ExpressionKind::literal && text.empty()))
    for (std::size_t i = begin; i < at_; ++i) text += tokens_[i].text;
  while (peek().is_symbol(",") && !peek(2).is_symbol("=") &&
         (peek(1).kind == TokenKind::name || peek(1).is_symbol("["))) {
    advance();  // ycolumns=a, b
    const ExpressionPtr next = VEDETTE_TRY(primary());
    text += ",";
    add(*next);
  }
  return text;
}

// The kind, and behind a space what stands behind `with`, as one JSON object of texts.
Checked<OperatorBody> Parser::render() {
  RenderOperator body;
  if (peek().kind != TokenKind::name) return unexpected("a kind of chart");
  body.kind = advance().text;
  const bool braced = accept_name("with");
  if (braced) VEDETTE_TRY(expect("(", "after with"));
  base::JsonWriter options;
  options.begin_object();
  bool has_options = false;
  while (peek().kind == TokenKind::name && peek(1).is_symbol("=")) {
    const Token& name = advance();
    if (std::ranges::find(render_options, name.text) == render_options.end()) {
      const auto near = base::nearest(name.text, {render_options.begin(), render_options.end()});
      return refuse("KQL108", name.span, fmt::format("render has no option '{}'", name.text),
                    near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
    advance();
    options.member(name.text, VEDETTE_TRY(render_value()));
    has_options = true;
    accept(",");
  }
  if (braced) VEDETTE_TRY(expect(")", "after the options"));
  options.end_object();
  if (has_options) body.kind += " " + options.take();
  return OperatorBody(std::move(body));
}

Checked<OperatorBody> Parser::search() {
  SearchOperator op;
  if (accept_name("in")) {
    VEDETTE_TRY(expect("(", "before the tables"));
    op.tables = VEDETTE_TRY(table_list("a table"));
    VEDETTE_TRY(expect(")", "after the tables"));
  }
  op.predicate = VEDETTE_TRY(expression());
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::find() {
  FindOperator op;
  if (accept_name("in")) {
    VEDETTE_TRY(expect("(", "before the tables"));
    op.tables = VEDETTE_TRY(table_list("a table"));
    VEDETTE_TRY(expect(")", "after the tables"));
  }
  accept_name("where");
  op.predicate = VEDETTE_TRY(expression());
  std::string word;
  const std::size_t used = dashed_word(word);
  const bool away = word == "project-away";
  if (!away && word != "project" && word != "project-smart") return OperatorBody(std::move(op));
  for (std::size_t i = 0; i < used; ++i) advance();
  if (word == "project-smart") return OperatorBody(std::move(op));
  if (away) {
    do {
      op.away.push_back(VEDETTE_TRY(identifier("a column")));
    } while (accept(","));
    return OperatorBody(std::move(op));
  }
  op.has_project = true;
  do {
    const bool pack = peek().is_name("pack") && peek(1).is_symbol("(") && peek(2).is_symbol("*");
    if (pack || (peek().is_name("pack_all") && peek(1).is_symbol("("))) {
      for (int i = 0; i < (pack ? 3 : 2); ++i) advance();
      VEDETTE_TRY(expect(")", "after pack(*"));
      op.packs = true;
      continue;
    }
    ColumnDeclaration column;
    column.span = peek().span;
    column.name = VEDETTE_TRY(identifier("a column"));
    if (accept(":")) column.type = VEDETTE_TRY(type_name());
    op.columns.push_back(std::move(column));
  } while (accept(","));
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::top_nested() {
  TopNestedOperator op;
  while (true) {
    TopNestedLevel level;
    if (!peek().is_name("of")) level.count = VEDETTE_TRY(expression());
    if (!accept_name("of")) return unexpected("'of' and an expression");
    level.of = VEDETTE_TRY(named_expression());
    if (accept_name("with")) {
      if (!accept_name("others")) return unexpected("others = name");
      VEDETTE_TRY(expect("=", "after others"));
      level.others = VEDETTE_TRY(expression());
    }
    if (!accept_name("by")) return unexpected("'by' and an aggregate");
    level.by = VEDETTE_TRY(named_expression());
    if (accept_name("asc")) level.ascending = true;
    if (accept_name("desc")) level.ascending = false;
    op.levels.push_back(std::move(level));
    if (!accept(",")) break;
    std::string word;
    const std::size_t used = dashed_word(word);
    if (word != "top-nested") return unexpected("top-nested");
    for (std::size_t i = 0; i < used; ++i) advance();
  }
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::top_hitters() {
  TopHittersOperator op;
  op.count = VEDETTE_TRY(expression());
  if (!accept_name("of")) return unexpected("'of' and a column");
  op.of = VEDETTE_TRY(expression());
  if (accept_name("by")) op.by = VEDETTE_TRY(expression());
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::partition() {
  PartitionOperator op;
  if (!accept_name("by")) return unexpected("'by' and a column");
  const Token& column = peek();  // not an expression: a parenthesis opens the sub-query
  std::string name = VEDETTE_TRY(identifier("a column"));
  op.by = make_expression(ExpressionKind::name, span_from(column), std::move(name));
  for (Parameter& late : VEDETTE_TRY(parameters("")))
    if (!late.name.starts_with("hint"))
      return refuse("KQL105", late.span, "this option has no meaning here");
  op.has_source = accept("{");
  if (op.has_source) {
    op.body = VEDETTE_TRY(pipeline());
    VEDETTE_TRY(expect("}", "after the sub-query"));
  } else {
    op.body = VEDETTE_TRY(sub_pipeline());
  }
  return OperatorBody(std::move(op));
}

Checked<ScanStep> Parser::scan_step() {
  ScanStep step;
  step.span = peek(1).span;
  if (!accept_name("step")) return unexpected("step NAME: condition;");
  step.name = VEDETTE_TRY(identifier("the step's name"));
  step.optional = accept_name("optional");
  if (accept_name("output")) {
    VEDETTE_TRY(expect("=", "after output"));
    if (!peek().is_name("all") && !peek().is_name("last") && !peek().is_name("none"))
      return unexpected("all, last or none");
    step.output = advance().text;
  }
  VEDETTE_TRY(expect(":", "before the condition"));
  step.condition = VEDETTE_TRY(expression());
  if (accept("=>")) step.assignments = VEDETTE_TRY(named_expressions());
  VEDETTE_TRY(expect(";", "after the step"));
  return step;
}

Checked<OperatorBody> Parser::scan() {
  ScanOperator op;
  if (accept_name("partition")) {
    if (!accept_name("by")) return unexpected("'by'");
    op.partition = VEDETTE_TRY(named_expressions());
  }
  if (accept_name("order")) {
    if (!accept_name("by")) return unexpected("'by'");
    do {
      op.order.push_back(VEDETTE_TRY(sort_key()));
    } while (accept(","));
  }
  if (accept_name("declare")) {
    VEDETTE_TRY(expect("(", "after declare"));
    op.declarations = VEDETTE_TRY(declarations(")", true));
  }
  if (!accept_name("with")) return unexpected("'with' and the steps");
  VEDETTE_TRY(expect("(", "before the steps"));
  while (!peek().is_symbol(")")) op.steps.push_back(VEDETTE_TRY(scan_step()));
  advance();
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::reduce(Operator& op) {
  ReduceOperator body;
  op.parameters = VEDETTE_TRY(parameters("kind"));
  if (!accept_name("by")) return unexpected("'by' and a column");
  body.by = VEDETTE_TRY(expression());
  if (accept_name("with"))
    for (;;) {
      for (Parameter& parameter : VEDETTE_TRY(parameters("*")))
        op.parameters.push_back(std::move(parameter));
      if (!accept(",")) break;
    }
  return OperatorBody(std::move(body));
}

Checked<OperatorBody> Parser::fork() {
  ForkOperator op;
  while (peek().is_symbol("(") || (peek().kind == TokenKind::name && peek(1).is_symbol("="))) {
    std::string name;
    if (!peek().is_symbol("(")) {
      name = VEDETTE_TRY(identifier("a name"));
      advance();
    }
    op.names.push_back(std::move(name));
    op.branches.push_back(VEDETTE_TRY(sub_pipeline()));
  }
  if (op.branches.empty()) return unexpected("(operators) for each branch");
  return OperatorBody(std::move(op));
}

Checked<OperatorBody> Parser::facet() {
  FacetOperator op;
  if (!accept_name("by")) return unexpected("'by' and columns");
  do {
    op.columns.push_back(VEDETTE_TRY(expression()));
  } while (accept(","));
  if (accept_name("with")) op.with = VEDETTE_TRY(sub_pipeline());
  return OperatorBody(std::move(op));
}

}  // namespace vedette::kql::syntax
