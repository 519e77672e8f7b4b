// Scalar expressions: names, paths into dynamic values, logic, constants, subqueries.
#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

std::unexpected<Diagnostic> Binder::too_deep(Span span) const {
  return refuse("KQL402", span, "the query becomes too large once its lets are put in");
}

Checked<Binder::Bound> Binder::scalar(const Expression& expression, const Row& row) {
  if (++nodes_ > base::limits::query_nodes_max) return too_deep(expression.span);
  switch (expression.kind) {
    case ExpressionKind::literal:
      return plan::make_constant(expression.constant);
    case ExpressionKind::name:
      return name(expression, row);
    case ExpressionKind::call:
      return call(expression, row);
    case ExpressionKind::member:
      return member(expression, row);
    case ExpressionKind::index:
      return index(expression, row);
    case ExpressionKind::unary:
      return unary(expression, row);
    case ExpressionKind::binary:
      return expression.text == "and" || expression.text == "or" ? logical(expression, row)
                                                                 : binary(expression, row);
    case ExpressionKind::between:
      return between(expression, row);
    case ExpressionKind::in:
      return in(expression, row);
    case ExpressionKind::dynamic_literal:
    case ExpressionKind::dynamic_array:
    case ExpressionKind::dynamic_bag:
      return dynamic_constant(expression, row);
    case ExpressionKind::pipeline:
      if (expression.pipeline->operators.empty() && expression.pipeline->source)
        return scalar(*expression.pipeline->source, row);
      return refuse("KQL202", expression.span, "a value is expected here, and this is a table",
                    "toscalar(...) takes the first value of a table");
    case ExpressionKind::datatable:
    case ExpressionKind::externaldata:
      return refuse("KQL202", expression.span, "a value is expected here, and this is a table");
    case ExpressionKind::named:
      return refuse("KQL105", expression.span, "a name cannot be given here");
    case ExpressionKind::star:
    case ExpressionKind::wildcard:
      return refuse("KQL105", expression.span, "'*' has no meaning here");
    case ExpressionKind::type_literal:
      return refuse("KQL105", expression.span, "typeof(...) has no meaning here");
  }
  return refuse("KQL105", expression.span, "this expression has no meaning here");
}

Checked<Binder::Bound> Binder::name(const Expression& expression, const Row& row) {
  if (row.graph != nullptr) {
    bool handled = false;
    Bound path = VEDETTE_TRY(whole_path(expression, row, handled));
    if (handled) return path;
  }
  if (row.columns != nullptr)
    for (const plan::Column& column : *row.columns)
      if (column.name == expression.text && !column.hidden) return plan::make_column(column);
  if (const Binding* binding = find_binding(scope_, expression.text)) {
    if (const auto* value = std::get_if<ScalarBinding>(binding)) {
      if (!value->value) return null_of(Type::dynamic);
      return value->value;
    }
    if (const auto* function = std::get_if<FunctionBinding>(binding);
        function != nullptr && function->body->parameters.empty())
      return call_scalar_function(*function, expression, row);
    return refuse("KQL202", expression.span,
                  fmt::format("'{}' is a table, and a value is expected here", expression.text),
                  "toscalar(...) takes the first value of a table");
  }
  static const Columns none;
  // Last, a column that an open table may have; otherwise this is the error with its hint.
  return plan::make_column(*VEDETTE_TRY(find_column(row.columns != nullptr ? *row.columns : none,
                                                    expression.text, expression.span, row.open)));
}

