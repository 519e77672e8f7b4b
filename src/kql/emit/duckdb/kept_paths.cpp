#include "kql/emit/duckdb/kept_paths.h"

#include <utility>

#include "kql/functions/function.h"
#include "kql/native/json_text.h"
#include "kql/plan/inputs_of.h"

namespace vedette::kql::emit::duckdb {

namespace {

using plan::ColumnId;
using plan::Expression;
using plan::ExpressionKind;

// The binder counts up from 1.
constexpr ColumnId first_column = 1U << 31;
constexpr int definitions_max = 32;

bool is_call(const Expression& expression, std::string_view function) {
  return expression.kind == ExpressionKind::call &&
         expression.function == &functions::internal(function);
}

}  // namespace

// From a column to a value, step by step.
struct KeptPaths::Steps {
  ColumnId base = 0;
  Type type = Type::dynamic;
  std::string list;  // without its brackets
  std::size_t count = 0;
  std::vector<std::size_t> reads;

  void add(std::string_view steps) {
    if (!list.empty()) list += ',';
    list += steps.substr(1, steps.size() - 2);
    count += count_steps(steps);
  }
};

void KeptPaths::read(const plan::Plan& plan) {
  read(*plan.node);
  for (const plan::SortKey& key : plan.order) read(*key.value);
}

void KeptPaths::read(const plan::Node& node) {
  if (const auto* scan = std::get_if<plan::ScanNode>(&node.body))
    for (std::size_t i = 0; i < scan->columns.size(); ++i)
      sources_[scan->columns[i].first] = {scan->table, scan->columns[i].second, scan->types[i]};
  if (const auto* project = std::get_if<plan::ProjectNode>(&node.body))
    for (const auto& [id, value] : project->items)
      if (value->kind != ExpressionKind::column || value->column != id) made_of_[id] = value.get();
  if (const auto* shared = std::get_if<plan::SharedNode>(&node.body)) read(*shared->input);
  plan::InputsOf inputs;
  std::visit(inputs, node.body);
  for (const Expression* expression : inputs.expressions) read(*expression);
  for (const plan::Node* input : inputs.nodes) read(*input);
}

void KeptPaths::read(const Expression& expression) {
  if (expression.node) read(*expression.node);
  for (const auto& argument : expression.arguments) read(*argument);
}

// A dynamic value: a column, text read as JSON, a string in it read as JSON, steps into it.
bool KeptPaths::follow(const Expression& expression, Steps& steps) const {
  if (expression.kind == ExpressionKind::column) {
    steps.base = expression.column;
    steps.type = expression.type;
    return expression.type == Type::dynamic;
  }
  if (is_call(expression, "path")) {
    const Expression& where = *expression.arguments[1];
    if (where.kind != ExpressionKind::constant || where.constant.is_null) return false;
    if (!follow(*expression.arguments[0], steps)) return false;
    steps.add(where.constant.text);
    return true;
  }
  const bool reads_again = is_call(expression, "reparse");
  if (!reads_again && !is_call(expression, "parse_text")) return false;
  const Expression& text = *expression.arguments[0];
  if (!reads_again && text.kind == ExpressionKind::column && text.type == Type::string) {
    steps.base = text.column;
    steps.type = Type::string;
    return true;
  }
  // parse_json(tostring(x)) is parse_json(x): what is no string is written and read again.
  const bool is_through_text = !reads_again && is_call(text, "dynamic_to_string");
  if (!reads_again && !is_through_text) return false;
  if (!follow(is_through_text ? *text.arguments[0] : text, steps)) return false;
  steps.reads.push_back(steps.count);
  return true;
}

// The same path, when its base is made of that.
std::optional<KeptPaths::Path> KeptPaths::behind(const Path& path, const Expression& value) const {
  Steps steps;
  if (path.type == Type::dynamic) {
    if (!follow(value, steps)) return std::nullopt;
  } else if (value.kind == ExpressionKind::column && value.type == Type::string) {
    steps.base = value.column;
    steps.type = Type::string;
  } else {
    if (!is_call(value, "dynamic_to_string") || !follow(*value.arguments[0], steps))
      return std::nullopt;
    steps.reads.push_back(steps.count);
  }
  if (path.path.read_at >= 0)
    steps.reads.push_back(steps.count + static_cast<std::size_t>(path.path.read_at));
  steps.add(path.path.steps);
  if (steps.reads.size() > 1) return std::nullopt;
  const int read_at = steps.reads.empty() ? -1 : static_cast<int>(steps.reads.front());
  return Path{steps.base, steps.type, {"[" + steps.list + "]", read_at}};
}

bool KeptPaths::is_kept(Path path) const {
  for (int i = 0; i < definitions_max; ++i) {
    if (const auto source = sources_.find(path.base); source != sources_.end())
      return source->second.type == path.type &&
             storage_.keeps_path(source->second.table,
                                 kept_name(source->second.column, path.path.steps));
    const auto made = made_of_.find(path.base);
    if (made == made_of_.end()) return false;
    auto next = behind(path, *made->second);
    if (!next) return false;
    path = *std::move(next);
  }
  return false;
}

ColumnId KeptPaths::column_of(const Path& path) {
  const auto [at, is_new] =
      columns_.try_emplace({path.base, path.type, path.path.steps, path.path.read_at},
                           first_column + static_cast<ColumnId>(columns_.size()));
  if (is_new) paths_.emplace(at->second, path);
  return at->second;
}

std::optional<ColumnId> KeptPaths::find(const Expression& expression) {
  if (resting_ || sources_.empty() || !is_call(expression, "path")) return std::nullopt;
  Steps steps;
  if (!follow(expression, steps) || steps.reads.size() > 1) return std::nullopt;
  const int read_at = steps.reads.empty() ? -1 : static_cast<int>(steps.reads.front());
  const Path path{steps.base, steps.type, {"[" + steps.list + "]", read_at}};
  if (!is_kept(path)) return std::nullopt;
  return column_of(path);
}

const KeptPaths::Path* KeptPaths::path(ColumnId id) const {
  const auto found = paths_.find(id);
  return found == paths_.end() ? nullptr : &found->second;
}

std::optional<ColumnId> KeptPaths::below(const Path& path, const Expression& value) {
  const auto next = behind(path, value);
  if (!next) return std::nullopt;
  return column_of(*next);
}

}  // namespace vedette::kql::emit::duckdb
