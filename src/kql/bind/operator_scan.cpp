// scan, and the rows that a native function goes over one by one.
#include <algorithm>
#include <array>
#include <functional>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"
#include "kql/sequence/program.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

// The value's ticks, seen as a whole number.
plan::ExpressionPtr seen_as(const plan::ExpressionPtr& value, Type type) {
  auto copy = std::make_shared<plan::Expression>(*value);
  copy->type = type;
  if (copy->kind == plan::ExpressionKind::constant) copy->constant.type = type;
  return copy;
}
bool has_ticks(Type type) {
  return type == Type::datetime || type == Type::timespan;
}

}  // namespace

Binder::Bound Binder::raw_cell(const Bound& value) {
  return must_convert(has_ticks(value->type) ? seen_as(value, Type::int64) : value, Type::dynamic);
}
Binder::Bound Binder::from_raw_cell(const Bound& json, Type type) {
  return has_ticks(type) ? seen_as(must_convert(json, Type::int64), type)
                         : must_convert(json, type);
}

Relation Binder::sequence(Relation input, std::string_view function, Bound row,
                          std::string options) {
  plan::SequenceNode node;
  node.input = input.node;
  node.order = input.order;
  node.row = std::move(row);
  node.function = &functions::internal(function);
  node.options = std::move(options);
  for (const plan::Column& column : input.columns) node.carried.push_back(column.id);
  for (const plan::Column& column : input.extra) node.carried.push_back(column.id);
  const plan::Column result = fresh({}, Type::dynamic);
  node.result = result.id;
  nodes_ += node.carried.size();
  input.extra.push_back(result);
  input.node = plan::make_node(std::move(node));
  return input;
}

// What the steps of a scan know: their state's columns, and where each of these stands.
struct Binder::ScanSteps {
  Steps columns;  // of each step: declared, then the input's
  std::map<plan::ColumnId, sequence::StatePlace> places;
  std::vector<std::vector<std::pair<std::size_t, Bound>>> kept;  // of each step: slot, value
  std::vector<Constant> defaults;
  Columns declared;
  Columns input;  // what an expression of a step sees by plain names
  // The input's columns that a step assigns to: a declared one stands for each, and holds the
  // row's own value after a step that does not assign to it.
  std::vector<std::pair<std::size_t, plan::Column>> overwritten;
  Bound partition;  // one value of all that the rows are parted by, if they are
  std::size_t slots = 0;

  void overwrite(const syntax::ScanOperator& body,
                 const std::function<plan::Column(const plan::Column&)>& fresh);
};

void Binder::ScanSteps::overwrite(const syntax::ScanOperator& body,
                                  const std::function<plan::Column(const plan::Column&)>& fresh) {
  const auto named = [](const Columns& among, const std::string& name) {
    return std::find_if(among.begin(), among.end(),
                        [&](const plan::Column& column) { return column.name == name; });
  };
  for (const syntax::ScanStep& step : body.steps)
    for (const auto& assignment : step.assignments) {
      if (named(declared, assignment->text) != declared.end()) continue;
      const auto found = named(input, assignment->text);
      if (found == input.end()) continue;
      overwritten.emplace_back(declared.size(), *found);
      defaults.push_back(Constant::null(found->type));
      declared.push_back(fresh(*found));
    }
}

