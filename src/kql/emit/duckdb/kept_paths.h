// Owns: which of a plan's expressions are kept paths (kql/kept_path.h), and the generated columns
// that stand for them. Promises: an expression has such a column only when all that it is made of
// leads to one column of one scanned table that keeps the path; whatever names it has on the way
// (`extend user = tostring(InitiatedBy.user)`). Must not know: SQL. One object a query, one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "kql/compile.h"
#include "kql/kept_path.h"
#include "kql/plan/plan.h"

namespace vedette::kql::emit::duckdb {

class KeptPaths {
 public:
  struct Path {
    plan::ColumnId base = 0;
    Type type = Type::dynamic;  // of the base: dynamic, or string with JSON in it
    KeptPath path;
  };

  explicit KeptPaths(const Storage& storage) : storage_(storage) {}

  // Once, before anything is asked.
  void read(const plan::Plan& plan);
  // The column that stands for the expression.
  [[nodiscard]] std::optional<plan::ColumnId> find(const plan::Expression& expression);
  // What such a column stands for; null: it is an ordinary one.
  [[nodiscard]] const Path* path(plan::ColumnId id) const;
  // The same path below a projection that makes its base of `value`.
  [[nodiscard]] std::optional<plan::ColumnId> below(const Path& path,
                                                    const plan::Expression& value);
  // While it lives nothing is found.
  class Rest {
   public:
    explicit Rest(KeptPaths& of) : of_(of), before_(of.resting_) { of_.resting_ = true; }
    ~Rest() { of_.resting_ = before_; }
    Rest(const Rest&) = delete;
    Rest& operator=(const Rest&) = delete;

   private:
    KeptPaths& of_;
    const bool before_;
  };
  [[nodiscard]] Rest rest() { return Rest(*this); }

 private:
  struct Steps;

  void read(const plan::Node& node);
  void read(const plan::Expression& expression);
  [[nodiscard]] bool follow(const plan::Expression& expression, Steps& steps) const;
  [[nodiscard]] std::optional<Path> behind(const Path& path, const plan::Expression& value) const;
  [[nodiscard]] bool is_kept(Path path) const;
  [[nodiscard]] plan::ColumnId column_of(const Path& path);

  const Storage& storage_;
  bool resting_ = false;
  struct Source {
    std::string table, column;
    Type type = Type::dynamic;
  };
  std::unordered_map<plan::ColumnId, Source> sources_;
  std::unordered_map<plan::ColumnId, const plan::Expression*> made_of_;
  std::unordered_map<plan::ColumnId, Path> paths_;
  std::map<std::tuple<plan::ColumnId, Type, std::string, int>, plan::ColumnId> columns_;
};

}  // namespace vedette::kql::emit::duckdb
