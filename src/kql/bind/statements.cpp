// let, declare query_parameters, functions and their calls.
#include <algorithm>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/syntax/literal.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;
using syntax::Statement;

namespace {

constexpr int tabular_probe_depth_max = 64;

// Every name in the text, for open tables: the columns that they may have.
void collect_names(const syntax::Expression& expression, std::set<std::string>& names);

void collect_names(const syntax::Pipeline& pipeline, std::set<std::string>& names);

void collect_item(const syntax::ExpressionPtr& item, std::set<std::string>& names) {
  if (item) collect_names(*item, names);
}
void collect_items(const std::vector<syntax::ExpressionPtr>& items, std::set<std::string>& names) {
  for (const auto& item : items) collect_item(item, names);
}

struct NameCollector {
  std::set<std::string>& names;

  void operator()(const syntax::WhereOperator& op) const { collect_item(op.predicate, names); }
  void operator()(const syntax::ExtendOperator& op) const { collect_items(op.items, names); }
  void operator()(const syntax::ProjectOperator& op) const { collect_items(op.items, names); }
  void operator()(const syntax::ProjectAwayOperator& op) const { collect_items(op.items, names); }
  void operator()(const syntax::ProjectRenameOperator& op) const { collect_items(op.items, names); }
  void operator()(const syntax::ProjectReorderOperator& op) const {
    for (const auto& item : op.items) collect_item(item.value, names);
  }
  void operator()(const syntax::SummarizeOperator& op) const {
    collect_items(op.aggregates, names);
    collect_items(op.keys, names);
  }
  void operator()(const syntax::DistinctOperator& op) const { collect_items(op.items, names); }
  void operator()(const syntax::SortOperator& op) const {
    for (const auto& key : op.keys) collect_item(key.value, names);
  }
  void operator()(const syntax::TopOperator& op) const { collect_item(op.key.value, names); }
  void operator()(const syntax::JoinOperator& op) const {
    collect_item(op.right, names);
    collect_items(op.conditions, names);
  }
  void operator()(const syntax::UnionOperator& op) const { collect_items(op.tables, names); }
  void operator()(const syntax::ExpandOperator& op) const {
    for (const auto& item : op.items) collect_item(item.value, names);
    if (op.body) collect_names(*op.body, names);
  }
  void operator()(const syntax::ParseOperator& op) const { collect_item(op.value, names); }
  void operator()(const syntax::ParseKvOperator& op) const { collect_item(op.value, names); }
  void operator()(const syntax::MakeSeriesOperator& op) const {
    for (const auto& item : op.aggregates) collect_item(item.value, names);
    collect_item(op.on, names);
    collect_items(op.keys, names);
  }
  void operator()(const syntax::EvaluateOperator& op) const { collect_item(op.call, names); }
  void operator()(const syntax::InvokeOperator& op) const { collect_item(op.call, names); }
  void operator()(const syntax::SearchOperator& op) const { collect_item(op.predicate, names); }
  void operator()(const syntax::FindOperator& op) const { collect_item(op.predicate, names); }
  void operator()(const syntax::ReduceOperator& op) const { collect_item(op.by, names); }
  void operator()(const syntax::ScanOperator& op) const {
    for (const syntax::ScanStep& step : op.steps) {
      collect_item(step.condition, names);
      for (const auto& item : step.assignments) collect_items(item->children, names);
    }
  }
  void operator()(const syntax::MakeGraphOperator& op) const {
    collect_item(op.source, names);
    collect_item(op.target, names);
  }
  void operator()(const syntax::GraphMatchOperator& op) const {
    collect_item(op.where, names);
    collect_items(op.project, names);
  }
  void operator()(const syntax::ForkOperator& op) const {
    for (const auto& branch : op.branches) collect_names(*branch, names);
  }
  void operator()(const syntax::FacetOperator& op) const {
    collect_items(op.columns, names);
    if (op.with) collect_names(*op.with, names);
  }
  void operator()(const syntax::TopNestedOperator& op) const {
    for (const syntax::TopNestedLevel& level : op.levels) {
      collect_item(level.of, names);
      collect_item(level.by, names);
    }
  }
  void operator()(const syntax::PartitionOperator& op) const {
    collect_item(op.by, names);
    if (op.body) collect_names(*op.body, names);
  }
  template <typename T>
  void operator()(const T&) const {}
};

void collect_names(const syntax::Expression& expression, std::set<std::string>& names) {
  if (expression.kind == ExpressionKind::name) names.insert(expression.text);
  if (expression.kind == ExpressionKind::member && !expression.children.empty() &&
      expression.children.front()->kind == ExpressionKind::name &&
      expression.children.front()->text.starts_with('$'))
    names.insert(expression.text);
  if (expression.pipeline) collect_names(*expression.pipeline, names);
  collect_items(expression.children, names);
}

void collect_names(const syntax::Pipeline& pipeline, std::set<std::string>& names) {
  if (pipeline.source) collect_names(*pipeline.source, names);
  for (const auto& op : pipeline.operators) std::visit(NameCollector{names}, op->body);
}

void collect_statements(const std::vector<Statement>& statements, std::set<std::string>& names) {
  for (const Statement& statement : statements) {
    collect_item(statement.value, names);
    if (statement.function) collect_statements(statement.function->statements, names);
  }
}

}  // namespace

