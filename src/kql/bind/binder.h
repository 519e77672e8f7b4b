// Owns: the way from syntax to plan: names to columns, types, conversions, and each operator's
// meaning. Its members are spread over bind/*.cpp by subject, one file an operator where it is more
// than a screen. Promises: the first error ends it with one diagnostic; what is not supported is
// refused by name. Must not know: SQL. One object a query, one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kql/bind/naming.h"
#include "kql/bind/scope.h"
#include "kql/catalogue/catalogue.h"
#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/functions/function.h"
#include "kql/plan/plan.h"
#include "kql/syntax/tree.h"

namespace vedette::kql::bind {

// A plugin that is KQL itself (written_plugins.cpp).
struct WrittenPlugin;
// The one of that name whose arguments fit best; null when there is none.
// The first `values` of its arguments are values or columns.
[[nodiscard]] const WrittenPlugin* written_plugin(const syntax::Expression& call,
                                                  const std::vector<plan::Column>& columns,
                                                  std::size_t values);

// An innerunique join keeps any row of a key. Microsoft documents that a filter behind the join is
// moved before that choice, as far as it looks at columns of the left side (operator_join.cpp).
// Empty: nothing to move.
[[nodiscard]] plan::NodePtr before_unique(const plan::NodePtr& node,
                                          const plan::ExpressionPtr& predicate);

class Binder {
 public:
  Binder(const Catalogue& catalogue, const Inputs& inputs, const Facts& facts)
      : catalogue_(catalogue), inputs_(inputs), facts_(facts) {}

  // The plan of the last query statement.
  Checked<plan::Plan> bind(const syntax::Query& query);
  // When bind() ended because columns depend on data: what to run, then bind anew with its rows.
  [[nodiscard]] std::optional<plan::Plan>& pending() { return pending_; }
  // The same for what has to be read from other hosts first.
  [[nodiscard]] std::optional<external::Request>& pending_external() { return pending_external_; }

 private:
  using Expression = syntax::Expression;
  using Bound = plan::ExpressionPtr;
  using Columns = std::vector<plan::Column>;
  using Arguments = std::vector<Bound>;

  // The steps of scan: s1.column is a column of the state.
  using Steps = std::vector<std::pair<std::string, Columns>>;

  struct GraphScope;  // bind/graph.h

  // What the expression being bound may see besides lets.
  struct Row {
    const Columns* columns = nullptr;
    const Columns* left = nullptr;  // $left and $right of a join
    const Columns* right = nullptr;
    const std::vector<plan::SortKey>* order = nullptr;  // rows are serialised in this order
    bool serialized = false;                            // or in any
    const Steps* steps = nullptr;
    GraphScope* graph = nullptr;                       // the names of a graph's pattern
    bool aggregates = false;                           // aggregates may be called
    std::vector<plan::Assignment>* hoisted = nullptr;  // columns to compute beforehand
    bool open = false;
  };

  // statements.cpp
  Checked<void> statement(const syntax::Statement& statement);
  Checked<void> let(const syntax::Statement& statement);
  void define(std::string name, Binding binding);
  [[nodiscard]] bool is_tabular(const Expression& expression, const ScopePtr& scope,
                                int depth = 0) const;
  Checked<std::optional<Relation>> last_query(const std::vector<syntax::Statement>& statements);
  Checked<std::optional<Relation>> chosen_query(const std::vector<syntax::Statement>& statements);
  Checked<Relation> call_pattern(const PatternBinding& pattern, const Expression& call,
                                 const std::string& path);
  [[nodiscard]] bool function_is_tabular(const FunctionBinding& function, int depth) const;
  Checked<ScopePtr> bind_parameters(const FunctionBinding& function, const Expression& call,
                                    std::size_t first_argument, const ScopePtr& start,
                                    const Row& row);
  Checked<Relation> call_tabular_function(const FunctionBinding& function, const Expression& call,
                                          const Relation* input);
  Checked<Bound> call_scalar_function(const FunctionBinding& function, const Expression& call,
                                      const Row& row);
  Checked<Bound> scalar_body(const FunctionBinding& function);
  static std::unexpected<Diagnostic> within_call(const FunctionBinding& function,
                                                 const Expression& call, Diagnostic problem);
  Checked<void> enter(Span span);
  Checked<std::optional<Relation>> whole_query(const std::vector<syntax::Statement>& statements);