Checked<Binder::Bound> Binder::member(const Expression& expression, const Row& row) {
  const Expression& base = *expression.children.front();
  if (base.kind == ExpressionKind::name && (base.text == "$left" || base.text == "$right")) {
    const Columns* side = base.text == "$left" ? row.left : row.right;
    if (side == nullptr)
      return refuse("KQL105", base.span,
                    fmt::format("{} has a meaning only behind a join's 'on'", base.text));
    return plan::make_column(*VEDETTE_TRY(find_column(*side, expression.text, expression.span)));
  }
  if (row.graph != nullptr) {
    bool handled = false;
    Bound found = VEDETTE_TRY(graph_member(expression, row, handled));
    if (handled) return found;
  }
  if (base.kind == ExpressionKind::name && row.steps != nullptr)
    for (const auto& [step, columns] : *row.steps)
      if (step == base.text)
        return plan::make_column(
            *VEDETTE_TRY(find_column(columns, expression.text, expression.span)));
  Bound value = VEDETTE_TRY(scalar(base, row));
  if (value->type != Type::dynamic)
    return refuse("KQL208", expression.span,
                  fmt::format("a property is taken from a dynamic value, and this is {}",
                              name_of(value->type)),
                  "parse_json(...) makes a string dynamic");
  std::string step;
  native::append_quoted(step, expression.text);
  return extend_path(value, step);
}

// Steps into one value become one call with a constant path: a.b[0].c is path(a, ["b",0,"c"]).
Binder::Bound Binder::extend_path(const Bound& value, const std::string& step) {
  const functions::Function& path = functions::internal("path");
  if (value->kind == plan::ExpressionKind::call && value->function == &path) {
    std::string steps = value->arguments[1]->constant.text;
    steps.insert(steps.size() - 1, "," + step);
    return make_internal("path", Type::dynamic,
                         {value->arguments[0], text_constant(std::move(steps))});
  }
  return make_internal("path", Type::dynamic, {value, text_constant("[" + step + "]")});
}

Checked<Binder::Bound> Binder::index(const Expression& expression, const Row& row) {
  Bound value = VEDETTE_TRY(scalar(*expression.children[0], row));
  Bound key = VEDETTE_TRY(scalar(*expression.children[1], row));
  if (value->type != Type::dynamic)
    return refuse("KQL208", expression.span,
                  fmt::format("[...] takes an element of a dynamic value, and this is {}",
                              name_of(value->type)),
                  "parse_json(...) makes a string dynamic; substring(...) takes characters");
  if (key->kind == plan::ExpressionKind::constant && !key->constant.is_null) {
    if (key->type == Type::string) {
      std::string step;
      native::append_quoted(step, key->constant.text);
      return extend_path(value, step);
    }
    if (is_integer(key->type)) return extend_path(value, std::to_string(key->constant.integer));
  }
  if (is_integer(key->type))
    return make_internal("element", Type::dynamic, {value, must_convert(key, Type::int64)});
  if (key->type == Type::dynamic) return make_internal("item", Type::dynamic, {value, key});
  key =
      VEDETTE_TRY(convert(std::move(key), Type::string, expression.children[1]->span, "an index"));
  return make_internal("property", Type::dynamic, {value, key});
}

Checked<Binder::Bound> Binder::unary(const Expression& expression, const Row& row) {
  Bound value = VEDETTE_TRY(scalar(*expression.children[0], row));
  if (value->type == Type::dynamic)
    return make_internal(
        "dynamic_calculate", Type::dynamic,
        {text_constant(expression.text), must_convert(long_constant(0), Type::dynamic), value});
  if (value->type == Type::int32) value = must_convert(value, Type::int64);
  if (!is_summable(value->type) || value->type == Type::datetime)
    return refuse("KQL208", expression.span,
                  fmt::format("a sign needs a number, and this is {}", name_of(value->type)));
  if (expression.text == "+") return value;
  if (value->kind == plan::ExpressionKind::constant && !value->constant.is_null) {
    Constant constant = value->constant;
    if (constant.type == Type::real) {
      constant.real = -constant.real;
    } else if (constant.type == Type::decimal) {
      constant.text =
          constant.text.starts_with('-') ? constant.text.substr(1) : "-" + constant.text;
    } else {
      constant.integer =
          static_cast<std::int64_t>(~static_cast<std::uint64_t>(constant.integer) + 1);
    }
    return plan::make_constant(std::move(constant));
  }
  const Type type = value->type;
  return make_internal("negate", type, {std::move(value)});
}

