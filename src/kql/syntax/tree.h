// Owns: the syntax tree of a query. Every node keeps the span of its text.
// Promises: plain data that owns its children; depth is capped while parsing.
// Must not know: names, types, SQL.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kql/diagnostic.h"
#include "kql/value.h"

namespace vedette::kql::syntax {

struct Expression;
struct Pipeline;
using ExpressionPtr = std::unique_ptr<Expression>;
using PipelinePtr = std::unique_ptr<Pipeline>;

// a:string, or a:(x:long, y:string) for a tabular parameter, or a:(*).
struct ColumnDeclaration {
  std::string name;
  Span span;
  std::optional<Type> type;  // empty for a table
  bool is_table = false;
  bool any_columns = false;                // (*)
  std::vector<ColumnDeclaration> columns;  // of a table
  ExpressionPtr default_value;
};

enum class ExpressionKind : std::uint8_t {
  literal,          // constant
  name,             // text
  wildcard,         // text with * in it
  star,             // *
  call,             // text(children...)
  member,           // children[0].text
  index,            // children[0][children[1]]
  unary,            // text children[0]
  binary,           // children[0] text children[1]
  between,          // children[0] text (children[1] .. children[2])
  in,               // children[0] text (children[1]...)
  named,            // text = children[0]; or (names...) = children[0]
  pipeline,         // a tabular expression in parentheses, or one with operators
  datatable,        // declarations, children: the values
  externaldata,     // declarations, children: the addresses, parameters
  type_literal,     // typeof(declarations[0].type), or typeof(table schema)
  dynamic_literal,  // dynamic(...): its one child
  dynamic_array,    // [...]: children
  dynamic_bag,      // {...}: names and children
};

struct Parameter {
  std::string name;  // kind, withsource, hint.strategy ...
  Span span;
  ExpressionPtr value;
};

struct Expression {
  ExpressionKind kind = ExpressionKind::literal;
  Span span;
  std::string text;
  Constant constant;
  std::vector<ExpressionPtr> children;
  std::vector<std::string> names;
  std::vector<ColumnDeclaration> declarations;
  std::vector<Parameter> parameters;
  PipelinePtr pipeline;
};

struct SortKey {
  ExpressionPtr value;
  std::optional<bool> ascending;
  std::optional<bool> nulls_first;
  bool by_number = false;  // project-reorder's granny-asc: a20 stands before a100
};

// What stands between two columns of `parse`: text to find, or a column (with a type), or *.
struct ParsePart {
  enum class Kind : std::uint8_t { text, column, star } kind = Kind::star;
  Span span;
  std::string text;  // the text, or the column's name
  std::optional<Type> type;
};

struct ExpandItem {
  ExpressionPtr value;  // may be named
  std::optional<Type> type;
};

struct SeriesAggregate {
  ExpressionPtr value;  // may be named
  ExpressionPtr default_value;
};

// One struct an operator.
struct WhereOperator {
  ExpressionPtr predicate;
};
struct ExtendOperator {
  std::vector<ExpressionPtr> items;
};
struct ProjectOperator {
  std::vector<ExpressionPtr> items;
};
struct ProjectAwayOperator {
  std::vector<ExpressionPtr> items;
  bool keep = false;
};
struct ProjectRenameOperator {
  std::vector<ExpressionPtr> items;
};
struct ProjectReorderOperator {
  std::vector<SortKey> items;
};
struct ProjectByNamesOperator {
  std::vector<ExpressionPtr> items;
};
struct SummarizeOperator {
  std::vector<ExpressionPtr> aggregates, keys;
};
struct DistinctOperator {
  std::vector<ExpressionPtr> items;
};
struct SortOperator {
  std::vector<SortKey> keys;
};
struct TopOperator {
  ExpressionPtr count;
  SortKey key;
};
struct TakeOperator {
  ExpressionPtr count;
};
struct SampleOperator {
  ExpressionPtr count;
  ExpressionPtr of;
};  // of: sample-distinct
struct CountOperator {
  std::string name;
};
struct JoinOperator {
  bool lookup = false;
  ExpressionPtr right;
  std::vector<ExpressionPtr> conditions;
};
struct UnionOperator {
  std::vector<ExpressionPtr> tables;
};
struct ExpandOperator {
  std::vector<ExpandItem> items;
  ExpressionPtr limit;
  PipelinePtr body;
};  // body: mv-apply
struct ParseOperator {
  bool only_matching = false;
  ExpressionPtr value;
  std::vector<ParsePart> parts;
};
struct ParseKvOperator {
  ExpressionPtr value;
  std::vector<ColumnDeclaration> columns;
};
struct PrintOperator {
  std::vector<ExpressionPtr> items;
};
struct RangeOperator {
  std::string name;
  ExpressionPtr from, to, step;
};
struct MakeSeriesOperator {
  std::vector<SeriesAggregate> aggregates;
  ExpressionPtr on, from, to, step;
  bool in_range = false;  // `in range(from, to, step)`: from is binned, to belongs to it
  std::vector<ExpressionPtr> keys;
};
struct SerializeOperator {
  std::vector<ExpressionPtr> items;
};
struct EvaluateOperator {
  ExpressionPtr call;
  std::vector<ColumnDeclaration> schema;
  bool keeps_columns = false;
  bool has_schema = false;
};
struct InvokeOperator {
  ExpressionPtr call;
};
struct AsOperator {
  std::string name;
};
struct RenderOperator {
  std::string kind;
};
struct SearchOperator {
  std::vector<ExpressionPtr> tables;
  ExpressionPtr predicate;
};
struct FindOperator {
  std::vector<ExpressionPtr> tables;
  ExpressionPtr predicate;
  bool has_project = false;  // project a, b:string, pack(*); otherwise project-smart
  bool packs = false;
  std::vector<ColumnDeclaration> columns;
  std::vector<std::string> away;  // project-away
};
struct GetSchemaOperator {};
// The input as it is, if it has these columns.
struct AssertSchemaOperator {
  std::vector<ColumnDeclaration> columns;
};
struct ConsumeOperator {};
struct TopNestedLevel {
  ExpressionPtr count, of, others, by;
  std::optional<bool> ascending;
};
struct TopNestedOperator {
  std::vector<TopNestedLevel> levels;
};
struct TopHittersOperator {
  ExpressionPtr count, of, by;
};
struct PartitionOperator {
  ExpressionPtr by;
  PipelinePtr body;
  bool has_source = false;  // { Table | ... } and not ( ... )
};
struct ScanStep {
  std::string name;
  Span span;
  std::string output;  // all, last, none; or empty
  bool optional = false;
  ExpressionPtr condition;
  std::vector<ExpressionPtr> assignments;  // named
};
struct ScanOperator {
  std::vector<SortKey> order;
  std::vector<ExpressionPtr> partition;
  std::vector<ColumnDeclaration> declarations;
  std::vector<ScanStep> steps;
};
struct ReduceOperator {
  ExpressionPtr by;
};
struct ForkOperator {
  std::vector<std::string> names;
  std::vector<PipelinePtr> branches;
};
struct FacetOperator {
  std::vector<ExpressionPtr> columns;
  PipelinePtr with;
};
struct MakeGraphOperator {
  ExpressionPtr source, target;
  std::vector<std::pair<ExpressionPtr, std::string>> nodes;  // a table, and its column of ids
  std::string node_id;
  ExpressionPtr partition;  // partitioned-by this column: the graph of each value by itself
  PipelinePtr body;         // what is done with each of these graphs
};
// What a graph's pattern is made of: (name), -[name*1..5]->, <-[name]-, -[name]-, -->
struct GraphElement {
  bool is_edge = false;
  std::string name;  // may be empty
  Span span;
  bool forward = true, backward = false;  // the direction of an edge; both: any
  bool variable = false;                  // *least..most
  std::int64_t least = 1, most = 1;
  ExpressionPtr least_given, most_given;  // instead, where they are names
};
// graph-match and graph-shortest-paths
struct GraphMatchOperator {
  std::vector<std::vector<GraphElement>> patterns;
  ExpressionPtr where;
  std::vector<ExpressionPtr> project;
};
struct GraphToTableOperator {
  struct Part {
    bool edges = false;
    std::string name;
    std::string id, source, target;  // with_node_id, with_source_id, with_target_id
  };
  std::vector<Part> parts;
};
struct GraphMarkOperator {};
// An operator that the grammar knows and the program refuses by name.
struct RefusedOperator {};

using OperatorBody =
    std::variant<WhereOperator, ExtendOperator, ProjectOperator, ProjectAwayOperator,
                 ProjectRenameOperator, ProjectReorderOperator, ProjectByNamesOperator,
                 SummarizeOperator, DistinctOperator, SortOperator, TopOperator, TakeOperator,
                 SampleOperator, CountOperator, JoinOperator, UnionOperator, ExpandOperator,
                 ParseOperator, ParseKvOperator, PrintOperator, RangeOperator, MakeSeriesOperator,
                 SerializeOperator, EvaluateOperator, InvokeOperator, AsOperator, RenderOperator,
                 SearchOperator, FindOperator, GetSchemaOperator, AssertSchemaOperator,
                 ConsumeOperator, TopNestedOperator, TopHittersOperator, PartitionOperator,
                 ScanOperator, ReduceOperator, ForkOperator, FacetOperator, MakeGraphOperator,
                 GraphMatchOperator, GraphToTableOperator, GraphMarkOperator, RefusedOperator>;

struct Operator {
  std::string name;  // as written: where, filter, mv-expand ...
  Span span;
  std::vector<Parameter> parameters;
  OperatorBody body;

