// Owns: what names mean inside a query: lets, parameters, functions. A scope is a chain that only
// grows at its end, so a let keeps seeing exactly what stood before it. Must not know: SQL. Plain
// data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kql/plan/plan.h"
#include "kql/syntax/tree.h"

namespace vedette::kql::bind {

struct Graph;  // bind/graph.h

// A tabular expression, bound: the node, its columns under KQL's names, and the order its rows
// stand in.
struct Relation {
  plan::NodePtr node;
  std::vector<plan::Column> columns;
  std::vector<plan::Column>
      extra;  // computed but not named: sort keys, columns an open table may have
  std::vector<plan::SortKey> order;  // on columns or extra ones; empty: no order
  bool serialized = false;           // neighbours may be looked at though there is no order
  std::string name;                  // of the table or of `as`, for union's withsource
  std::string render;
  bool open = false;                   // its columns depend on data
  std::shared_ptr<const Graph> graph;  // of make-graph: no rows, but nodes and edges
};

struct Scope;
using ScopePtr = std::shared_ptr<const Scope>;

// A scalar let is bound once. A tabular one is bound anew at each use, so that its columns are
// fresh.
struct ScalarBinding {
  plan::ExpressionPtr value;
};
struct TableBinding {
  const syntax::Expression* value = nullptr;
  ScopePtr scope;  // what the value sees
};
struct FunctionBinding {
  const syntax::FunctionBody* body = nullptr;
  ScopePtr scope;
};
// Rows computed once and read wherever the name stands (materialize, as, invoke's input). Inside
// the sub-query of partition or mv-apply they are others for each of its rows, so they are bound
// again in place.
struct SharedBinding {
  std::uint32_t number = 0;
  Relation relation;
  bool in_place = false;
};
// declare pattern: which body belongs to which arguments.
struct PatternBinding {
  const syntax::PatternBody* body = nullptr;
  ScopePtr scope;
};
using Binding =
    std::variant<ScalarBinding, TableBinding, FunctionBinding, SharedBinding, PatternBinding>;

struct Scope {
  ScopePtr parent;
  std::string name;
  Binding binding;
};

[[nodiscard]] inline const Binding* find_binding(const ScopePtr& scope, std::string_view name) {
  for (const Scope* at = scope.get(); at != nullptr; at = at->parent.get())
    if (at->name == name) return &at->binding;
  return nullptr;
}

}  // namespace vedette::kql::bind
