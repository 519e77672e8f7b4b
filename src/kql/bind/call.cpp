// Calls: which row of which family, and the conversions of its arguments.
#include <algorithm>

#include "base/text.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using functions::Function;
using functions::ParameterKind;
using functions::Use;
using syntax::ExpressionKind;

namespace {

bool fits(const functions::Parameter& parameter, Type type) {
  const bool dynamic = type == Type::dynamic;
  switch (parameter.kind) {
    case ParameterKind::any:
    case ParameterKind::text:
    case ParameterKind::json:
    case ParameterKind::common:
      return true;
    case ParameterKind::number:
      return is_number(type) || dynamic;
    case ParameterKind::integer:
      return is_integer(type) || dynamic;
    case ParameterKind::ordered:
      return true;
    case ParameterKind::summable:
      return is_summable(type) || dynamic;
    case ParameterKind::type:
      break;
  }
  if (parameter.type == type || dynamic) return true;
  if (parameter.type == Type::int64) return type == Type::int32;
  if (parameter.type == Type::real) return is_number(type);
  if (parameter.type == Type::decimal) return is_number(type);
  return false;
}

std::string_view words_for(const functions::Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::number:
      return "a number";
    case ParameterKind::integer:
      return "a whole number";
    case ParameterKind::summable:
      return "a number, datetime or timespan";
    case ParameterKind::type:
      return name_of(parameter.type);
    default:
      return "a value";
  }
}

// The parameter that takes the argument at `position`: a repeating one takes all that are left
// over.
const functions::Parameter* parameter_at(const std::vector<functions::Parameter>& parameters,
                                         std::size_t position) {
  if (position < parameters.size()) return &parameters[position];
  if (!parameters.empty() && parameters.back().repeats) return &parameters.back();
  return nullptr;
}

bool count_fits(const std::vector<functions::Parameter>& parameters, std::size_t count) {
  std::size_t least = 0;
  for (const functions::Parameter& parameter : parameters)
    if (!parameter.optional && !parameter.repeats) ++least;
  const bool repeats = !parameters.empty() && parameters.back().repeats;
  return count >= least && (repeats || count <= parameters.size());
}

bool row_fits(const Function& row, const std::vector<plan::ExpressionPtr>& arguments) {
  const auto& parameters = functions::parameters_of(row);
  if (!count_fits(parameters, arguments.size())) return false;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (!fits(*parameter_at(parameters, i), arguments[i]->type)) return false;
  return true;
}

// Exact types first: among overloads the one that converts nothing wins.
int exactness(const Function& row, const std::vector<plan::ExpressionPtr>& arguments) {
  const auto& parameters = functions::parameters_of(row);
  int score = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const functions::Parameter& parameter = *parameter_at(parameters, i);
    if (parameter.kind == ParameterKind::type && parameter.type == arguments[i]->type) ++score;
    if (parameter.kind != ParameterKind::type && arguments[i]->type != Type::dynamic) ++score;
  }
  return score;
}

}  // namespace

Checked<Binder::Arguments> Binder::bind_arguments(const Expression& call, const Row& row,
                                                  std::size_t first) {
  Arguments arguments;
  for (std::size_t i = first; i < call.children.size(); ++i) {
    const Expression& child = *call.children[i];
    if (child.kind == ExpressionKind::star && call.text == "pack_array" &&
        call.children.size() == 1 && row.columns != nullptr) {
      for (const plan::Column& column : *row.columns)
        if (!column.hidden) arguments.push_back(plan::make_column(column));
      continue;
    }
    const Expression& value = child.kind == ExpressionKind::named ? *child.children.front() : child;
    if (value.kind == ExpressionKind::star && call.text == "pack_array" && row.columns != nullptr) {
      for (const plan::Column& column : *row.columns)
        if (!column.hidden) arguments.push_back(plan::make_column(column));
      continue;
    }
    if (value.kind == ExpressionKind::pipeline && !value.pipeline->operators.empty())
      return refuse("KQL202", value.span,
                    fmt::format("{} takes values, and this is a table", call.text));
    arguments.push_back(VEDETTE_TRY(scalar(value, row)));
  }
  return arguments;
}

