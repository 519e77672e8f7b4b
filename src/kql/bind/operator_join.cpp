// join and lookup.
#include <array>

#include "fmt/format.h"
#include "kql/bind/binder.h"

namespace vedette::kql::bind {

using plan::JoinKind;
using syntax::ExpressionKind;

namespace {

struct KindName {
  std::string_view name;
  JoinKind kind;
  bool unique_left;
};

constexpr std::array<KindName, 13> kinds{{{"", JoinKind::inner, true},
                                          {"innerunique", JoinKind::inner, true},
                                          {"inner", JoinKind::inner, false},
                                          {"leftouter", JoinKind::left_outer, false},
                                          {"rightouter", JoinKind::right_outer, false},
                                          {"fullouter", JoinKind::full_outer, false},
                                          {"leftsemi", JoinKind::left_semi, false},
                                          {"leftanti", JoinKind::left_anti, false},
                                          {"leftantisemi", JoinKind::left_anti, false},
                                          {"anti", JoinKind::left_anti, false},
                                          {"rightsemi", JoinKind::right_semi, false},
                                          {"rightanti", JoinKind::right_anti, false},
                                          {"rightantisemi", JoinKind::right_anti, false}}};

}  // namespace

Checked<void> Binder::join_condition(const Expression& condition, const Relation& left,
                                     const Relation& right, JoinKeys& keys) {
  if (condition.kind == ExpressionKind::name) {
    const plan::Column* a =
        VEDETTE_TRY(find_column(left.columns, condition.text, condition.span, left.open));
    const plan::Column* b =
        VEDETTE_TRY(find_column(right.columns, condition.text, condition.span, right.open));
    keys.pairs.emplace_back(plan::make_column(*a), plan::make_column(*b));
    keys.right_columns.insert(b->id);
    return {};
  }
  if (condition.kind == ExpressionKind::binary && condition.text == "and") {
    for (const auto& part : condition.children)
      VEDETTE_TRY_VOID(join_condition(*part, left, right, keys));
    return {};
  }
  if (condition.kind != ExpressionKind::binary || condition.text != "==")
    return refuse("KQL211", condition.span, "a join compares columns with '==' only",
                  "on Name, or on $left.A == $right.B");
  const auto side = [](const Expression& expression) -> char {
    if (expression.kind != ExpressionKind::member ||
        expression.children.front()->kind != ExpressionKind::name)
      return ' ';
    const std::string& base = expression.children.front()->text;
    return base == "$left" ? 'l' : base == "$right" ? 'r' : ' ';
  };
  const Expression* a = condition.children[0].get();
  const Expression* b = condition.children[1].get();
  if (side(*a) == 'r' && side(*b) == 'l') std::swap(a, b);
  if (side(*a) != 'l' || side(*b) != 'r')
    return refuse("KQL211", condition.span, "each side of '==' is $left.Column or $right.Column");
  Row row;
  row.left = &left.columns;
  row.right = &right.columns;
  const Bound first = VEDETTE_TRY(scalar(*a, row));
  const Bound second = VEDETTE_TRY(scalar(*b, row));
  keys.right_columns.insert(second->column);
  keys.pairs.emplace_back(first, second);
  return {};
}

Checked<Binder::JoinKeys> Binder::join_keys(const std::vector<syntax::ExpressionPtr>& conditions,
                                            const Relation& left, const Relation& right) {
  JoinKeys keys;
  for (const auto& condition : conditions) {
    const std::size_t before = keys.pairs.size();
    VEDETTE_TRY_VOID(join_condition(*condition, left, right, keys));
    for (std::size_t i = before; i < keys.pairs.size(); ++i) {
      auto& [a, b] = keys.pairs[i];
      if (a->type == b->type) continue;
      const auto common = common_type({a, b}, true);
      if (!common)
        return refuse("KQL208", condition->span,
                      fmt::format("{} and {} cannot be joined", name_of(a->type), name_of(b->type)),
                      "convert one side first, for example with tostring(...)");
      a = must_convert(a, *common);
      b = must_convert(b, *common);
    }
  }
  return keys;
}

Relation Binder::join_result(JoinKind kind, const Relation& left, const Relation& right,
                             JoinKeys keys, bool lookup) {
  plan::JoinNode node;
  node.kind = kind;
  node.left = left.node;
  node.right = right.node;
  node.keys = std::move(keys.pairs);
  Relation joined;
  joined.node = plan::make_node(std::move(node));
  joined.open = left.open || right.open;
  const bool only_left = kind == JoinKind::left_semi || kind == JoinKind::left_anti;
  const bool only_right = kind == JoinKind::right_semi || kind == JoinKind::right_anti;
  ColumnList list;
  const auto add = [&](const plan::Column& column, bool may_miss) {
    Bound value = plan::make_column(column);
    if (may_miss && column.type == Type::string)
      value = make_internal("or_empty", Type::string, {value});
    list.add({0, column.name, column.type, column.hidden}, value, false);
  };
  for (const Relation* side : {&left, &right})
    for (const plan::Column& column : side->columns)
      if (!column.hidden) list.reserve(column.name);
  std::set<std::string> left_names;
  for (const plan::Column& column : left.columns) left_names.insert(column.name);
  std::set<std::string> right_names;
  for (const plan::Column& column : right.columns)
    if (!column.hidden) right_names.insert(column.name);
  if (!only_right)
    for (const plan::Column& column : left.columns)
      if (only_left || !column.hidden || !right_names.contains(column.name))
        add(column, kind == JoinKind::right_outer || kind == JoinKind::full_outer);
  if (!only_left)
    for (const plan::Column& column : right.columns) {
      if (lookup && keys.right_columns.contains(column.id)) continue;
      if (column.hidden && !only_right && left_names.contains(column.name)) continue;
      add(column, kind == JoinKind::left_outer || kind == JoinKind::full_outer);
    }
  return finish(std::move(joined), std::move(list));
}

Checked<Relation> Binder::on_join(const syntax::Operator& op, const syntax::JoinOperator& join,
                                  Relation left) {
  const std::string word = op.parameter_word("kind");
  const KindName* chosen = nullptr;
  for (const KindName& candidate : kinds)
    if (candidate.name == word) chosen = &candidate;
  if (chosen == nullptr)
    return refuse("KQL212", op.span, fmt::format("there is no join of kind '{}'", word),
                  "kinds: inner, innerunique, leftouter, rightouter, fullouter, leftsemi, "
                  "leftanti, rightsemi, rightanti");
  Relation right = VEDETTE_TRY(relation(*join.right));
  JoinKeys keys = VEDETTE_TRY(join_keys(join.conditions, left, right));
  if (join.lookup) {
    if (!word.empty() && word != "leftouter" && word != "inner")
      return refuse("KQL212", op.span, "lookup is of kind leftouter or inner");
    return join_result(word == "inner" ? JoinKind::inner : JoinKind::left_outer, left, right,
                       std::move(keys), true);
  }
  if (chosen->unique_left) {
    plan::DistinctOnNode unique;
    unique.input = left.node;
    for (const auto& pair : keys.pairs) unique.keys.push_back(pair.first);
    unique.order = left.order;
    left.node = plan::make_node(std::move(unique));
  }
  return join_result(chosen->kind, left, right, std::move(keys), false);
}

}  // namespace vedette::kql::bind