Checked<Binder::ScanSteps> Binder::scan_steps(const syntax::ScanOperator& body, Relation& input) {
  ScanSteps steps;
  for (const syntax::ColumnDeclaration& declared : body.declarations) {
    const Type type = declared.type.value_or(Type::string);
    Bound value = null_of(type);
    if (declared.default_value) value = VEDETTE_TRY(scalar(*declared.default_value, {}));
    value = VEDETTE_TRY(convert(std::move(value), type, declared.span, "scan"));
    if (value->kind != plan::ExpressionKind::constant)
      return refuse("KQL204", declared.span, "a default must be known beforehand");
    steps.defaults.push_back(value->constant);
    steps.declared.push_back(fresh(declared.name, type));
  }
  steps.input = input.columns;
  steps.overwrite(body, [this](const plan::Column& of) { return fresh(of.name, of.type); });
  steps.slots = steps.declared.size() + input.columns.size();
  for (std::size_t number = 0; number < body.steps.size(); ++number) {
    const syntax::ScanStep& step = body.steps[number];
    Columns columns;
    steps.kept.emplace_back();
    const auto add = [&](const plan::Column& column) {
      const plan::Column state = fresh(column.name, column.type);
      steps.places[state.id] = {number, columns.size()};
      columns.push_back(state);
    };
    for (const plan::Column& column : steps.declared) add(column);
    for (const plan::Column& column : input.columns) {
      steps.kept.back().emplace_back(columns.size(), plan::make_column(column));
      add(column);
    }
    steps.columns.emplace_back(step.name, std::move(columns));
  }
  return steps;
}

namespace {

// The columns of the state that an expression reads.
void collect_state(const plan::Expression& expression,
                   const std::map<plan::ColumnId, sequence::StatePlace>& places,
                   std::set<std::pair<std::size_t, std::size_t>>& used) {
  if (expression.kind == plan::ExpressionKind::column)
    if (const auto found = places.find(expression.column); found != places.end())
      used.emplace(found->second.step, found->second.slot);
  for (const plan::ExpressionPtr& argument : expression.arguments)
    collect_state(*argument, places, used);
}

// The declared columns with their defaults, and the types of the cells of a row.
std::string types_text(const std::vector<Constant>& defaults,
                       const std::vector<plan::ExpressionPtr>& row) {
  std::string declared, cells;
  for (const Constant& value : defaults)
    declared += fmt::format("{}[{},{}]", declared.empty() ? "" : ",", static_cast<int>(value.type),
                            sequence::raw_json(value));
  for (const plan::ExpressionPtr& cell : row)
    cells += fmt::format("{}{}", cells.empty() ? "" : ",", static_cast<int>(cell->type));
  return fmt::format(R"("declared":[{}],"cells":[{}])", declared, cells);
}

int output_number(std::string_view word) {
  return word == "last" ? 1 : word == "none" ? 2 : 0;
}

}  // namespace

// The steps as the text that functions/sequence.cpp reads, and the cells of a row.
Checked<std::string> Binder::scan_program(const syntax::ScanOperator& body, ScanSteps& steps,
                                          Bound& row_json) {
  Row row;
  row.columns = &steps.input;
  row.steps = &steps.columns;
  struct BoundStep {
    Bound condition;
    std::vector<std::pair<std::size_t, Bound>> assigned;
  };
  std::vector<BoundStep> bound;
  std::set<std::pair<std::size_t, std::size_t>> used;
  for (const syntax::ScanStep& step : body.steps) {
    BoundStep one;
    one.condition = VEDETTE_TRY(scalar(*step.condition, row));
    one.condition = VEDETTE_TRY(convert(std::move(one.condition), Type::boolean,
                                        step.condition->span, "a step's condition"));
    collect_state(*one.condition, steps.places, used);
    for (const auto& assignment : step.assignments) {
      const auto found =
          std::find_if(steps.declared.begin(), steps.declared.end(),
                       [&](const plan::Column& c) { return c.name == assignment->text; });
      if (assignment->kind != ExpressionKind::named || found == steps.declared.end())
        return refuse("KQL201", assignment->span, "a step assigns to columns that scan declares");
      Bound value = VEDETTE_TRY(scalar(*assignment->children.front(), row));
      value = VEDETTE_TRY(
          convert(std::move(value), found->type, assignment->span, "a step's assignment"));
      collect_state(*value, steps.places, used);
      one.assigned.emplace_back(static_cast<std::size_t>(found - steps.declared.begin()), value);
    }
    for (const auto& [slot, column] : steps.overwritten)
      if (std::none_of(one.assigned.begin(), one.assigned.end(),
                       [own = slot](const auto& assigned) { return assigned.first == own; }))
        one.assigned.emplace_back(slot, plan::make_column(column));
    bound.push_back(std::move(one));
  }
  sequence::Writer writer(steps.places);
  const auto refused = [&](Span span) {
    return refuse("KQL301", span,
                  fmt::format("'{}' cannot work on the state of scan", writer.refused()),
                  "compute what does not depend on the state with extend, before scan");
  };
  std::string text;
  for (std::size_t number = 0; number < bound.size(); ++number) {
    const auto condition = writer.write(bound[number].condition);
    if (!condition) return refused(body.steps[number].condition->span);
    std::string assigned, kept;
    for (const auto& [slot, value] : bound[number].assigned) {
      const auto one = writer.write(value);
      if (!one) return refused(body.steps[number].span);
      assigned += fmt::format("{}[{},{}]", assigned.empty() ? "" : ",", slot, *one);
    }
    for (const auto& [slot, value] : steps.kept[number])
      if (used.contains({number, slot}))
        kept += fmt::format("{}[{},{}]", kept.empty() ? "" : ",", slot, writer.cell(value));
    text += fmt::format("{}[{},{},[{}],[{}],{}]", text.empty() ? "" : ",", *condition,
                        output_number(body.steps[number].output), assigned, kept,
                        body.steps[number].optional ? 1 : 0);
  }
  const std::string partition =
      steps.partition ? fmt::format(R"(,"partition":{})", writer.cell(steps.partition)) : "";
  Arguments values;
  for (const Bound& cell : writer.cells()) values.push_back(raw_cell(cell));
  row_json = make_internal("pack_list", Type::dynamic, std::move(values));
  return fmt::format(R"({{{},"slots":{},"steps":[{}]{}}})",
                     types_text(steps.defaults, writer.cells()), steps.slots, text, partition);
}