Checked<Binder::Bound> Binder::call(const Expression& expression, const Row& row) {
  if (const Binding* binding = find_binding(scope_, expression.text)) {
    if (const auto* function = std::get_if<FunctionBinding>(binding)) {
      if (function_is_tabular(*function, 0))
        return refuse(
            "KQL202", expression.span,
            fmt::format("'{}' gives a table, and a value is expected here", expression.text),
            "toscalar(...) takes the first value of a table");
      return call_scalar_function(*function, expression, row);
    }
  }
  bool handled = false;
  if (row.graph != nullptr) {
    Bound found = VEDETTE_TRY(graph_call(expression, row, handled));
    if (handled) return found;
  }
  Bound special = VEDETTE_TRY(special_call(expression, row, handled));
  if (handled) return special;
  const auto& aggregates = functions::find(expression.text, Use::aggregate);
  const auto& scalars = functions::find(expression.text, Use::scalar);
  if (!aggregates.empty() && row.aggregates) return call_aggregate(aggregates, expression, row);
  if (const auto& windows = functions::find(expression.text, Use::window); !windows.empty())
    return call_window(*windows.front(), expression, row);
  if (!scalars.empty())
    return call_overload(scalars, expression, VEDETTE_TRY(bind_arguments(expression, row)), row);
  if (!aggregates.empty())
    return refuse(
        "KQL209", expression.span,
        fmt::format("'{}' is an aggregate: it works inside summarize only", expression.text));
  std::vector<std::string_view> known = functions::names(Use::scalar);
  for (const std::string_view name : functions::names(Use::aggregate)) known.push_back(name);
  const std::string_view near = base::nearest(expression.text, known);
  return refuse("KQL301", expression.span,
                fmt::format("the function '{}' is not known or not supported", expression.text),
                near.empty() ? "docs/kql-coverage.md lists what is"
                             : fmt::format("did you mean '{}'?", near));
}

Checked<Binder::Bound> Binder::call_overload(const std::vector<const Function*>& rows,
                                             const Expression& call, Arguments arguments,
                                             const Row& row) {
  (void)row;
  const Function* best = nullptr;
  int best_score = -1;
  for (const Function* candidate : rows) {
    if (!row_fits(*candidate, arguments)) continue;
    const int score = exactness(*candidate, arguments);
    if (score > best_score) {
      best = candidate;
      best_score = score;
    }
  }
  if (best != nullptr) return call_row(*best, call, std::move(arguments));
  const auto& parameters = functions::parameters_of(*rows.front());
  if (!count_fits(parameters, arguments.size()) && rows.size() == 1)
    return refuse("KQL203", call.span,
                  fmt::format("{} does not take {} arguments", call.text, arguments.size()),
                  fmt::format("{}({})", call.text, rows.front()->parameters));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const functions::Parameter* parameter = parameter_at(parameters, i);
    if (parameter == nullptr || !fits(*parameter, arguments[i]->type))
      return refuse("KQL208", call.children[i]->span,
                    fmt::format("{} needs {} here, and this is {}", call.text,
                                parameter == nullptr ? "nothing" : words_for(*parameter),
                                name_of(arguments[i]->type)));
  }
  return refuse("KQL203", call.span, fmt::format("{} does not take these arguments", call.text),
                fmt::format("{}({})", call.text, rows.front()->parameters));
}