  // pipeline.cpp
  Checked<Relation> relation(const Expression& expression);
  Checked<Relation> relation_of_name(const Expression& name);
  Checked<Relation> relation_of_call(const Expression& call);
  Checked<Relation> watch_list(const CatalogueFunction& function, const CatalogueTable& shape,
                               const Expression& call);
  Checked<Relation> workspace_function(const CatalogueFunction& function, const Expression& call,
                                       const Relation* input);
  Checked<Relation> table_or_let(const CatalogueTable& shape, Span span);
  Checked<Relation> table(const CatalogueTable& table);
  plan::NodePtr within_asked_time(plan::NodePtr rows, const std::vector<plan::Column>& columns);
  Checked<Relation> pipeline(const syntax::Pipeline& pipeline, const Relation* input);
  Checked<Relation> apply(const syntax::Operator& op, Relation input, bool has_input);
  Checked<Relation> apply_to_rows(const syntax::Operator& op, Relation input);
  Relation shared(const SharedBinding& binding);
  SharedBinding share(Relation relation);
  Checked<Relation> datatable(const Expression& expression);
  Relation unit();

  // external.cpp
  Checked<Relation> externaldata(const Expression& expression);
  Checked<external::Request> external_request(const Expression& expression);
  Relation external_rows(const external::Request& request, std::size_t number);
  Relation unknown_profile(const CatalogueTable& shape, Relation input);

  // relations.cpp: building blocks
  plan::Column fresh(std::string name, Type type);
  Relation project(Relation input, Columns columns, std::vector<plan::Assignment> items);
  Relation compute(Relation input, std::vector<plan::Assignment> items);  // hidden columns added
  Relation finish(Relation input, ColumnList list);  // the list becomes the columns
  Relation filter(Relation input, const Bound& predicate);
  Relation limit(Relation input, Bound count);
  Checked<Relation> sorted(Relation input, const std::vector<syntax::SortKey>& keys);
  [[nodiscard]] Row row_of(const Relation& relation) const;
  Checked<Bound> scalar_in(Relation& relation,
                           const Expression& expression);  // hoists into relation
  static std::vector<plan::Assignment> pass_through(const Columns& columns);
  [[nodiscard]] std::vector<std::string> column_names(const Relation& relation) const;
  Checked<const plan::Column*> find_column(const Columns& columns, std::string_view name, Span span,
                                           bool open = false) const;
  Checked<std::int64_t> constant_integer(const Expression& expression, std::string_view what);
  Checked<std::string> constant_text(const Expression& expression, std::string_view what);
  // Strings known beforehand: one string, or a dynamic array of them.
  Checked<std::vector<std::string>> name_list(const Expression& expression, const Relation& input);

  // projection.cpp: named items with Kusto's naming rules
  struct Item {
    std::string name;
    Bound value;
    Style style = Style::named;
    Span span;
  };
  Checked<std::vector<Item>> items(Relation& input, const Expression& expression, bool print,
                                   std::size_t position);
  Checked<std::vector<Item>> tuple_items(Relation& input, const Expression& expression,
                                         const std::vector<std::string>& names);
  [[nodiscard]] std::string result_name(const Expression& expression, const Row& row) const;

