// Owns: expressions over a state that goes from row to row (`scan`), as text that travels inside
// the SQL to one native function, and their evaluation there. What does not depend on the state is
// computed by SQL beforehand and comes as a cell of the row.
// Promises: what cannot be evaluated here is found while binding (`write` names the function);
// reading trusts nothing: broken text gives nothing. Must not know: DuckDB, syntax. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kql/functions/function.h"
#include "kql/plan/plan.h"
#include "kql/value.h"

namespace vedette::kql::sequence {

// Where a value of the state stands: a column of a step, in the state of whichever step is looked
// at.
struct StatePlace {
  std::size_t step = 0;
  std::size_t slot = 0;
};

// What becomes of a plan's expression: the text, and the cells of the row that it reads.
class Writer {
 public:
  explicit Writer(const std::map<plan::ColumnId, StatePlace>& places) : places_(places) {}

  // The text, or nothing; then `refused` names the function that cannot work on a state.
  std::optional<std::string> write(const plan::ExpressionPtr& expression);
  [[nodiscard]] const std::vector<plan::ExpressionPtr>& cells() const { return cells_; }
  [[nodiscard]] const std::string& refused() const { return refused_; }
  // The number of the cell that has this value in each row.
  std::size_t cell(const plan::ExpressionPtr& expression);

 private:
  std::optional<std::string> write_membership(const plan::Expression& expression);
  [[nodiscard]] bool depends_on_state(const plan::Expression& expression) const;

  const std::map<plan::ColumnId, StatePlace>& places_;
  std::vector<plan::ExpressionPtr> cells_;
  std::string refused_;
};

// Values as they stand in JSON between SQL and here: ticks as integers, the rest as in dynamic.
[[nodiscard]] std::string raw_json(const Constant& value);
[[nodiscard]] Constant from_raw_json(std::string_view json, Type type);

// An expression that was read back.
class Program {
 public:
  using State = std::vector<std::vector<Constant>>;  // of each step: its slots

  static std::optional<Program> read(std::string_view text);
  [[nodiscard]] Constant run(const std::vector<Constant>& cells, const State& state) const;
  // The types of the cells that it reads, by their number.
  void collect_cell_types(std::map<std::size_t, Type>& types) const;

 private:
  enum class Kind : std::uint8_t { constant, cell, state, call, all_of, any_of, choice };
  Kind kind_ = Kind::constant;
  Constant constant_;
  Type type_ = Type::string;
  std::size_t first_ = 0, second_ = 0;  // a cell's number; a step and its slot
  const functions::Function* function_ = nullptr;
  std::vector<Program> parts_;
};

// Whether a function can be evaluated here, and its value.
[[nodiscard]] bool can_evaluate(const functions::Function& function);
[[nodiscard]] Constant evaluate(const functions::Function& function, Type type,
                                const std::vector<Constant>& arguments);

}  // namespace vedette::kql::sequence