Checked<Binder::Bound> Binder::call_row(const Function& function, const Expression& call,
                                        Arguments arguments) {
  const auto& parameters = functions::parameters_of(function);
  Arguments of_common;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (parameter_at(parameters, i)->kind == ParameterKind::common)
      of_common.push_back(arguments[i]);
  const auto common = common_type(of_common, true);
  if (!of_common.empty() && !common)
    return refuse("KQL208", call.span,
                  fmt::format("the arguments of {} have no type in common", call.text));
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Bound& argument = arguments[i];
    const Span span = i < call.children.size() ? call.children[i]->span : call.span;
    switch (const functions::Parameter& parameter = *parameter_at(parameters, i); parameter.kind) {
      case ParameterKind::type:
        argument = VEDETTE_TRY(convert(argument, parameter.type, span, call.text));
        break;
      case ParameterKind::text:
        argument = must_convert(argument, Type::string);
        break;
      case ParameterKind::json:
        argument = must_convert(argument, Type::dynamic);
        break;
      case ParameterKind::common:
        argument = VEDETTE_TRY(convert(argument, *common, span, call.text));
        break;
      case ParameterKind::number:
      case ParameterKind::summable:
        if (argument->type == Type::dynamic) argument = must_convert(argument, Type::real);
        break;
      case ParameterKind::integer:
        if (argument->type == Type::dynamic || argument->type == Type::int32)
          argument = must_convert(argument, Type::int64);
        break;
      case ParameterKind::ordered:
      case ParameterKind::any:
        break;
    }
  }
  // Optional ones that were left out are NULL of their type.
  for (std::size_t i = arguments.size(); i < parameters.size(); ++i)
    if (!parameters[i].repeats)
      arguments.push_back(null_of(parameters[i].kind == ParameterKind::type   ? parameters[i].type
                                  : parameters[i].kind == ParameterKind::text ? Type::string
                                  : parameters[i].kind == ParameterKind::json ? Type::dynamic
                                                                              : Type::int64));
  Type type = Type::string;
  if (function.result == "common") {
    type = common.value_or(Type::string);
  } else if (function.result.starts_with("$1")) {
    type = arguments.empty() ? Type::int64 : arguments.front()->type;
    if (function.result == "$1l" && type == Type::int32) type = Type::int64;
  } else {
    type = type_of_name(function.result).value_or(Type::dynamic);
  }
  auto whole =
      std::make_shared<plan::Expression>(*plan::make_call(function, type, std::move(arguments)));
  if ((function.traits & functions::never_null) != 0)
    whole->nullable = std::any_of(whole->arguments.begin(), whole->arguments.end(),
                                  [](const Bound& argument) { return argument->nullable; });
  return whole;
}

Checked<Binder::Bound> Binder::call_aggregate(const std::vector<const Function*>& rows,
                                              const Expression& call, const Row& row) {
  Row inner = row;
  inner.aggregates = false;
  std::vector<const Expression*> given;
  for (const auto& child : call.children)
    if (child->kind != ExpressionKind::star)  // count(*)
      given.push_back(child->kind == ExpressionKind::named ? child->children.front().get()
                                                           : child.get());
  Arguments arguments;
  for (const Expression* each : given) arguments.push_back(VEDETTE_TRY(scalar(*each, inner)));
  const Bound bound = VEDETTE_TRY(call_overload(rows, call, std::move(arguments), row));
  auto whole = std::make_shared<plan::Expression>(*bound);
  const bool knows_options = (whole->function->traits & functions::known_options) != 0;
  const auto& parameters = functions::parameters_of(*whole->function);
  for (std::size_t i = 0; knows_options && i < std::min(given.size(), parameters.size()); ++i)
    if (parameters[i].optional && !scalar(*given[i], {}))
      return refuse("KQL204", given[i]->span,
                    fmt::format("this argument of {} must be known beforehand", call.text));
  whole->kind = plan::ExpressionKind::aggregate;
  if (whole->type == Type::string) whole->nullable = false;
  if ((whole->function->traits & functions::first_wins) != 0 && row.order != nullptr)
    whole->order = *row.order;
  if (whole->type == Type::string &&
      whole->function->duckdb.find("coalesce") == std::string_view::npos)
    return make_internal("or_empty", Type::string, {whole});
  return whole;
}

}  // namespace vedette::kql::bind
