// in, !in, in~, has_any, has_all, between.
#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

std::shared_ptr<plan::Expression> copy_of(const plan::ExpressionPtr& expression) {
  return std::make_shared<plan::Expression>(*expression);
}

// A JSON element as a constant: strings as string, numbers and the rest in their own type.
Constant constant_of_json(std::string_view json) {
  using native::JsonKind;
  switch (native::kind_of(json)) {
    case JsonKind::string:
      return Constant::of_text(Type::string, native::unescaped(json));
    case JsonKind::boolean:
      return Constant::of(json == "true");
    case JsonKind::integer:
      if (const auto whole = native::read_long(json))
        return Constant::of_integer(Type::int64, *whole);
      return Constant::of_real(native::read_real(json).value_or(0));
    case JsonKind::real:
      return Constant::of_real(native::read_real(json).value_or(0));
    default:
      return Constant::of_text(Type::dynamic, std::string(json));
  }
}

// The single values of an array, those of arrays in it too.
void add_elements(std::vector<plan::ExpressionPtr>& list, std::string_view array) {
  for (const std::string_view element : native::elements_of(array))
    if (native::kind_of(element) == native::JsonKind::array) {
      add_elements(list, element);
    } else {
      list.push_back(plan::make_constant(constant_of_json(element)));
    }
}

}  // namespace

// The rows of a table behind `in (...)` or `has_any (...)`: as a subquery, or as one dynamic array.
Checked<std::optional<Binder::Bound>> Binder::tabular_operand(const Expression& expression,
                                                              const Row& row, bool as_list) {
  (void)row;
  if (expression.children.size() != 2 || !is_tabular(*expression.children[1], scope_))
    return std::nullopt;
  const Expression& source = *expression.children[1];
  // A column of that name goes before a table.
  if (source.kind == ExpressionKind::name && row.columns != nullptr)
    for (const plan::Column& column : *row.columns)
      if (column.name == source.text && find_binding(scope_, source.text) == nullptr)
        return std::nullopt;
  Relation rows = VEDETTE_TRY(relation(source));
  const plan::Column* first = nullptr;
  for (const plan::Column& column : rows.columns)
    if (first == nullptr && !column.hidden) first = &column;
  if (first == nullptr) return refuse("KQL202", source.span, "this table has no columns");
  auto subquery = std::make_shared<plan::Expression>();
  subquery->type = first->type;
  subquery->node = rows.node;
  subquery->column = first->id;
  if (!as_list) {
    subquery->kind = plan::ExpressionKind::in_subquery;
    return subquery;
  }
  auto list = std::make_shared<plan::Expression>();
  list->kind = plan::ExpressionKind::aggregate;
  list->type = Type::dynamic;
  list->function = &functions::internal("flat_list");
  list->arguments.push_back(must_convert(plan::make_column(*first), Type::dynamic));
  const plan::Column column = fresh({}, Type::dynamic);
  plan::AggregateNode node;
  node.input = rows.node;
  node.aggregates.emplace_back(column.id, list);
  subquery->kind = plan::ExpressionKind::scalar_subquery;
  subquery->type = Type::dynamic;
  subquery->node = plan::make_node(std::move(node));
  subquery->column = column.id;
  return subquery;
}

// in~ compares without case: both sides are folded.
Binder::Bound Binder::folded(Bound part, bool fold) {
  if (!fold || part->type != Type::string) return part;
  return make_internal("fold_case", Type::string, {std::move(part)});
}

// value in (rows of a table): the column is converted inside the subquery.
Checked<Binder::Bound> Binder::in_rows(const Expression& expression, Bound value, const Bound& rows,
                                       bool fold) {
  auto found = copy_of(rows);
  Type type = found->type;
  if (value->type != type) {
    type = common_type({value, rows}, true).value_or(Type::string);
    value = VEDETTE_TRY(convert(std::move(value), type, expression.span, expression.text));
  }
  const plan::Column old{found->column, {}, found->type, false};
  Bound inner = plan::make_column(old);
  inner = VEDETTE_TRY(convert(std::move(inner), type, expression.span, expression.text));
  inner = folded(std::move(inner), fold);
  if (inner->kind != plan::ExpressionKind::column) {
    const plan::Column column = fresh({}, type);
    plan::ProjectNode node;
    node.input = found->node;
    node.items.emplace_back(column.id, inner);
    found->node = plan::make_node(std::move(node));
    found->column = column.id;
  }
  found->type = Type::boolean;
  found->nullable = false;
  found->arguments.push_back(folded(std::move(value), fold));
  return found;
}

// value in (an array known only while running)
Binder::Bound Binder::in_array(const Bound& value, const Bound& array, bool fold) {
  const bool as_text = value->type == Type::string || value->type == Type::dynamic || fold;
  const std::string_view name = !as_text ? "array_has_json"
                                : fold   ? "array_has_text_nocase"
                                         : "array_has_text";
  auto found = copy_of(make_internal(
      name, Type::boolean, {array, must_convert(value, as_text ? Type::string : Type::dynamic)}));
  found->nullable = false;
  return found;
}