Checked<plan::Plan> Binder::bind(const syntax::Query& query) {
  std::set<std::string> names;
  collect_statements(query.statements, names);
  identifiers_.assign(names.begin(), names.end());
  std::optional<Relation> result = VEDETTE_TRY(whole_query(query.statements));
  if (!result)
    return refuse("KQL109", {}, "the query has no statement that gives rows",
                  "a let only gives a name; end with the table or expression to show");
  plan::Plan plan;
  plan.node = result->node;
  for (const plan::Column& column : result->columns)
    if (!column.hidden) plan.columns.push_back(column);
  plan.order = result->order;
  plan.render = result->render;
  plan.columns_open = result->open;
  plan.notes = notes_;
  return plan;
}

namespace {

// Does the query end in an operator that gives several tables?
bool ends_in_branches(const Statement& statement) {
  if (!statement.value || !statement.value->pipeline ||
      statement.value->pipeline->operators.empty())
    return false;
  const syntax::OperatorBody& last = statement.value->pipeline->operators.back()->body;
  return std::holds_alternative<syntax::ForkOperator>(last) ||
         std::holds_alternative<syntax::FacetOperator>(last) ||
         std::holds_alternative<syntax::GraphToTableOperator>(last);
}

}  // namespace

// Of several queries in one text the one that gives the wanted result. Those before it are bound as
// well: what they name with `as` counts for all that follow.
Checked<std::optional<Relation>> Binder::chosen_query(const std::vector<Statement>& statements) {
  std::size_t before = 0;
  for (const Statement& one : statements) {
    const std::size_t results = syntax::count_results(one);
    if (results == 0) {
      VEDETTE_TRY_VOID(statement(one));
      continue;
    }
    const bool wanted = inputs_.result_number < before + results;
    branch_ = wanted ? inputs_.result_number - before : 0;
    branches_ = ends_in_branches(one);
    Relation result = VEDETTE_TRY(relation(*one.value));
    branches_ = false;
    if (wanted) return std::optional(std::move(result));
    before += results;
  }
  return std::optional<Relation>{};
}

// The chosen query under what set statements say of results. Patterns without a case are told of
// all at once: a program in front of the store reads the references from the message.
Checked<std::optional<Relation>> Binder::whole_query(const std::vector<Statement>& statements) {
  auto result = chosen_query(statements);
  if (!missing_patterns_.empty()) {
    std::string references;
    for (const std::string& one : missing_patterns_)
      references += fmt::format("{}\"{}\"", references.empty() ? "" : ",", one);
    return refuse("KQL215", {},
                  fmt::format("One or more pattern references were not declared. Detected pattern "
                              "references: [{}]",
                              references));
  }
  const auto most = options_.find("query_take_max_records");
  if (result && *result && most != options_.end())
    *result = limit(std::move(**result), most->second);
  return result;
}

Checked<std::optional<Relation>> Binder::last_query(const std::vector<Statement>& statements) {
  std::optional<Relation> result;
  std::size_t queries = 0;
  for (const Statement& one : statements) queries += one.kind == Statement::Kind::query ? 1 : 0;
  if (queries > 1)
    return refuse("KQL304", statements.back().span,
                  "several queries in one text are not run together", "run them one by one");
  for (const Statement& one : statements) {
    if (one.kind == Statement::Kind::query) {
      result = VEDETTE_TRY(relation(*one.value));
    } else {
      VEDETTE_TRY_VOID(statement(one));
    }
  }
  return result;
}

