// Owns: the bound plan: typed expressions and relational nodes. Columns are numbers; KQL's names
// live in the binder and on the result, so that names differing only in case can never meet in SQL.
// Promises: immutable once bound (shared by pointer), therefore safe to use twice. Order is
// explicit: whoever depends on it (windows, lists, limits, the result) carries its keys. Must not
// know: syntax, a dialect of SQL. Called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "kql/value.h"

namespace vedette::kql::functions {
struct Function;
}

namespace vedette::kql::plan {

using ColumnId = std::uint32_t;

struct Expression;
struct Node;
using ExpressionPtr = std::shared_ptr<const Expression>;
using NodePtr = std::shared_ptr<const Node>;

struct Column {
  ColumnId id = 0;
  std::string name;
  Type type = Type::string;
  // A column that an open source (a watch list, a vendor's parser) may have: found by name, but no
  // part of `*` and of results.
  bool hidden = false;
};

struct SortKey {
  ExpressionPtr value;
  bool ascending = true;
  bool nulls_first = true;
};

enum class ExpressionKind : std::uint8_t {
  constant,
  column,
  call,             // function(arguments)
  all_of,           // n-ary and
  any_of,           // n-ary or
  choice,           // case: condition, value, condition, value, ..., otherwise
  in_list,          // arguments[0] is one of the others
  window,           // function(arguments) over the rows in `order`, restarting with `partition`
  aggregate,        // function(arguments), only over rows that pass `filter`
  scalar_subquery,  // the one column of the first row of `node`
  in_subquery,      // arguments[0] is among the one column of `node`
};

struct Expression {
  ExpressionKind kind = ExpressionKind::constant;
  Type type = Type::string;
  bool nullable = true;
  Constant constant;
  ColumnId column = 0;  // also the column of a subquery
  const functions::Function* function = nullptr;
  std::vector<ExpressionPtr> arguments;
  std::vector<SortKey> order;
  std::vector<ExpressionPtr> partition;
  ExpressionPtr filter;
  NodePtr node;
};

using Assignment = std::pair<ColumnId, ExpressionPtr>;

enum class JoinKind : std::uint8_t {
  inner,
  left_outer,
  right_outer,
  full_outer,
  left_semi,
  left_anti,
  right_semi,
  right_anti,
};

// One row without columns: where print and an empty pipeline begin.
struct UnitNode {};
struct ScanNode {
  std::string table;
  std::vector<std::pair<ColumnId, std::string>> columns;  // id, KQL name of the stored column
  std::vector<Type> types;
};
struct ValuesNode {
  std::vector<ColumnId> ids;
  std::vector<Type> types;
  std::vector<std::vector<ExpressionPtr>> rows;
};
struct RangeNode {
  ColumnId id = 0;
  Type type = Type::int64;
  ExpressionPtr from, to, step;
};
// What was read from other hosts into the table of that number, all as text.
struct ExternalNode {
  std::size_t number = 0;
  std::vector<ColumnId> ids;
};
// Exactly these columns, computed from the input's.
struct ProjectNode {
  NodePtr input;
  std::vector<Assignment> items;
};
struct FilterNode {
  NodePtr input;
  ExpressionPtr predicate;
};
struct AggregateNode {
  NodePtr input;
  std::vector<Assignment> keys;
  std::vector<Assignment> aggregates;
};
// The columns of both sides (of one side for semi and anti), null where a side is missing.
struct JoinNode {
  JoinKind kind = JoinKind::inner;
  NodePtr left, right;
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> keys;  // equal; no keys: every pair
  ExpressionPtr condition;                                    // and this holds, when there is one
};
struct UnionNode {
  std::vector<ColumnId> ids;
  std::vector<Type> types;
  struct Branch {
    NodePtr node;
    std::unordered_map<ColumnId, ExpressionPtr> values;  // an id without one is null there
  };
  std::vector<Branch> branches;
};
struct LimitNode {
  NodePtr input;
  ExpressionPtr count;
  std::vector<SortKey> order;
};
// One row for each value of the keys: the first in `order`.
struct DistinctOnNode {
  NodePtr input;
  std::vector<ExpressionPtr> keys;
  std::vector<SortKey> order;
};
// One row for each element of the arrays, side by side; the shorter ones are filled with null.
struct ExpandNode {
  NodePtr input;
  std::vector<Assignment> items;  // JSON text of one element
  ColumnId index = 0;             // counts the elements of a row from 0
  ExpressionPtr limit;
};
// For each row of the input the rows of `body`, which may use the input's columns.
struct ApplyNode {
  NodePtr input;
  NodePtr body;
};
// Rows computed once (materialize) and read from several places.
struct SharedNode {
  std::uint32_t number = 0;
  NodePtr input;
  std::vector<std::pair<ColumnId, ColumnId>> columns;  // id here, id in the input
};

// The rows in their order, gone over one by one by a native function: it gets the JSON array of
// what `row` is for each of them and gives lines "PLACE JSON"; for each line the row at that place
// comes out, with the JSON as one more column.
struct SequenceNode {
  NodePtr input;
  std::vector<SortKey> order;
  ExpressionPtr row;
  const functions::Function* function = nullptr;
  std::string options;
  std::vector<ColumnId> carried;
  ColumnId result = 0;
};

using NodeBody = std::variant<UnitNode, ScanNode, ValuesNode, RangeNode, ExternalNode, ProjectNode,
                              FilterNode, AggregateNode, JoinNode, UnionNode, LimitNode,
                              DistinctOnNode, ExpandNode, ApplyNode, SequenceNode, SharedNode>;

struct Node {
  NodeBody body;
};

template <typename T>
[[nodiscard]] NodePtr make_node(T body) {
  return std::make_shared<const Node>(Node{NodeBody(std::move(body))});
}

[[nodiscard]] ExpressionPtr make_constant(Constant constant);
[[nodiscard]] ExpressionPtr make_column(const Column& column);
[[nodiscard]] ExpressionPtr make_call(const functions::Function& function, Type type,
                                      std::vector<ExpressionPtr> arguments);
[[nodiscard]] bool contains_window(const Expression& expression);
[[nodiscard]] bool contains_aggregate(const Expression& expression);
// Another value each time that it is asked (rand, new_guid).
[[nodiscard]] bool contains_volatile(const Expression& expression);

// What a query is once bound: where its rows come from, and what the result looks like.
struct Plan {
  NodePtr node;
  std::vector<Column> columns;
  std::vector<SortKey> order;
  std::string render;                   // the kind of chart asked for, or empty
  bool columns_open = false;            // columns depend on data that was not there when binding
  std::vector<std::string> notes = {};  // what of the answer cannot be known here
};

}  // namespace vedette::kql::plan
