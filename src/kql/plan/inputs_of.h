// Owns: what a node of a plan is made of: the nodes that it reads, and its expressions. For whoever
// walks over a plan. Promises: nothing is left out but a shared node's input, which is computed on
// its own. Must not know: what they are walked for. Any thread.
#pragma once

#include <utility>
#include <vector>

#include "kql/plan/plan.h"

namespace vedette::kql::plan {

struct InputsOf {
  std::vector<const Node*> nodes;
  std::vector<const Expression*> expressions;

  void add(const NodePtr& node) { nodes.push_back(node.get()); }
  void add(const ExpressionPtr& expression) {
    if (expression) expressions.push_back(expression.get());
  }
  void add(const std::vector<Assignment>& items) {
    for (const auto& [id, value] : items) add(value);
  }
  void operator()(const UnitNode&) {}
  void operator()(const ScanNode&) {}
  void operator()(const ExternalNode&) {}
  void operator()(const ValuesNode& n) {
    for (const auto& row : n.rows)
      for (const auto& value : row) add(value);
  }
  void operator()(const RangeNode& n) {
    add(n.from);
    add(n.to);
    add(n.step);
  }
  void operator()(const ProjectNode& n) {
    add(n.input);
    add(n.items);
  }
  void operator()(const FilterNode& n) {
    add(n.input);
    add(n.predicate);
  }
  void operator()(const AggregateNode& n) {
    add(n.input);
    add(n.keys);
    add(n.aggregates);
  }
  void operator()(const JoinNode& n) {
    add(n.left);
    add(n.right);
    for (const auto& [a, b] : n.keys) {
      add(a);
      add(b);
    }
    add(n.condition);
  }
  void operator()(const UnionNode& n) {
    for (const auto& branch : n.branches) {
      add(branch.node);
      for (const auto& [id, value] : branch.values) add(value);
    }
  }
  void operator()(const LimitNode& n) {
    add(n.input);
    add(n.count);
  }
  void operator()(const DistinctOnNode& n) {
    add(n.input);
    for (const auto& key : n.keys) add(key);
  }
  void operator()(const ExpandNode& n) {
    add(n.input);
    add(n.items);
    add(n.limit);
  }
  void operator()(const ApplyNode& n) {
    add(n.input);
    add(n.body);
  }
  void operator()(const SequenceNode& n) {
    add(n.input);
    add(n.row);
    for (const SortKey& key : n.order) add(key.value);
  }
  void operator()(const SharedNode&) {}  // computed on its own, sees nothing of the outside
};

}  // namespace vedette::kql::plan