  // operators, one member each (operator_*.cpp)
  Checked<Relation> on_where(const syntax::WhereOperator& op, Relation input);
  Checked<Relation> on_extend(const std::vector<syntax::ExpressionPtr>& list, Relation input);
  Checked<Relation> on_project(const syntax::ProjectOperator& op, Relation input);
  Checked<Relation> on_project_away(const syntax::ProjectAwayOperator& op, Relation input);
  Checked<Relation> on_project_rename(const syntax::ProjectRenameOperator& op, Relation input);
  Checked<Relation> on_project_reorder(const syntax::ProjectReorderOperator& op, Relation input);
  Checked<Relation> on_project_by_names(const syntax::ProjectByNamesOperator& op, Relation input);
  Checked<Relation> on_print(const syntax::PrintOperator& op);
  Checked<Relation> on_range(const syntax::RangeOperator& op, Span span);
  Relation distinct_rows(ColumnList list, Relation input);
  Checked<Relation> on_distinct(const syntax::DistinctOperator& op, Relation input);
  Checked<Relation> on_top(const syntax::TopOperator& op, Relation input);
  Checked<Relation> on_count(const syntax::CountOperator& op, const Relation& input);
  Checked<Relation> on_sample(const syntax::SampleOperator& op, Relation input);
  Checked<Relation> on_getschema(const Relation& input);
  Checked<Relation> on_as(const syntax::AsOperator& op, Relation input);
  Checked<Relation> on_invoke(const syntax::InvokeOperator& op, const Relation& input);
  Checked<Relation> on_serialize(const syntax::SerializeOperator& op, Relation input);
  Checked<Relation> on_summarize(const syntax::SummarizeOperator& op, Relation input);
  Checked<Relation> on_join(const syntax::Operator& op, const syntax::JoinOperator& join,
                            Relation input);
  Checked<Relation> on_union(const syntax::Operator& op, const syntax::UnionOperator& body,
                             std::optional<Relation> input);
  Checked<Relation> on_expand(const syntax::Operator& op, const syntax::ExpandOperator& body,
                              Relation input);
  Checked<Relation> on_parse(const syntax::Operator& op, const syntax::ParseOperator& body,
                             Relation input);
  Checked<Relation> on_parse_kv(const syntax::Operator& op, const syntax::ParseKvOperator& body,
                                Relation input);
  Checked<Relation> on_make_series(const syntax::Operator& op,
                                   const syntax::MakeSeriesOperator& body, Relation input);
  struct ExpandedItem;
  Checked<std::vector<ExpandedItem>> expanded_items(const syntax::Operator& op,
                                                    const syntax::ExpandOperator& body,
                                                    Relation& input, plan::ExpandNode& node);
  struct SeriesAxis;
  Checked<SeriesAxis> series_axis(const syntax::Operator& op,
                                  const syntax::MakeSeriesOperator& body, Relation& input);
  Checked<Item> series_cells(const syntax::SeriesAggregate& aggregate, Relation& input,
                             const SeriesAxis& axis, plan::AggregateNode& cells,
                             plan::AggregateNode& series);
  [[nodiscard]] Bound count_of_rows() const;
  Bound axis_bound(const Relation& rows, plan::ColumnId axis, Type type, bool last);
  Checked<Relation> on_evaluate(const syntax::EvaluateOperator& op, Relation input, bool has_input);
  Checked<Relation> on_search(const syntax::Operator& op, const syntax::SearchOperator& body,
                              std::optional<Relation> input);
  Checked<Relation> on_top_nested(const syntax::TopNestedOperator& op, Relation input);
  Checked<Relation> on_top_hitters(const syntax::TopHittersOperator& op, Relation input);
  struct NestedLevel;
  Bound same_nested_keys(const Relation& rows, std::size_t first_key, const Relation& result,
                         std::size_t levels);
  Checked<Relation> nested_others(const std::vector<NestedLevel>& levels, std::size_t number,
                                  const std::vector<plan::Column>& columns);
  Checked<Relation> nested_level(const syntax::TopNestedLevel& level, const SharedBinding& rows,
                                 const std::optional<Relation>& above, std::size_t number);
  Checked<Relation> on_partition(const syntax::PartitionOperator& op, Relation input);
  Relation with_missing(Relation rows, const std::map<std::string, Type>& types);
  Checked<std::vector<Relation>> rows_looked_for(std::vector<Relation> inputs,
                                                 const syntax::Expression& predicate);
  Checked<Relation> on_find(const syntax::Operator& op, const syntax::FindOperator& body,
                            std::optional<Relation> input);
  Relation found_columns(std::vector<Relation> inputs, const std::vector<Columns>& searched,
                         const syntax::FindOperator& body, const std::string& source);
  Relation on_consume(Relation input);
  Checked<Relation> on_fork(const syntax::ForkOperator& op, const Relation& input);
  Checked<Relation> on_facet(const syntax::FacetOperator& op, Relation input);
  Checked<Relation> on_reduce(const syntax::Operator& op, const syntax::ReduceOperator& body,
                              Relation input);

  // operator_scan.cpp: rows gone over one by one
  struct ScanSteps;
  Checked<Relation> on_scan(const syntax::Operator& op, const syntax::ScanOperator& body,
                            Relation input);
  Checked<ScanSteps> scan_steps(const syntax::ScanOperator& body, Relation& input);
  Checked<std::string> scan_program(const syntax::ScanOperator& body, ScanSteps& steps,
                                    Bound& row_json);
  // The rows in their order through a native function; its JSON is the last of the extra columns.
  Relation sequence(Relation input, std::string_view function, Bound row, std::string options);
  // A value as JSON between SQL and a native function: ticks as integers.
  Bound raw_cell(const Bound& value);
  Bound from_raw_cell(const Bound& json, Type type);

