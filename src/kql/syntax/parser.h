// Owns: the recursive descent over tokens. One member function a construct; the files parse_*.cpp
// hold them by subject. The first thing that does not fit ends the parse with one clear diagnostic.
// Must not know: names, types. One object a query, one thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "kql/syntax/token.h"
#include "kql/syntax/tree.h"

namespace vedette::kql::syntax {

// Binds tighter than `in` and `==`; the levels themselves are parse_expression.cpp's.
inline constexpr int relational_level = 4;

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Checked<Query> query();

 private:
  using Items = std::vector<ExpressionPtr>;

  // parser.cpp: tokens
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& advance() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::end; }
  [[nodiscard]] Span span_from(const Token& first) const;
  bool accept(std::string_view symbol);
  bool accept_name(std::string_view word);
  Checked<Span> expect(std::string_view symbol, std::string_view where);
  std::unexpected<Diagnostic> unexpected(std::string_view expected) const;
  Checked<std::string> identifier(std::string_view what);
  [[nodiscard]] bool at_identifier() const;
  // Words joined by adjacent dashes: project-away, mv-expand. How many tokens, or 0.
  [[nodiscard]] std::size_t dashed_word(std::string& out, std::size_t from = 0) const;
  Checked<std::string> wildcard_or_name(std::string_view what, bool& is_wildcard);

  // parse_statement.cpp
  Checked<Statement> statement();
  Checked<Statement> let_statement();
  Checked<std::shared_ptr<FunctionBody>> function_body();
  [[nodiscard]] bool at_function() const;
  Checked<Statement> pattern_statement();
  Checked<std::shared_ptr<FunctionBody>> braced_body();
  Checked<std::vector<ColumnDeclaration>> declarations(std::string_view close, bool defaults);
  Checked<ColumnDeclaration> declaration(bool defaults);
  Checked<Type> type_name();
  Checked<ExpressionPtr> let_value();

  // parse_pipeline.cpp
  Checked<PipelinePtr> pipeline();
  Checked<ExpressionPtr> tabular_source();
  Checked<PipelinePtr> sub_pipeline();  // ( operators )
  Checked<std::unique_ptr<Operator>> pipe_operator();
  // name=value in front of the operands; `allowed` lists the names (hint.* always is), "*" allows
  // all.
  Checked<std::vector<Parameter>> parameters(std::string_view allowed);
  [[nodiscard]] bool at_parameter(std::string_view allowed) const;
  Checked<ExpressionPtr> parameter_value();
  [[nodiscard]] bool at_source_operator() const;
  Checked<OperatorBody> operator_body(Operator& op);

  // parse_operators.cpp, parse_expand.cpp, parse_sources.cpp, parse_rare.cpp
  Checked<OperatorBody> where();
  Checked<OperatorBody> summarize();
  Checked<OperatorBody> sort();
  Checked<OperatorBody> top();
  Checked<OperatorBody> join(bool lookup);
  Checked<OperatorBody> union_tables();
  Checked<OperatorBody> expand(bool apply);
  Checked<OperatorBody> parse(bool only_matching);
  Checked<OperatorBody> parse_kv(Operator& op);
  Checked<OperatorBody> range();
  Checked<OperatorBody> make_series();
  Checked<OperatorBody> evaluate();
  Checked<OperatorBody> render();
  Checked<std::string> render_value();
  Checked<OperatorBody> search();
  Checked<OperatorBody> find();
  Checked<OperatorBody> count();
  Checked<OperatorBody> sample(bool distinct);
  Checked<OperatorBody> project_names(bool keep);
  Checked<OperatorBody> project_reorder();
  Checked<OperatorBody> top_nested();
  Checked<OperatorBody> top_hitters();
  Checked<OperatorBody> partition();
  Checked<OperatorBody> scan();
  Checked<ScanStep> scan_step();
  Checked<OperatorBody> reduce(Operator& op);
  Checked<OperatorBody> fork();
  Checked<OperatorBody> facet();
  Checked<OperatorBody> make_graph();
  Checked<OperatorBody> graph_match();
  Checked<OperatorBody> graph_to_table();
  Checked<std::vector<GraphElement>> graph_pattern();
  Checked<GraphElement> graph_node();
  Checked<GraphElement> graph_edge();
  Checked<OperatorBody> refused();
  Checked<SortKey> sort_key();
  Checked<ParsePart> parse_part();
  Checked<std::vector<ExpressionPtr>> table_list(std::string_view what);

  // parse_expression.cpp
  Checked<ExpressionPtr> expression();
  Checked<ExpressionPtr> binary(int least);
  Checked<ExpressionPtr> unary();
  Checked<ExpressionPtr> postfix();
  Checked<ExpressionPtr> primary();
  Checked<ExpressionPtr> parenthesized();
  Checked<ExpressionPtr> call(std::string name, const Token& first);
  Checked<ExpressionPtr> argument();
  Checked<ExpressionPtr> value_or_pipeline(Checked<ExpressionPtr> (Parser::*plain)());
  Checked<ExpressionPtr> in_list(ExpressionPtr left, std::string word);
  Checked<ExpressionPtr> between(ExpressionPtr left, std::string word);
  Checked<ExpressionPtr> named_expression();
  Checked<Items> named_expressions();
  Checked<Items> expressions_until(std::string_view close);

  // parse_literal.cpp
  Checked<ExpressionPtr> literal();
  Checked<ExpressionPtr> dynamic_literal();
  Checked<ExpressionPtr> dynamic_value();
  Checked<ExpressionPtr> dynamic_array();
  Checked<ExpressionPtr> dynamic_bag();
  Checked<ExpressionPtr> type_literal();
  Checked<ExpressionPtr> datatable();
  Checked<ExpressionPtr> externaldata();

  // Counts one level deeper for as long as it lives.
  struct Deeper {
    explicit Deeper(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser_;
  };
  [[nodiscard]] Checked<void> check_depth() const;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

// The words that may stand behind '|', but for those that are refused and old spellings; sorted.
[[nodiscard]] std::span<const std::string_view> operator_names();

[[nodiscard]] ExpressionPtr make_expression(ExpressionKind kind, Span span, std::string text = {});

}  // namespace vedette::kql::syntax