Checked<Relation> Binder::on_scan(const syntax::Operator& op, const syntax::ScanOperator& body,
                                  Relation input) {
  if (!body.order.empty()) input = VEDETTE_TRY(sorted(std::move(input), body.order));
  if (body.steps.empty()) return refuse("KQL203", op.span, "scan needs at least one step");
  const Columns before = input.columns;
  ScanSteps steps = VEDETTE_TRY(scan_steps(body, input));
  if (!body.partition.empty()) {  // the rows of one part stand together, in their order
    std::vector<plan::SortKey> order;
    Arguments values;
    for (const auto& by : body.partition) {
      const Bound value = VEDETTE_TRY(
          scalar_in(input, by->kind == ExpressionKind::named ? *by->children.front() : *by));
      std::vector<plan::Assignment> key;
      key.emplace_back(fresh({}, value->type).id, value);
      input = compute(std::move(input), std::move(key));
      order.push_back({plan::make_column(input.extra.back()), true, true});
      values.push_back(raw_cell(order.back().value));
    }
    steps.partition = make_internal("pack_list", Type::dynamic, std::move(values));
    input.order.insert(input.order.begin(), order.begin(), order.end());
  }
  Bound row_json;
  std::string program = VEDETTE_TRY(scan_program(body, steps, row_json));
  input = sequence(std::move(input), "scan_rows", std::move(row_json), std::move(program));
  const Bound found = plan::make_column(input.extra.back());
  const auto value_at = [&](std::size_t place, Type type) {
    return from_raw_cell(make_internal("element", Type::dynamic,
                                       {found, long_constant(static_cast<std::int64_t>(place))}),
                         type);
  };
  ColumnList list;
  for (const plan::Column& column : before) list.add(column, plan::make_column(column), false);
  for (std::size_t i = 0; i < steps.declared.size(); ++i)
    list.add({0, steps.declared[i].name, steps.declared[i].type, false},
             value_at(i + 1, steps.declared[i].type), true);
  if (const std::string name = op.parameter_word("with_match_id"); !name.empty())
    list.add({0, name, Type::int64, false}, value_at(0, Type::int64), true);
  return finish(std::move(input), std::move(list));
}

}  // namespace vedette::kql::bind