  // operator_summarize.cpp
  struct Aggregation;
  Checked<void> add_aggregate(Relation& input, const Expression& expression, Aggregation& work);
  Checked<Bound> aggregate_value(Relation& input, const Expression& expression);
  Checked<std::vector<Item>> row_items(Relation& input, const Expression& call, Aggregation& work);
  Checked<std::vector<Item>> percentile_items(Relation& input, const Expression& call);
  Bound make_aggregate(std::string_view name, Type type, Arguments arguments,
                       const Relation& input);

  // join.cpp
  struct JoinKeys {
    std::vector<std::pair<Bound, Bound>> pairs;
    std::set<plan::ColumnId> right_columns;
    bool all_columns = true;
  };
  Checked<JoinKeys> join_keys(const std::vector<syntax::ExpressionPtr>& conditions,
                              const Relation& left, const Relation& right);
  Checked<void> join_condition(const Expression& condition, const Relation& left,
                               const Relation& right, JoinKeys& keys);
  Relation join_result(plan::JoinKind kind, const Relation& left, const Relation& right,
                       JoinKeys keys, bool lookup);

  // union.cpp
  Checked<std::vector<Relation>> tables_and_views(std::string_view pattern);
  Checked<std::vector<Relation>> tables_to_search(const std::vector<syntax::ExpressionPtr>& named);
  Checked<std::vector<Relation>> union_inputs(const std::vector<syntax::ExpressionPtr>& tables,
                                              bool fuzzy);
  Relation union_all(const std::vector<Relation>& inputs, bool inner,
                     const std::string& source_column);
  Checked<Bound> search_predicate(const Expression& predicate, const Relation& relation);
  // How a word of search is looked for, and what for.
  struct SearchWord {
    std::string match, text;
  };
  [[nodiscard]] SearchWord search_word(std::string_view word) const;
  Bound search_term(const std::string& text, const Relation& relation);

  // operator_graph.cpp
  Checked<Relation> on_graph(const syntax::Operator& op, Relation input);
  Checked<Relation> make_graph(const syntax::MakeGraphOperator& op, Relation edges);
  Relation named_nodes(const SharedBinding& edges, const plan::Column& source,
                       const plan::Column& target, const std::string& id_name);
  Relation merged_nodes(Relation nodes);
  Checked<Relation> given_nodes(const syntax::MakeGraphOperator& op, Relation named);
  Checked<Relation> on_assert_schema(const syntax::AssertSchemaOperator& op, Relation input,
                                     Span span);
  Checked<GraphScope> graph_scope(const syntax::GraphMatchOperator& body, const Graph& graph,
                                  std::vector<std::vector<std::size_t>>& places);
  plan::NodePtr listed(const Relation& rows, const plan::Column& list, Arguments fields);
  Checked<Relation> graph_match(const syntax::Operator& op, const syntax::GraphMatchOperator& body,
                                const Relation& input);
  Checked<Relation> graph_to_table(const syntax::GraphToTableOperator& op, const Graph& graph);
  Checked<Relation> mark_components(const syntax::Operator& op, const Graph& graph);
  Checked<Bound> graph_call(const Expression& call, const Row& row, bool& handled);
  Checked<Bound> graph_member(const Expression& expression, const Row& row, bool& handled);
  // A condition on the rows of nodes, or on those of edges.
  Checked<Bound> condition_inside(const Expression& condition, const Row& row, bool on_nodes);
  Checked<void> lead_through(const Expression& condition, const Row& row);
  Checked<Bound> graph_condition(const Expression& condition, const Row& row, bool filters_edges);
  Checked<Bound> edge_condition(const Expression& condition, const Row& row,
                                const std::string& path);
  Bound node_key(const Bound& partition, const Bound& id);
  Bound bare_key(Bound key, bool partitioned);
  Checked<Bound> mapped_path(const Expression& path, std::unique_ptr<Expression> value,
                             const Row& row);
  Checked<Bound> whole_path(const Expression& name, const Row& row, bool& handled);
  Checked<Bound> over_path(const Expression& call, const Row& row);
  Relation with_degrees(Relation nodes, const plan::Column& id, const Relation& edges,
                        const plan::Column& source, const plan::Column& target);

