// Owns: the way from a plan to one SQL SELECT for DuckDB.
// Promises: identifiers are generated (c17, t3, m1) and never come from KQL; strings pass through
// one quoting function; the result is one SELECT; columns that nobody needs are not in it;
// neighbouring operators share a SELECT where that changes nothing. Must not know: KQL's names,
// DuckDB's interface. One object a query, one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/emit/duckdb/kept_paths.h"
#include "kql/plan/plan.h"
#include "kql/plan/time_bounds.h"

namespace vedette::kql::emit::duckdb {

// What a value of that type is called where it lies: the physical type of the store.
[[nodiscard]] std::string_view sql_type(Type type);

// What a plan's column is called in SQL: c17.
[[nodiscard]] std::string name_of_column(plan::ColumnId id);

struct EmitterOptions {
  bool wrapping = false;  // integer arithmetic wraps
  bool plain = false;     // see Inputs::plain
};

class Emitter {
 public:
  Emitter(const Storage& storage, const EmitterOptions& options)
      : storage_(storage), wrapping_(options.wrapping), plain_(options.plain), kept_(storage) {}

  std::string emit(const plan::Plan& plan);

 private:
  using Needed = std::set<plan::ColumnId>;

  enum class Weight : unsigned char { trivial, computed, window };
  struct Cell {
    std::string sql;
    Weight weight = Weight::trivial;
  };
  // A SELECT in the making: what each column is, over which rows.
  struct Select {
    std::string from;  // empty: one row
    std::vector<std::string> where;
    std::map<plan::ColumnId, Cell> cells;
    bool has_window = false;
  };

  Select node(const plan::Node& node, const Needed& needed);
  Select fused(const plan::Node& node, const Needed& needed);
  Select scan(const plan::ScanNode& scan, const Needed& needed, const plan::ColumnTimes& times);
  Select values(const plan::ValuesNode& values, const Needed& needed);
  Select range(const plan::RangeNode& range);
  Select external(const plan::ExternalNode& external, const Needed& needed);
  Select project(const plan::ProjectNode& project, const Needed& needed,
                 const plan::ColumnTimes& times);
  Select filter(const plan::FilterNode& filter, const Needed& needed,
                const plan::ColumnTimes& times);
  Select aggregate(const plan::AggregateNode& aggregate, const Needed& needed);
  Select join(const plan::JoinNode& join, const Needed& needed);
  Select union_all(const plan::UnionNode& node, const Needed& needed,
                   const plan::ColumnTimes& times);
  // Rows of a table that is not kept: there are none.
  [[nodiscard]] bool is_empty(const plan::Node& node) const;
  Select limit(const plan::LimitNode& limit, const Needed& needed);
  void keep_newest_times(const plan::LimitNode& limit, const Needed& below, Select& rows);
  Select distinct_on(const plan::DistinctOnNode& node, const Needed& needed);
  Select expand(const plan::ExpandNode& expand, const Needed& needed);
  Select apply(const plan::ApplyNode& apply, const Needed& needed);
  Select sequence(const plan::SequenceNode& sequence, const Needed& needed);
  Select shared(const plan::SharedNode& shared, const Needed& needed);

  // The text of a SELECT with these columns under their generated names.
  std::string text(const Select& select, const Needed& needed) const;
  // The same rows, with every column plain: a sub-select where it was not so already.
  // `named`: also those that hold nothing, for a sub-query that reads them by their names.
  [[nodiscard]] Select outside_of(const Select& select, const Needed& needed, bool named,
                                  Needed& inside) const;
  Select seal(const Select& select, const Needed& needed, bool named = false);
  [[nodiscard]] bool needs_seal(const Select& select, const Needed& used) const;
  // Where one of these columns is computed, it becomes plain first.
  Select plain(const Select& select, const Needed& used, const Needed& kept);

  std::string expression(const plan::Expression& expression, const Select& select);
  std::string constant(const Constant& constant) const;
  std::string call(const plan::Expression& expression, const Select& select);
  std::string fill(std::string_view pattern, const plan::Expression& expression,
                   const Select& select);
  std::string chain(const plan::Expression& expression, const Select& select,
                    std::string_view word);
  std::string joined(const std::vector<plan::ExpressionPtr>& parts, std::string_view word,
                     const Select& select);
  std::string choice(const plan::Expression& expression, const Select& select);
  std::string window(const plan::Expression& expression, const Select& select);
  std::string subquery(const plan::Expression& expression, const Select& select);
  std::string order_by(const std::vector<plan::SortKey>& order, const Select& select);

  void collect(const plan::Expression& expression, Needed& needed);
  void collect_plainly(const plan::Expression& expression, Needed& needed);
  void collect(const plan::Node& node, Needed& needed);  // what a sub-query takes from outside
  void collect(const std::vector<plan::SortKey>& order, Needed& needed);
  // A path that is wanted above a projection, below it.
  std::optional<plan::ColumnId> path_below(plan::ColumnId id, const plan::ProjectNode& project);
  std::string alias() { return "t" + std::to_string(next_alias_++); }

  const Storage& storage_;
  bool wrapping_ = false;
  bool plain_ = false;
  KeptPaths kept_;
  std::size_t next_alias_ = 1;
  // What the node above says of the one that comes next.
  plan::ColumnTimes times_;
  std::map<std::uint32_t, std::set<plan::ColumnId>> shared_needs_;
  std::map<std::uint32_t, const plan::Node*> shared_inputs_;
  std::vector<std::uint32_t> shared_order_;
};

// 'text' with its quotes doubled; the one place where text of a query becomes SQL.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace vedette::kql::emit::duckdb
