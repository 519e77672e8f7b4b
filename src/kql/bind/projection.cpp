// Items of project, extend, summarize, print: their values and Kusto's rules for their names.
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/tuples.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

// How many arrays array_sort_asc and array_sort_desc are given: all arguments but a last true or
// false.
std::size_t sorted_arrays(const syntax::Expression& call) {
  std::size_t count = call.children.size();
  if (count > 1 && call.children.back()->kind == ExpressionKind::literal &&
      call.children.back()->constant.type == Type::boolean)
    --count;
  return count;
}

std::string joined(const std::string& left, const std::string& right) {
  return left.empty() ? right : left + "_" + right;
}

}  // namespace

// The name an expression gives to a column by itself; empty when it gives none.
std::string Binder::result_name(const Expression& expression, const Row& row) const {
  switch (expression.kind) {
    case ExpressionKind::name:
    case ExpressionKind::named:
      return expression.text;
    case ExpressionKind::pipeline:
      if (expression.pipeline->operators.empty() && expression.pipeline->source)
        return result_name(*expression.pipeline->source, row);
      return {};
    case ExpressionKind::member: {
      const Expression& base = *expression.children.front();
      if (base.kind == ExpressionKind::name && base.text.starts_with('$')) return expression.text;
      return joined(result_name(base, row), expression.text);
    }
    case ExpressionKind::index: {
      const Expression& selector = *expression.children[1];
      if (selector.kind != ExpressionKind::literal)  // whatever it is, it is not in the name
        return joined(result_name(*expression.children.front(), row), "");
      const std::string right = selector.constant.type == Type::string
                                    ? selector.constant.text
                                    : std::to_string(selector.constant.integer);
      return joined(result_name(*expression.children.front(), row), right);
    }
    case ExpressionKind::call:
      break;
    default:
      return {};
  }
  const std::string& function_name = expression.text;
  if (function_name == "column_ifexists" || function_name == "columnifexists") {
    if (expression.children.empty() || row.columns == nullptr) return {};
    const Expression& first = *expression.children.front();
    if (first.kind == ExpressionKind::literal)
      for (const plan::Column& column : *row.columns)
        if (column.name == first.constant.text && !column.hidden) return column.name;
    if (expression.children.size() > 1) return result_name(*expression.children[1], row);
    return {};
  }
  const functions::Function* function = nullptr;
  if (const auto& rows = functions::find(function_name, functions::Use::aggregate);
      !rows.empty() && row.aggregates)
    function = rows.front();
  if (function == nullptr)
    if (const auto& rows = functions::find(function_name, functions::Use::scalar); !rows.empty())
      function = rows.front();
  if (function == nullptr) return {};
  std::string first =
      expression.children.empty() ? std::string{} : result_name(*expression.children.front(), row);
  if (function_name.starts_with("covariance") && expression.children.size() > 1)
    first = joined(first, result_name(*expression.children[1], row));
  switch (function->naming) {
    case functions::Naming::none:
      return {};
    case functions::Naming::first_argument:
      return first;
    case functions::Naming::prefix_only:
      return std::string(function->prefix);
    case functions::Naming::prefixed:
      return fmt::format(
          "{}_{}", function->prefix.empty() ? function_name : std::string(function->prefix), first);
  }
  return {};
}

Checked<std::vector<Binder::Item>> Binder::items(Relation& input, const Expression& expression,
                                                 bool print, std::size_t position) {
  std::vector<Item> list;
  if (expression.kind == ExpressionKind::star) {
    for (const plan::Column& column : input.columns)
      if (!column.hidden)
        list.push_back({column.name, plan::make_column(column), Style::named, expression.span});
    return list;
  }
  const bool is_named = expression.kind == ExpressionKind::named;
  const Expression& value = is_named ? *expression.children.front() : expression;
  const bool sorts_several = value.kind == ExpressionKind::call &&
                             value.text.starts_with("array_sort_") && sorted_arrays(value) > 1;
  if (value.kind == ExpressionKind::call && (tuple_shape(value.text) != nullptr || sorts_several)) {
    std::vector<std::string> names = expression.names;
    if (is_named && names.empty()) names.push_back(expression.text);
    return tuple_items(input, value, names);
  }
  if (is_named && expression.names.size() > 1)
    return refuse("KQL206", expression.span, "this expression has one value, not several");
  Item item;
  item.span = expression.span;
  item.value = VEDETTE_TRY(scalar_in(input, value));
  if (is_named) {
    item.name = expression.names.empty() ? expression.text : expression.names.front();
  } else if (value.kind == ExpressionKind::name &&
             item.value->kind == plan::ExpressionKind::column) {
    item.name = value.text;
  } else {
    item.style = Style::derived;
    if (print) {
      item.name = fmt::format("print_{}", position);
    } else {
      item.name = result_name(value, row_of(input));
      if (item.name.empty() && value.kind == ExpressionKind::call &&
          value.text.starts_with("array_sort_") && !value.children.empty()) {
        const std::string sorted = result_name(*value.children.front(), row_of(input));
        item.name = (sorted.empty() ? "array0" : sorted) + "_sorted";
      }
    }
    while (item.name.empty()) {
      item.name = fmt::format("Column{}", default_names_++);
      for (const plan::Column& column : input.columns)
        if (column.name == item.name) item.name.clear();
    }
  }
  list.push_back(std::move(item));
  return list;
}

// Functions with several results: (a, b) = series_fit_line(x).
Checked<std::vector<Binder::Item>> Binder::tuple_items(Relation& input,
                                                       const Expression& expression,
                                                       const std::vector<std::string>& names) {
  // array_sort_asc(a, b): a column for each array.
  TupleShape sorted;
  for (std::size_t i = 0; i < sorted_arrays(expression); ++i) {
    const std::string name = result_name(*expression.children[i], row_of(input));
    sorted.columns.push_back(
        {name.empty() ? fmt::format("array{}_sorted", i) : name + "_sorted", Type::dynamic});
  }
  const bool sorts = expression.text.starts_with("array_sort_");
  const TupleShape& shape = sorts ? sorted : *tuple_shape(expression.text);
  Bound whole = VEDETTE_TRY(scalar_in(input, expression));
  const plan::Column column = fresh({}, Type::dynamic);
  std::vector<plan::Assignment> one;
  one.emplace_back(column.id, whole);
  input = compute(std::move(input), std::move(one));
  const std::string first =
      expression.children.empty() ? "" : result_name(*expression.children.front(), row_of(input));
  std::vector<Item> list;
  for (std::size_t i = 0; i < shape.columns.size(); ++i) {
    Item item;
    item.span = expression.span;
    item.value =
        make_internal("element", Type::dynamic,
                      {plan::make_column(column), long_constant(static_cast<std::int64_t>(i))});
    item.value = must_convert(item.value, shape.columns[i].type);
    if (i < names.size()) {
      item.name = names[i];
    } else {
      item.style = Style::derived;
      item.name = sorts ? shape.columns[i].name
                        : fmt::format("{}_{}_{}", expression.text, first, shape.columns[i].name);
    }
    list.push_back(std::move(item));
  }
  if (names.size() > shape.columns.size())
    return refuse("KQL206", expression.span,
                  fmt::format("{} has {} results, and {} names are given", expression.text,
                              shape.columns.size(), names.size()));
  return list;
}

}  // namespace vedette::kql::bind