// value in (a, b, ...), brought to the type of the value.
Checked<Binder::Bound> Binder::in_values(const Expression& expression, Bound value,
                                         const Arguments& list, bool fold) {
  if (value->type == Type::dynamic && !list.empty()) {
    const Type first = list.front()->type;
    value = must_convert(value, first == Type::dynamic ? Type::string : first);
  }
  auto found = std::make_shared<plan::Expression>();
  found->kind = plan::ExpressionKind::in_list;
  found->type = Type::boolean;
  found->nullable = false;
  found->arguments.push_back(folded(value, fold));
  for (Bound part : list) {
    if (part->kind == plan::ExpressionKind::constant && part->constant.is_null) continue;
    if (part->type == Type::real && is_integer(value->type)) {
      found->arguments[0] = value = must_convert(value, Type::real);
    } else {
      part = VEDETTE_TRY(convert(std::move(part), value->type, expression.span, expression.text));
    }
    found->arguments.push_back(folded(std::move(part), fold));
  }
  if (found->arguments.size() == 1) return plan::make_constant(Constant::of(false));
  return found;
}

Checked<Binder::Bound> Binder::in(const Expression& expression, const Row& row) {
  std::string op = expression.text;
  const bool negated = op.starts_with('!');
  if (negated) op.erase(0, 1);
  const auto signed_result = [&](Bound found) {
    return negated ? make_internal("not", Type::boolean, {std::move(found)}) : found;
  };
  Bound value = VEDETTE_TRY(scalar(*expression.children[0], row));
  if (op.starts_with("has_a")) return signed_result(VEDETTE_TRY(has_list(expression, value, row)));
  const bool fold = op == "in~";
  if (auto rows = VEDETTE_TRY(tabular_operand(expression, row, false)))
    return signed_result(VEDETTE_TRY(in_rows(expression, std::move(value), *rows, fold)));
  Arguments list;
  for (std::size_t i = 1; i < expression.children.size(); ++i) {
    Bound part = VEDETTE_TRY(scalar(*expression.children[i], row));
    const bool constant = part->kind == plan::ExpressionKind::constant;
    if (part->type == Type::dynamic && !constant && expression.children.size() == 2)
      return signed_result(in_array(value, part, fold));
    if (part->type == Type::dynamic && constant && !part->constant.is_null &&
        native::kind_of(part->constant.text) == native::JsonKind::array) {
      add_elements(list, part->constant.text);
    } else {
      list.push_back(std::move(part));
    }
  }
  return signed_result(VEDETTE_TRY(in_values(expression, std::move(value), list, fold)));
}

Checked<Binder::Bound> Binder::has_list(const Expression& expression, const Bound& value,
                                        const Row& row) {
  const std::string name = expression.text.find("all") != std::string::npos ? "has_all" : "has_any";
  const Bound text =
      VEDETTE_TRY(convert(value, Type::string, expression.children[0]->span, expression.text));
  Bound list;
  if (auto rows = VEDETTE_TRY(tabular_operand(expression, row, true))) {
    list = *rows;
  } else {
    Arguments parts;
    for (std::size_t i = 1; i < expression.children.size(); ++i)
      parts.push_back(
          must_convert(VEDETTE_TRY(scalar(*expression.children[i], row)), Type::dynamic));
    bool constant = true;
    std::string all = "[";
    for (const Bound& part : parts) {
      constant = constant && part->kind == plan::ExpressionKind::constant;
      if (!constant) break;
      if (part->constant.is_null) continue;
      const std::vector<std::string_view> elements =
          native::kind_of(part->constant.text) == native::JsonKind::array
              ? native::elements_of(part->constant.text)
              : std::vector<std::string_view>{part->constant.text};
      for (const std::string_view element : elements) {
        if (all.size() > 1) all += ',';
        all += element;
      }
    }
    list = constant ? plan::make_constant(Constant::of_text(Type::dynamic, all + "]"))
                    : make_internal("flatten", Type::dynamic, std::move(parts));
  }
  auto found = copy_of(make_internal(name, Type::boolean, {text, list}));
  found->nullable = false;
  return found;
}

Checked<Binder::Bound> Binder::between(const Expression& expression, const Row& row) {
  Bound value = VEDETTE_TRY(scalar(*expression.children[0], row));
  Bound low = VEDETTE_TRY(scalar(*expression.children[1], row));
  Bound high = VEDETTE_TRY(scalar(*expression.children[2], row));
  if (value->type == Type::dynamic)
    value = must_convert(value, low->type == Type::dynamic ? Type::real : low->type);
  if (high->type == Type::timespan && value->type == Type::datetime) {
    low = VEDETTE_TRY(
        convert(std::move(low), Type::datetime, expression.children[1]->span, "between"));
    high = make_internal("add", Type::datetime, {low, high});
  }
  Type type = value->type;
  if (is_number(type)) type = common_type({value, low, high}, true).value_or(type);
  if (!is_summable(type))
    return refuse("KQL208", expression.span,
                  fmt::format("between does not work on {}", name_of(type)));
  value = VEDETTE_TRY(convert(std::move(value), type, expression.children[0]->span, "between"));
  low = VEDETTE_TRY(convert(std::move(low), type, expression.children[1]->span, "between"));
  high = VEDETTE_TRY(convert(std::move(high), type, expression.children[2]->span, "between"));
  Bound result = make_internal("between", Type::boolean, {value, low, high});
  if (!expression.text.starts_with('!')) return result;
  return make_internal("not", Type::boolean, {result});
}

}  // namespace vedette::kql::bind