void Binder::define(std::string name, Binding binding) {
  auto scope = std::make_shared<Scope>();
  scope->parent = scope_;
  scope->name = std::move(name);
  scope->binding = std::move(binding);
  scope_ = std::move(scope);
}

Checked<void> Binder::statement(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::let:
      return let(statement);
    case Statement::Kind::let_function:
      define(statement.name, FunctionBinding{statement.function.get(), scope_});
      return {};
    case Statement::Kind::declare:
      for (const syntax::ColumnDeclaration& declared : statement.declarations) {
        Bound value;
        if (inputs_.check_only) value = null_of(declared.type.value_or(Type::string));
        if (declared.default_value) value = VEDETTE_TRY(scalar(*declared.default_value, {}));
        for (const auto& [name, text] : inputs_.parameters)
          if (name == declared.name) value = text_constant(text);
        if (!value)
          return refuse(
              "KQL216", declared.span,
              fmt::format("the query parameter '{}' has no default, and no value is given",
                          declared.name));
        value = VEDETTE_TRY(
            convert(value, declared.type.value_or(Type::string), declared.span, "parameter"));
        define(declared.name, ScalarBinding{value});
      }
      return {};
    case Statement::Kind::pattern:
      define(statement.name, PatternBinding{statement.pattern.get(), scope_});
      return {};
    case Statement::Kind::set:  // options of Microsoft's engine; few have a meaning here
      if (statement.name == "best_effort") {
        const bool is_off = statement.value && statement.value->constant.type == Type::boolean &&
                            !statement.value->constant.boolean;
        is_best_effort_ = !is_off;
      }
      if (statement.value && statement.name.starts_with("query_bin_auto"))
        options_[statement.name] = VEDETTE_TRY(scalar(*statement.value, {}));
      for (const auto& [name, type] : {std::pair("query_now", Type::datetime),
                                       std::pair("query_take_max_records", Type::int64)})
        if (statement.value && statement.name == name) {
          Bound value = VEDETTE_TRY(scalar(*statement.value, {}));
          options_[name] =
              VEDETTE_TRY(convert(std::move(value), type, statement.value->span, name));
        }
      return {};
    case Statement::Kind::ignored:
    case Statement::Kind::query:
      return {};
  }
  return {};
}

Checked<void> Binder::let(const Statement& statement) {
  const Expression& value = *statement.value;
  if (value.kind == ExpressionKind::name)  // another name of a function
    if (const Binding* binding = find_binding(scope_, value.text))
      if (const auto* function = std::get_if<FunctionBinding>(binding);
          function != nullptr && !function->body->parameters.empty()) {
        define(statement.name, *function);
        return {};
      }
  if (is_tabular(value, scope_)) {
    if (value.kind == ExpressionKind::call && value.text == "materialize") {
      if (value.children.size() != 1)
        return refuse("KQL203", value.span, "materialize takes one tabular expression");
      Relation rows = VEDETTE_TRY(relation(*value.children.front()));
      define(statement.name, share(std::move(rows)));
      return {};
    }
    define(statement.name, TableBinding{&value, scope_});
    return {};
  }
  define(statement.name, ScalarBinding{VEDETTE_TRY(scalar(value, {}))});
  return {};
}

bool Binder::function_is_tabular(const FunctionBinding& function, int depth) const {
  ScopePtr scope = function.scope;
  for (const syntax::ColumnDeclaration& parameter : function.body->parameters) {
    auto next = std::make_shared<Scope>();
    next->parent = scope;
    next->name = parameter.name;
    if (parameter.is_table) {
      next->binding = TableBinding{nullptr, nullptr};
    } else {
      next->binding = ScalarBinding{};
    }
    scope = next;
  }
  for (const Statement& one : function.body->statements) {
    if (one.kind == Statement::Kind::query) return is_tabular(*one.value, scope, depth + 1);
    auto next = std::make_shared<Scope>();
    next->parent = scope;
    next->name = one.name;
    if (one.kind == Statement::Kind::let_function) {
      next->binding = FunctionBinding{one.function.get(), scope};
    } else if (one.kind == Statement::Kind::let && is_tabular(*one.value, scope, depth + 1)) {
      next->binding = TableBinding{one.value.get(), scope};
    } else {
      next->binding = ScalarBinding{};
    }
    scope = next;
  }
  return false;
}

