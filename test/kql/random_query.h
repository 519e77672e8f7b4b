// Owns: queries made at random over two tables, so that what the language makes fast can be
// compared with what it makes plain. Promises: the same seed gives the same queries; each is
// correct KQL whose rows are fixed by the language (no ties that any row may win, no sums of
// reals). Must not know: who runs them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kql/value.h"

namespace vedette::test {

struct RandomField {
  std::string name;
  kql::Type type = kql::Type::string;
};

class RandomQueries {
 public:
  explicit RandomQueries(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::string next();

  // The tables and their columns; CorrelationId is of one row only.
  [[nodiscard]] static const std::vector<std::pair<std::string, std::vector<RandomField>>>&
  tables();

 private:
  using Fields = std::vector<RandomField>;
  struct Rows {
    std::string text;
    Fields fields;
  };

  std::uint64_t any(std::uint64_t below);
  bool chance(std::uint64_t in_a_hundred) { return any(100) < in_a_hundred; }
  std::string pick(std::initializer_list<const char*> words);
  std::string fresh() { return "x" + std::to_string(++names_); }
  // A column of that type, or nothing.
  std::string column(const Fields& fields, kql::Type type);
  std::string value(const Fields& fields, kql::Type type, int depth);
  std::string text_value(const Fields& fields, int depth);
  std::string number_value(const Fields& fields, int depth);
  std::string moment_value(const Fields& fields, int depth);
  std::string dynamic_value(const Fields& fields, int depth);
  std::string condition(const Fields& fields, int depth);
  std::string text_condition(const Fields& fields, int depth);

  Rows source(int depth);
  Rows pipeline(int depth, int operators);
  void add_operator(Rows& rows, int depth);
  void filter(Rows& rows, int depth);
  void extend(Rows& rows);
  void project(Rows& rows);
  void summarize(Rows& rows);
  void distinct(Rows& rows);
  void join(Rows& rows, int depth);
  void unite(Rows& rows, int depth);
  void expand(Rows& rows);
  void order(Rows& rows);
  void parse(Rows& rows);

  std::uint64_t state_;
  int names_ = 0;
};

}  // namespace vedette::test
