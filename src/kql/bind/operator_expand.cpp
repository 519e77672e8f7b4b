// mv-expand and mv-apply.
#include <utility>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// Of the obsolete form of the operator, as Microsoft documents.
constexpr std::int64_t legacy_limit = 128;

struct Binder::ExpandedItem {
  std::string name;
  plan::ColumnId replaced = 0;  // the column that was expanded in place
  plan::ColumnId element = 0;
  Type type = Type::dynamic;
};

Checked<std::vector<Binder::ExpandedItem>> Binder::expanded_items(
    const syntax::Operator& op, const syntax::ExpandOperator& body, Relation& input,
    plan::ExpandNode& node) {
  std::string bag = op.parameter_word("bagexpansion");
  if (bag.empty()) bag = op.parameter_word("kind");
  if (!bag.empty() && bag != "array" && bag != "bag")
    return refuse_unsupported(op.span, "bagexpansion", bag);
  std::vector<ExpandedItem> expanded;
  for (const syntax::ExpandItem& item : body.items) {
    const bool named = item.value->kind == ExpressionKind::named;
    const Expression& value = named ? *item.value->children.front() : *item.value;
    Bound bound = VEDETTE_TRY(scalar_in(input, value));
    if (bound->type != Type::dynamic)
      return refuse(
          "KQL208", value.span,
          fmt::format("{} needs a dynamic value, and this is {}", op.name, name_of(bound->type)),
          "split(...) or parse_json(...) makes an array of a string");
    ExpandedItem one;
    one.name = named ? item.value->text : result_name(value, row_of(input));
    if (one.name.empty()) one.name = fmt::format("Column{}", default_names_++);
    if (!named && value.kind == ExpressionKind::name && bound->kind == plan::ExpressionKind::column)
      one.replaced = bound->column;
    one.type = item.type.value_or(Type::dynamic);
    one.element = next_column_++;
    node.items.emplace_back(
        one.element,
        make_internal(bag == "array" ? "expand_pairs" : "expand_values", Type::dynamic, {bound}));
    expanded.push_back(std::move(one));
  }
  return expanded;
}

Checked<Relation> Binder::on_expand(const syntax::Operator& op, const syntax::ExpandOperator& body,
                                    Relation input) {
  const bool apply = body.body != nullptr;
  plan::ExpandNode node;
  const std::vector<ExpandedItem> expanded = VEDETTE_TRY(expanded_items(op, body, input, node));
  node.index = next_column_++;
  if (body.limit) {
    Bound count = VEDETTE_TRY(scalar(*body.limit, {}));
    node.limit = VEDETTE_TRY(convert(std::move(count), Type::int64, body.limit->span, "limit"));
  } else if (op.name == "mvexpand") {
    node.limit = long_constant(legacy_limit);
  }
  const plan::Column index{node.index, {}, Type::int64, false};
  // mv-apply expands inside its sub-query, over the columns of the row outside.
  node.input = apply ? plan::make_node(plan::UnitNode{}) : input.node;
  Relation rows = input;
  if (apply) {
    rows.extra.clear();
    rows.order.clear();
  }
  rows.node = plan::make_node(std::move(node));
  rows.extra.push_back(index);
  rows.order.push_back({plan::make_column(index), true, true});
  ColumnList list;
  for (const plan::Column& column : input.columns)
    list.add(column, plan::make_column(column), false);
  for (const ExpandedItem& item : expanded) {
    const Bound element =
        must_convert(plan::make_column({item.element, {}, Type::dynamic, false}), item.type);
    list.add({0, item.name, item.type, false}, element, true);
  }
  if (const std::string name = op.parameter_word("with_itemindex"); !name.empty())
    list.add({0, name, Type::int64, false}, plan::make_column(index), false);
  rows = finish(std::move(rows), std::move(list));
  if (!apply) return rows;

  const bool outside = std::exchange(inside_apply_, true);
  auto bound = pipeline(*body.body, &rows);
  inside_apply_ = outside;
  Relation inner = VEDETTE_TRY(std::move(bound));
  ColumnList result;
  for (const plan::Column& column : input.columns) {
    bool replaced = false;
    for (const ExpandedItem& item : expanded) replaced = replaced || item.replaced == column.id;
    if (!replaced) result.add(column, plan::make_column(column), false);
  }
  for (const plan::Column& column : inner.columns)
    result.add(column, plan::make_column(column), true);
  Relation applied = input;
  applied.node = plan::make_node(plan::ApplyNode{input.node, inner.node});
  applied.name.clear();
  for (const plan::SortKey& key : inner.order) applied.order.push_back(key);
  return finish(std::move(applied), std::move(result));
}

}  // namespace vedette::kql::bind