bool Binder::is_tabular(const Expression& expression, const ScopePtr& scope, int depth) const {
  if (depth > tabular_probe_depth_max) return false;
  switch (expression.kind) {
    case ExpressionKind::datatable:
    case ExpressionKind::externaldata:
    case ExpressionKind::wildcard:
      return true;
    case ExpressionKind::pipeline:
      return !expression.pipeline->operators.empty() || !expression.pipeline->source ||
             is_tabular(*expression.pipeline->source, scope, depth + 1);
    case ExpressionKind::name: {
      const Binding* binding = find_binding(scope, expression.text);
      if (binding == nullptr)
        return catalogue_.table(expression.text) != nullptr ||
               catalogue_.function(expression.text) != nullptr;
      if (const auto* function = std::get_if<FunctionBinding>(binding))
        return function_is_tabular(*function, depth + 1);
      return !std::holds_alternative<ScalarBinding>(*binding);
    }
    case ExpressionKind::member: {
      const Expression& base = *expression.children.front();
      const Binding* binding =
          base.kind == ExpressionKind::call ? find_binding(scope, base.text) : nullptr;
      return binding != nullptr && std::holds_alternative<PatternBinding>(*binding);
    }
    case ExpressionKind::call: {
      if (expression.text == "materialize" && !expression.children.empty())
        return is_tabular(*expression.children.front(), scope, depth + 1);
      if (expression.text == "table" || expression.text == "view") return true;
      const Binding* binding = find_binding(scope, expression.text);
      if (binding == nullptr) return catalogue_.function(expression.text) != nullptr;
      if (std::holds_alternative<PatternBinding>(*binding)) return true;
      const auto* function = std::get_if<FunctionBinding>(binding);
      return function != nullptr && function_is_tabular(*function, depth + 1);
    }
    default:
      return false;
  }
}

Checked<void> Binder::enter(Span span) {
  if (++depth_ > base::limits::query_depth_max)
    return refuse("KQL402", span, "functions and lets are nested more than 100 levels deep");
  return {};
}

// The scope a function's body begins with: its own, with a name for each argument.
Checked<ScopePtr> Binder::bind_parameters(const FunctionBinding& function, const Expression& call,
                                          std::size_t first_argument, const ScopePtr& start,
                                          const Row& row) {
  const ScopePtr caller = scope_;
  ScopePtr inner = start;
  const auto& parameters = function.body->parameters;
  std::size_t position = 0;
  if (call.children.size() > parameters.size() - first_argument)
    return refuse("KQL203", call.span,
                  fmt::format("{} takes {} arguments, not {}", call.text,
                              parameters.size() - first_argument, call.children.size()));
  for (std::size_t i = first_argument; i < parameters.size(); ++i) {
    const syntax::ColumnDeclaration& parameter = parameters[i];
    const Expression* argument = nullptr;
    for (const auto& child : call.children)
      if (child->kind == ExpressionKind::named && child->text == parameter.name)
        argument = child->children.front().get();
    if (argument == nullptr && position < call.children.size() &&
        call.children[position]->kind != ExpressionKind::named)
      argument = call.children[position].get();
    ++position;
    if (argument == nullptr && !parameter.default_value)
      return refuse("KQL203", call.span,
                    fmt::format("{} needs an argument '{}'", call.text, parameter.name));
    scope_ = argument != nullptr ? caller : function.scope;
    if (argument == nullptr) argument = parameter.default_value.get();
    Binding binding;
    if (parameter.is_table) {
      binding = TableBinding{argument, scope_};
    } else {
      Bound value = VEDETTE_TRY(scalar(*argument, row));
      const bool takes_text = *parameter.type == Type::string || *parameter.type == Type::dynamic;
      if (value->type == Type::string && !takes_text)
        return refuse("KQL208", argument->span,
                      fmt::format("the parameter '{}' is {}, and this is string", parameter.name,
                                  name_of(*parameter.type)),
                      fmt::format("to{}(...) converts", name_of(*parameter.type)));
      binding = ScalarBinding{
          VEDETTE_TRY(convert(std::move(value), *parameter.type, argument->span, "argument"))};
    }
    auto next = std::make_shared<Scope>();
    next->parent = inner;
    next->name = parameter.name;
    next->binding = std::move(binding);
    inner = std::move(next);
  }
  scope_ = caller;
  return inner;
}