  // plugins.cpp
  Checked<Relation> bag_unpack(const syntax::EvaluateOperator& op, const Expression& call,
                               Relation input);
  Checked<Relation> pivot(const syntax::EvaluateOperator& op, const Expression& call,
                          Relation input);
  Checked<Relation> narrow(Relation input);
  Relation opened(Relation input);
  struct UnpackOptions;
  Checked<UnpackOptions> unpack_options(const Expression& call);
  Checked<Relation> unpacked(const syntax::EvaluateOperator& op, const Expression& call,
                             Relation input, const Bound& bag, const Columns& others,
                             const std::vector<std::pair<std::string, Type>>& keys,
                             const UnpackOptions& options);
  Checked<std::vector<std::pair<std::string, Type>>> bag_keys(const Relation& input,
                                                              const Bound& bag);
  Bound filtered(const Bound& value, const Bound& condition);
  Checked<Relation> ip_lookup(const Expression& call, Relation input, bool v6);
  // The join as rows: the columns of both, but for one of the right side's.
  Checked<Relation> looked_up(const Relation& input, const Relation& right, plan::JoinNode node,
                              std::string_view left_out = {});
  Checked<Relation> geo_lookup(const Expression& call, Relation input);  // plugins_geo.cpp
  Checked<const Fact*> fact(plan::Plan question);

  // asim_parsers.cpp
  [[nodiscard]] static bool is_asim_parser(std::string_view function);
  Checked<Relation> asim_rows(const CatalogueFunction& function, CatalogueTable shape,
                              const Expression& call);
  Checked<std::string> asim_filter(const CatalogueFunction& function, std::string_view name,
                                   const Expression& given, std::size_t number);

  // written_plugins.cpp: plugins that are KQL themselves
  struct PluginWords;
  [[nodiscard]] bool ends_with_table(const Expression& call, const Relation& input) const;
  Checked<PluginWords> plugin_words(const WrittenPlugin& plugin, const Expression& call,
                                    Relation& input);
  Checked<Relation> sequence_detect(const Expression& call, Relation input);
  Checked<Relation> funnel_completion(const Expression& call,
                                      Relation input);  // plugins_funnel.cpp
  Checked<Relation> run_written(const WrittenPlugin& plugin, const Expression& call,
                                Relation input);
  Checked<Relation> written(const std::string& text,
                            std::vector<std::pair<std::string, Binding>> names, Span span);
  Checked<Relation> dcount_intersect(const Expression& call, Relation input);
  struct FrequentOptions;  // plugins_frequent.cpp
  Checked<void> sets_to_compare(const Expression& call, Relation& input, FrequentOptions& options);
  Checked<FrequentOptions> frequent_options(const Expression& call, Relation& input);
  Checked<Relation> basket(const Expression& call, Relation input);

  // expression.cpp
  Checked<Bound> scalar(const Expression& expression, const Row& row);
  Checked<Bound> name(const Expression& expression, const Row& row);
  Checked<Bound> member(const Expression& expression, const Row& row);
  Checked<Bound> index(const Expression& expression, const Row& row);
  Checked<Bound> unary(const Expression& expression, const Row& row);
  Checked<Bound> logical(const Expression& expression, const Row& row);
  Checked<Bound> dynamic_constant(const Expression& expression, const Row& row);
  Checked<Bound> scalar_pipeline(const Expression& expression);
  Bound extend_path(const Bound& value, const std::string& step);

  // binary.cpp
  Checked<Bound> any_column(const Expression& expression, const Row& row);
  Checked<Bound> binary(const Expression& expression, const Row& row);
  Checked<Bound> arithmetic(const Expression& expression, Bound left, Bound right);
  Checked<Bound> time_arithmetic(const Expression& expression, std::string_view op,
                                 const Bound& left, const Bound& right);
  Checked<Bound> comparison(const Expression& expression, Bound left, Bound right);
  Checked<Bound> text_match(const Expression& expression, const Bound& left, const Bound& right);
  Checked<Bound> in(const Expression& expression, const Row& row);
  Bound folded(Bound part, bool fold);
  Checked<Bound> in_rows(const Expression& expression, Bound value, const Bound& rows, bool fold);
  Bound in_array(const Bound& value, const Bound& array, bool fold);
  Checked<Bound> in_values(const Expression& expression, Bound value, const Arguments& list,
                           bool fold);
  Checked<Bound> has_list(const Expression& expression, const Bound& value, const Row& row);
  Checked<Bound> between(const Expression& expression, const Row& row);
  Checked<std::optional<Bound>> tabular_operand(const Expression& expression, const Row& row,
                                                bool as_list);