  // The value of a parameter as one word (kind=inner), or empty.
  [[nodiscard]] const Parameter* parameter(std::string_view wanted) const {
    for (const Parameter& p : parameters)
      if (p.name == wanted) return &p;
    return nullptr;
  }
  [[nodiscard]] std::string parameter_word(std::string_view wanted) const {
    const Parameter* p = parameter(wanted);
    if (p == nullptr || !p->value) return {};
    return p->value->kind == ExpressionKind::literal ? p->value->constant.text : p->value->text;
  }
};

// source | operator | operator. Without a source when the first operator makes rows itself (print,
// range, union, search, find) or stands in a sub-query (mv-apply, partition, fork).
struct Pipeline {
  Span span;
  ExpressionPtr source;
  std::vector<std::unique_ptr<Operator>> operators;
};

struct FunctionBody {
  std::vector<ColumnDeclaration> parameters;
  std::vector<struct Statement> statements;
  bool is_view = false;
  std::string saved_as;  // its name, where it does not stand in the query's text
};

// declare pattern name = (a:string)[path:string] { ("x").["y"] = { body }; ... }
struct PatternBody {
  struct Case {
    std::vector<std::string> arguments;
    std::optional<std::string> path;
    std::shared_ptr<FunctionBody> body;
  };
  std::vector<ColumnDeclaration> parameters;
  std::optional<std::string> path_name;
  std::vector<Case> cases;
};

struct Statement {
  enum class Kind : std::uint8_t {
    let,
    let_function,
    query,
    set,
    declare,
    pattern,
    ignored
  } kind = Kind::query;
  Span span;
  std::string name;
  Span name_span;
  ExpressionPtr value;  // let: a scalar, a name or a pipeline; query: a pipeline
  std::shared_ptr<FunctionBody> function;
  std::shared_ptr<PatternBody> pattern;
  std::vector<ColumnDeclaration> declarations;  // declare query_parameters
};

struct Query {
  std::vector<Statement> statements;
};

[[nodiscard]] Checked<Query> parse(std::string_view text);
// How many tables a query gives: one for each of its query statements, and for each branch of a
// fork or facet at the end of one.
[[nodiscard]] std::size_t count_results(const Query& query);
[[nodiscard]] std::size_t count_results(const Statement& statement);

}  // namespace vedette::kql::syntax
