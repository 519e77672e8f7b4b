// Operators with two sides: arithmetic, comparison, string matching.
#include <cmath>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/text_search.h"
#include "kql/moment.h"

namespace vedette::kql::bind {

namespace {

bool is_constant(const plan::ExpressionPtr& value) {
  return value->kind == plan::ExpressionKind::constant && !value->constant.is_null;
}
bool is_zero(const plan::ExpressionPtr& value) {
  return is_constant(value) && is_integer(value->type) && value->constant.integer == 0;
}
bool may_be_nan(const plan::Expression& value) {
  const bool counted = value.function != nullptr &&
                       value.function->name.find("long_to_real") != std::string_view::npos;
  return value.type == Type::real && !counted &&
         !(value.kind == plan::ExpressionKind::constant &&
           (value.constant.is_null || !std::isnan(value.constant.real)));
}
bool is_time(Type type) {
  return type == Type::datetime || type == Type::timespan;
}

// Both known and integral in their physical form: the result is known too, unless it overflows.
std::optional<std::int64_t> fold(std::string_view op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (op == "+" && !__builtin_add_overflow(a, b, &result)) return result;
  if (op == "-" && !__builtin_sub_overflow(a, b, &result)) return result;
  if (op == "*" && !__builtin_mul_overflow(a, b, &result)) return result;
  if (op == "/" && b != 0 && b != -1) return a / b;
  return std::nullopt;
}

std::string_view word_of(std::string_view op) {
  if (op == "+") return "add";
  if (op == "-") return "subtract";
  if (op == "*") return "multiply";
  if (op == "/") return "divide";
  return "modulo";
}

}  // namespace

// `* has "x"`: some column, as text.
Checked<Binder::Bound> Binder::any_column(const Expression& expression, const Row& row) {
  auto any = std::make_shared<plan::Expression>();
  any->kind = plan::ExpressionKind::any_of;
  any->type = Type::boolean;
  const Bound wanted = VEDETTE_TRY(scalar(*expression.children[1], row));
  for (const plan::Column& column : *row.columns) {
    if (column.hidden) continue;
    const Bound text = must_convert(plan::make_column(column), Type::string);
    any->arguments.push_back(
        expression.text == "=="
            ? make_internal("equals", Type::boolean, {text, must_convert(wanted, Type::string)})
            : VEDETTE_TRY(text_match(expression, text, wanted)));
  }
  if (any->arguments.empty()) return plan::make_constant(Constant::of(false));
  return any;
}

Checked<Binder::Bound> Binder::binary(const Expression& expression, const Row& row) {
  if (expression.children[0]->kind == syntax::ExpressionKind::star && row.columns != nullptr)
    return any_column(expression, row);
  Bound left = VEDETTE_TRY(scalar(*expression.children[0], row));
  Bound right = VEDETTE_TRY(scalar(*expression.children[1], row));
  const std::string& op = expression.text;
  if (op == "+" || op == "-" || op == "*" || op == "/" || op == "%")
    return arithmetic(expression, std::move(left), std::move(right));
  if (op == "==" || op == "!=" || op == "<>" || op == "<" || op == ">" || op == "<=" || op == ">=")
    return comparison(expression, std::move(left), std::move(right));
  return text_match(expression, left, right);
}

Checked<Binder::Bound> Binder::arithmetic(const Expression& expression, Bound left, Bound right) {
  const std::string_view op = expression.text;
  if (left->type == Type::dynamic && right->type == Type::dynamic)
    return make_internal("dynamic_calculate", Type::dynamic,
                         {text_constant(std::string(op)), left, right});
  if (left->type == Type::dynamic)
    left = VEDETTE_TRY(convert(std::move(left),
                               op == "-" && right->type == Type::datetime   ? Type::datetime
                               : op == "+" && right->type == Type::datetime ? Type::timespan
                               : right->type == Type::int32                 ? Type::int64
                                                                            : right->type,
                               expression.children[0]->span, op));
  if (right->type == Type::dynamic)
    right = VEDETTE_TRY(convert(std::move(right),
                                op == "+" && left->type == Type::datetime ? Type::timespan
                                : left->type == Type::int32               ? Type::int64
                                                                          : left->type,
                                expression.children[1]->span, op));
  const Type a = left->type;
  const Type b = right->type;
  if (is_time(a) || is_time(b)) return time_arithmetic(expression, op, left, right);
  if (!is_number(a) || !is_number(b))
    return refuse("KQL208", expression.span,
                  fmt::format("'{}' does not work on {} and {}", op, name_of(a), name_of(b)),
                  a == Type::string || b == Type::string ? "strcat(...) joins strings" : "");
  const Type type = *common_type({left, right}, false) == Type::int32
                        ? Type::int64
                        : *common_type({left, right}, false);
  left = must_convert(left, type);
  right = must_convert(right, type);
  if (type == Type::int64) {
    if (is_constant(left) && is_constant(right))
      if (const auto known = fold(op, left->constant.integer, right->constant.integer))
        return long_constant(*known);
    if (op == "/" || op == "%")
      return make_internal(op == "/" ? "divide_long" : "modulo_long", type, {left, right});
    return make_internal(word_of(op), type, {left, right});
  }
  if (type == Type::real) {
    if (op == "/") return make_internal("divide_real", type, {left, right});
    if (op == "%") return make_internal("modulo_real", type, {left, right});
    return make_internal(word_of(op), type, {left, right});
  }
  if (op == "+" || op == "-") return make_internal(word_of(op), type, {left, right});
  if (op == "%") return make_internal("modulo_decimal", type, {left, right});
  const Bound digits =
      make_internal(op == "*" ? "multiply_decimal" : "divide_decimal", Type::string,
                    {must_convert(left, Type::string), must_convert(right, Type::string)});
  return must_convert(digits, Type::decimal);
}

Checked<Binder::Bound> Binder::time_arithmetic(const Expression& expression, std::string_view op,
                                               const Bound& left, const Bound& right) {
  const Type a = left->type;
  const Type b = right->type;
  const auto refused = [&] {
    return refuse("KQL208", expression.span,
                  fmt::format("'{}' does not work on {} and {}", op, name_of(a), name_of(b)));
  };
  const auto ticks = [&](Type type) -> Checked<Bound> {
    if (is_constant(left) && is_constant(right))
      if (const auto known = fold(op, left->constant.integer, right->constant.integer)) {
        if (type == Type::datetime && (*known < 0 || *known > datetime_ticks_max))
          return null_of(type);
        return plan::make_constant(Constant::of_integer(type, *known));
      }
    return make_internal(word_of(op), type, {left, right});
  };
  if (op == "+" && is_time(a) && is_time(b) && (a != b || a == Type::timespan))
    return ticks(a == Type::timespan && b == Type::timespan ? Type::timespan : Type::datetime);
  if (op == "-" && is_time(a) && is_time(b)) return ticks(a == b ? Type::timespan : Type::datetime);
  if (op == "/" && is_time(a) && is_time(b))
    return make_internal("divide_real", Type::real, {left, right});
  if (op == "%" && is_time(a) && is_time(b))
    return make_internal("modulo_long", Type::timespan, {left, right});
  if (op == "*" && is_time(a) && is_number(b))
    return make_internal("scale_timespan", a, {left, right});
  if (op == "*" && is_number(a) && is_time(b))
    return make_internal("scale_timespan", b, {left, right});
  if (op == "/" && is_time(a) && is_number(b))
    return make_internal("shrink_timespan", a, {left, right});
  if (op == "%" && is_time(a) && is_integer(b))
    return make_internal("modulo_long", a, {left, must_convert(right, Type::int64)});
  return refused();
}

Checked<Binder::Bound> Binder::comparison(const Expression& expression, Bound left, Bound right) {
  const std::string_view op = expression.text;
  const bool equality = op == "==" || op == "!=" || op == "<>";
  // Both sides become one type: the dynamic side the other's, numbers the wider one.
  if (left->type != right->type) {
    const auto common = common_type({left, right}, true);
    if (common) {
      left = VEDETTE_TRY(convert(std::move(left), *common, expression.children[0]->span, op));
      right = VEDETTE_TRY(convert(std::move(right), *common, expression.children[1]->span, op));
    } else if (left->type == Type::string || right->type == Type::string ||
               left->type == Type::boolean || right->type == Type::boolean) {
      Bound& from = left->type == Type::string || right->type == Type::boolean ? left : right;
      const Bound& other = &from == &left ? right : left;
      from = VEDETTE_TRY(convert(std::move(from), other->type, expression.span, op));
    } else if (is_zero(left) && right->type == Type::timespan) {  // no unit is needed for nothing
      left = plan::make_constant(Constant::of_integer(Type::timespan, 0));
    } else if (is_zero(right) && left->type == Type::timespan) {
      right = plan::make_constant(Constant::of_integer(Type::timespan, 0));
    } else {
      return refuse(
          "KQL208", expression.span,
          fmt::format("{} and {} cannot be compared", name_of(left->type), name_of(right->type)));
    }
  }
  const Type type = left->type;
  if (equality) {
    const bool both = left->nullable && right->nullable;
    const bool one = left->nullable || right->nullable;
    std::string_view name = op == "==" ? (both  ? "equals_null_aware"
                                          : one ? "equals_or_false"
                                                : "equals")
                                       : (both  ? "differs_null_aware"
                                          : one ? "differs_or_true"
                                                : "differs");
    if (type == Type::real) name = op == "==" ? (one ? "equals_or_false" : "equals") : name;
    if (may_be_nan(*left) && may_be_nan(*right))
      name = op == "==" ? "equals_without_nan" : "differs_with_nan";
    auto result = make_internal(name, Type::boolean, {left, right});
    auto copy = std::make_shared<plan::Expression>(*result);
    copy->nullable = both;
    return copy;
  }
  if (type == Type::string)
    return refuse("KQL208", expression.span, fmt::format("'{}' does not compare strings", op),
                  "strcmp(a, b) does");
  if (type == Type::dynamic) {
    left = must_convert(left, Type::real);
    right = must_convert(right, Type::real);
  }
  const std::string_view name = op == "<"    ? "less"
                                : op == "<=" ? "less_or_equal"
                                : op == ">"  ? "greater"
                                             : "greater_or_equal";
  // SQL's NaN is greater than all; KQL's is neither greater nor less.
  const Bound& greater = op.starts_with('<') ? right : left;
  Bound result = make_internal(name, Type::boolean, {left, right});
  if (!may_be_nan(*greater)) return result;
  return make_internal("and_no_nan", Type::boolean, {std::move(result), greater});
}

Checked<Binder::Bound> Binder::text_match(const Expression& expression, const Bound& left,
                                          const Bound& right) {
  std::string op = expression.text;
  bool negated = false;
  if (op.starts_with('!') && op != "!~") {
    negated = true;
    op.erase(0, 1);
  }
  if (op == "!~") {
    negated = true;
    op = "=~";
  }
  if (op.starts_with("not")) {
    negated = true;
    op.erase(0, op.starts_with("not_") ? 4 : 3);
  }
  if (op == "containscs") op = "contains_cs";
  if (op == "startswithcs") op = "startswith_cs";
  if (op == "endswithcs") op = "endswith_cs";
  if (op == "likecs") op = "like_cs";
  if (op == "=~") op = "equals_nocase";
  std::optional<SearchWord> word;  // column:"err*"
  if (op == ":" && right->kind == plan::ExpressionKind::constant && right->type == Type::string)
    word = search_word(right->constant.text);
  if (op == ":") op = word ? word->match : "has";
  if (search_minds_case_ && !word &&
      (op == "has" || op == "hasprefix" || op == "hassuffix" || op == "contains" ||
       op == "startswith" || op == "endswith"))
    op += "_cs";
  if (op == "matches regex") op = "matches_regex";
  if (functions::find(op, functions::Use::internal).empty())
    return refuse_unsupported(expression.span, "operator", expression.text);
  Bound text =
      VEDETTE_TRY(convert(left, Type::string, expression.children[0]->span, expression.text));
  Bound wanted = word ? text_constant(word->text)
                      : VEDETTE_TRY(convert(right, Type::string, expression.children[1]->span,
                                            expression.text));
  if (is_searched(op, *text, *wanted)) op.insert(0, searched_prefix);
  auto found = std::make_shared<plan::Expression>(
      *make_internal(op, Type::boolean, {std::move(text), std::move(wanted)}));
  found->nullable = false;
  if (!negated) return found;
  auto result = std::make_shared<plan::Expression>(*make_internal("not", Type::boolean, {found}));
  result->nullable = false;
  return result;
}

}  // namespace vedette::kql::bind