  // call.cpp and special_calls.cpp
  Checked<Bound> call(const Expression& expression, const Row& row);
  Checked<Bound> call_row(const functions::Function& function, const Expression& call,
                          Arguments arguments);
  Checked<Bound> call_overload(const std::vector<const functions::Function*>& rows,
                               const Expression& call, Arguments arguments, const Row& row);
  Checked<Bound> call_aggregate(const std::vector<const functions::Function*>& rows,
                                const Expression& call, const Row& row);
  Checked<void> check_neighbours(const Expression& call, const Row& row);
  Checked<Bound> call_window(const functions::Function& function, const Expression& call,
                             const Row& row);
  Checked<Arguments> bind_arguments(const Expression& call, const Row& row, std::size_t first = 0);
  Checked<Bound> special_call(const Expression& call, const Row& row, bool& handled);
  Checked<Bound> call_now(const Expression& call, const Row& row);
  Checked<Bound> call_assert(const Expression& call, const Row& row);
  Checked<Bound> call_hash_many(const Expression& call, const Row& row);
  Checked<Bound> call_choice(const Expression& call, const Row& row);
  Checked<Bound> call_common(const Expression& call, const Row& row);
  Checked<Bound> call_conversion(const Expression& call, Type type, const Row& row);
  Checked<Bound> call_emptiness(const Expression& call, const Row& row);
  Checked<Bound> call_bin(const Expression& call, const Row& row);
  Checked<Bound> call_pack(const Expression& call, const Row& row);
  Checked<Bound> call_column_if_exists(const Expression& call, const Row& row);
  Checked<Bound> call_extract(const Expression& call, const Row& row);
  Checked<Bound> call_gettype(const Expression& call, const Row& row);
  Checked<Bound> call_bin_auto(const Expression& call, const Row& row);
  Checked<Bound> call_data_size(const Expression& call, const Row& row);
  Checked<Bound> call_tuple_bag(const Expression& call, const Row& row);
  Checked<Bound> window_session(const functions::Function& function, const Expression& call,
                                const Row& row, Arguments arguments);
  Checked<Bound> hoist_window(Bound value, const Row& row);

  // types.cpp
  Checked<Bound> convert(Bound value, Type type, Span span, std::string_view why);
  Bound must_convert(const Bound& value, Type type);  // for conversions that always exist
  [[nodiscard]] Bound make_internal(std::string_view name, Type type, Arguments arguments);
  [[nodiscard]] std::optional<Type> common_type(const Arguments& values, bool ignore_dynamic) const;
  [[nodiscard]] Bound text_constant(std::string text);
  [[nodiscard]] Bound long_constant(std::int64_t value);
  [[nodiscard]] Bound null_of(Type type);
  [[nodiscard]] static Bound for_filter(const Bound& predicate);
  std::unexpected<Diagnostic> too_deep(Span span) const;

  const Catalogue& catalogue_;
  const Inputs& inputs_;
  const Facts& facts_;
  std::size_t facts_used_ = 0;
  std::optional<plan::Plan> pending_;
  std::optional<external::Request> pending_external_;
  std::vector<std::string> notes_;  // what of the answer cannot be known here
  ScopePtr scope_;
  plan::ColumnId next_column_ = 1;
  std::uint32_t next_shared_ = 1;
  bool inside_apply_ = false;       // in the sub-query of partition or mv-apply
  bool search_minds_case_ = false;  // search kind=case_sensitive
  std::size_t nodes_ = 0;
  std::size_t depth_ = 0;
  std::size_t default_names_ = 1;
  std::map<std::string, Bound> options_;  // of set statements
  bool is_best_effort_ = false;           // a union goes on without tables that are not there
  // One value wherever a function without parameters is read that gives a toscalar: by its body and
  // what that sees.
  std::map<std::pair<const syntax::FunctionBody*, ScopePtr>, Bound> read_once_;
  std::vector<std::string> missing_patterns_;  // references without a case, as they are written
  std::size_t branch_ = 0;                     // which result of fork or facet is wanted
  bool branches_ = false;                      // and whether it stands at the end of the query
  std::vector<std::unique_ptr<syntax::Query>> written_;  // trees of KQL that plugins are made of
  std::vector<std::string> identifiers_;  // every name in the text: what an open table may have
};

}  // namespace vedette::kql::bind
