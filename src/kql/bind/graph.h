// Owns: what a graph is while a query is bound: its nodes and edges as shared rows, and the names
// of a pattern. Promises: ids are compared as text. Must not know: SQL. Plain data.
#pragma once

#include <string>
#include <vector>

#include "kql/bind/binder.h"

namespace vedette::kql::bind {

// The last of the extra columns of both: of nodes the id; of edges source and target.
struct Graph {
  SharedBinding nodes;
  SharedBinding edges;
  bool partitioned = false;  // ids have what they are parted by in front (node_key)
};

// What the names of a pattern stand for while its where and project are bound. Rows of nodes and
// edges travel as two lists; a match is an array with, for each element of the pattern, the place
// of a row, or for a path of edges their places and those of the nodes between them.
struct Binder::GraphScope {
  struct Variable {
    std::string name;
    bool is_edge = false;
    bool variable = false;
    std::size_t place = 0;             // in the match
    std::int64_t least = 1, most = 1;  // edges of a path
  };
  // The rows of one of the lists: the fields of each, and how to reach them.
  struct Rows {
    Relation relation;
    plan::Column list;                        // the column with the list
    std::vector<plan::ExpressionPtr> fields;  // f1, f2 ... of each row

    // The number of the field with this value.
    std::size_t field(const plan::ExpressionPtr& value) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (fields[i] == value ||
            (value->kind == plan::ExpressionKind::column &&
             fields[i]->kind == plan::ExpressionKind::column && fields[i]->column == value->column))
          return i + 1;
      fields.push_back(value);
      return fields.size();
    }
  };
  std::vector<Variable> variables;
  Rows nodes, edges;
  plan::Column id;                     // of nodes
  plan::Column degree_in, degree_out;  // of nodes
  plan::Column match;
  bool partitioned = false;     // as the graph's
  const Rows* inner = nullptr;  // inside map, all, any: whose row is looked at
  // What is asked of each edge of this path: its properties are those of the row.
  const Variable* inner_path = nullptr;
  plan::ExpressionPtr through;  // shortest paths lead only through nodes of which this is true

  [[nodiscard]] const Variable* find(const std::string& name) const {
    for (const Variable& variable : variables)
      if (variable.name == name) return &variable;
    return nullptr;
  }
};

}  // namespace vedette::kql::bind