Checked<Binder::Bound> Binder::logical(const Expression& expression, const Row& row) {
  auto whole = std::make_shared<plan::Expression>();
  whole->kind =
      expression.text == "and" ? plan::ExpressionKind::all_of : plan::ExpressionKind::any_of;
  whole->type = Type::boolean;
  whole->nullable = false;
  for (const auto& child : expression.children) {
    Bound part = VEDETTE_TRY(scalar(*child, row));
    if (part->type != Type::boolean && part->type != Type::dynamic)
      return refuse("KQL208", child->span,
                    fmt::format("'{}' joins conditions, and this is {}", expression.text,
                                name_of(part->type)));
    part = VEDETTE_TRY(convert(std::move(part), Type::boolean, child->span, expression.text));
    whole->nullable = whole->nullable || part->nullable;
    whole->arguments.push_back(std::move(part));
  }
  return whole;
}

Checked<Binder::Bound> Binder::dynamic_constant(const Expression& expression, const Row& row) {
  (void)row;
  const auto write = [](const auto& self, const Expression& value, std::string& out) -> void {
    native::JsonBuilder builder(out);
    switch (value.kind) {
      case ExpressionKind::dynamic_array:
        builder.open('[');
        for (std::size_t i = 0; i < value.children.size(); ++i) {
          if (i > 0) out += ',';
          self(self, *value.children[i], out);
        }
        out += ']';
        break;
      case ExpressionKind::dynamic_bag:
        out += '{';
        for (std::size_t i = 0; i < value.children.size(); ++i) {
          if (i > 0) out += ',';
          native::append_quoted(out, value.names[i]);
          out += ':';
          self(self, *value.children[i], out);
        }
        out += '}';
        break;
      default:
        out += native::json_of(value.constant);
    }
  };
  const Expression& value = expression.kind == ExpressionKind::dynamic_literal
                                ? *expression.children.front()
                                : expression;
  if (value.kind == ExpressionKind::literal && value.constant.is_null)
    return null_of(Type::dynamic);
  std::string raw;
  write(write, value, raw);
  std::string text;
  if (!native::canonicalise(raw, text)) text = raw;
  if (text.size() > base::limits::dynamic_bytes_max)
    return refuse("KQL401", expression.span, "a dynamic value holds at most 1 MB");
  return plan::make_constant(Constant::of_text(Type::dynamic, std::move(text)));
}

// toscalar(...): the first value of a table, or simply a value.
Checked<Binder::Bound> Binder::scalar_pipeline(const Expression& expression) {
  if (!is_tabular(expression, scope_)) {
    Bound value = VEDETTE_TRY(scalar(expression, {}));
    if (!plan::contains_volatile(*value)) return value;
    // One value wherever it is read: toscalar(new_guid()).
    const plan::Column column = fresh({}, value->type);
    std::vector<plan::Assignment> one;
    one.emplace_back(column.id, std::move(value));
    const Relation row = shared(share(project(unit(), {column}, std::move(one))));
    auto read = std::make_shared<plan::Expression>();
    read->kind = plan::ExpressionKind::scalar_subquery;
    read->type = column.type;
    read->column = row.columns.front().id;
    read->node = row.node;
    return read;
  }
  Relation rows = VEDETTE_TRY(relation(expression));
  const plan::Column* first = nullptr;
  for (const plan::Column& column : rows.columns)
    if (first == nullptr && !column.hidden) first = &column;
  if (first == nullptr) return refuse("KQL202", expression.span, "this table has no columns");
  auto whole = std::make_shared<plan::Expression>();
  whole->kind = plan::ExpressionKind::scalar_subquery;
  whole->type = first->type;
  whole->column = first->id;
  whole->order = rows.order;
  whole->node = rows.node;
  if (first->type != Type::string) return whole;
  return make_internal("or_empty", Type::string, {whole});
}

}  // namespace vedette::kql::bind
