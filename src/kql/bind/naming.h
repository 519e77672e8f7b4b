// Owns: Kusto's rules for the names of result columns: which names are unique already, which get a
// number, which replace a column of the same name.
// Source: behaviour of Microsoft's binder (project, extend, summarize, print). Plain data, one
// thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kql/plan/plan.h"

namespace vedette::kql::bind {

enum class Style {
  named,    // Name = expression, or a column by itself
  derived,  // a name taken from the expression
  hidden,   // a column that an open table may have
};

class UniqueNames {
 public:
  // The name, or the name with the first free number behind it.
  std::string get(const std::string& name);
  // A number is never put so that it makes this name.
  void reserve(const std::string& name) { reserved_.insert(name); }

 private:
  std::unordered_map<std::string, int> used_;
  std::unordered_set<std::string> reserved_;
};

// The columns of an operator's result as they come together.
class ColumnList {
 public:
  // Adds under a unique name. With `replace`, takes the place of a column of that name.
  void add(plan::Column column, plan::ExpressionPtr value, bool replace);
  // Adds a column whose name was written: false when that name was written before.
  bool declare(plan::Column column, plan::ExpressionPtr value, bool replace);

  void reserve(const std::string& name) { names_.reserve(name); }

  std::vector<plan::Column> columns;
  std::vector<plan::ExpressionPtr> values;

 private:
  UniqueNames names_;
  std::unordered_map<std::string, std::size_t> places_;
  std::unordered_set<std::string> declared_;
};

}  // namespace vedette::kql::bind