Checked<Relation> Binder::call_tabular_function(const FunctionBinding& function,
                                                const Expression& call, const Relation* input) {
  VEDETTE_TRY_VOID(enter(call.span));
  const ScopePtr caller = scope_;
  ScopePtr start = function.scope;
  std::size_t first = 0;
  if (input != nullptr) {
    if (function.body->parameters.empty() || !function.body->parameters.front().is_table)
      return refuse("KQL203", call.span,
                    fmt::format("the first parameter of {} is no table", call.text));
    const syntax::ColumnDeclaration& table = function.body->parameters.front();
    for (const syntax::ColumnDeclaration& declared : table.columns)
      (void)VEDETTE_TRY(find_column(input->columns, declared.name, call.span, input->open));
    auto next = std::make_shared<Scope>();
    next->parent = start;
    next->name = table.name;
    next->binding = share(*input);
    start = next;
    first = 1;
  }
  scope_ = VEDETTE_TRY(bind_parameters(function, call, first, start, {}));
  auto result = last_query(function.body->statements);
  if (!result) return within_call(function, call, std::move(result).error());
  scope_ = caller;
  --depth_;
  if (!*result) return refuse("KQL202", call.span, fmt::format("{} gives no rows", call.text));
  return std::move(**result);
}

// Places in a function that is not in the text mean nothing there.
std::unexpected<Diagnostic> Binder::within_call(const FunctionBinding& function,
                                                const Expression& call, Diagnostic problem) {
  const std::string& name = function.body->saved_as;
  if (name.empty()) return std::unexpected(std::move(problem));
  return refuse(std::move(problem.code), call.span,
                fmt::format("in the function {}: {}", name, problem.message),
                std::move(problem.hint));
}

// country("Canada").Alberta: the body of the case with these values.
Checked<Relation> Binder::call_pattern(const PatternBinding& pattern, const Expression& call,
                                       const std::string& path) {
  std::vector<std::string> values;
  for (const auto& argument : call.children)
    values.push_back(VEDETTE_TRY(constant_text(*argument, "a pattern's argument")));
  for (const syntax::PatternBody::Case& one : pattern.body->cases) {
    if (one.arguments != values || one.path.value_or("") != path) continue;
    VEDETTE_TRY_VOID(enter(call.span));
    const ScopePtr caller = scope_;
    scope_ = pattern.scope;
    std::optional<Relation> result = VEDETTE_TRY(last_query(one.body->statements));
    scope_ = caller;
    --depth_;
    if (result) return std::move(*result);
  }
  std::string reference = call.text + "(";
  for (const std::string& value : values)
    reference += fmt::format("{}'{}'", reference.ends_with('(') ? "" : ",", value);
  reference += path.empty() ? ")" : fmt::format(").['{}']", path);
  if (std::ranges::find(missing_patterns_, reference) == missing_patterns_.end())
    missing_patterns_.push_back(std::move(reference));
  return opened(unit());  // so that the other references are found as well
}

Checked<Binder::Bound> Binder::call_scalar_function(const FunctionBinding& function,
                                                    const Expression& call, const Row& row) {
  VEDETTE_TRY_VOID(enter(call.span));
  const ScopePtr caller = scope_;
  scope_ = VEDETTE_TRY(bind_parameters(function, call, 0, function.scope, row));
  const auto known = read_once_.find({function.body, function.scope});
  auto result = known != read_once_.end() && !inside_apply_ ? known->second : scalar_body(function);
  if (!result) return within_call(function, call, std::move(result).error());
  scope_ = caller;
  --depth_;
  if (!*result) return refuse("KQL202", call.span, fmt::format("{} gives no value", call.text));
  if ((*result)->kind == plan::ExpressionKind::scalar_subquery && !inside_apply_ &&
      function.body->parameters.empty())
    read_once_.emplace(std::pair(function.body, function.scope), *result);
  return std::move(*result);
}

Checked<Binder::Bound> Binder::scalar_body(const FunctionBinding& function) {
  Bound result;
  for (const Statement& one : function.body->statements) {
    if (one.kind != Statement::Kind::query) {
      VEDETTE_TRY_VOID(statement(one));
    } else {
      result = VEDETTE_TRY(scalar(*one.value, {}));
    }
  }
  return result;
}

}  // namespace vedette::kql::bind
