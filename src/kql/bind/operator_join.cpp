// join and lookup.
#include <array>
#include <map>
#include <set>

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

// The columns that the rows of a node have.
struct ColumnsOf {
  std::set<plan::ColumnId> ids;

  void add(const plan::NodePtr& node) { std::visit(*this, node->body); }
  void add(const std::vector<plan::Assignment>& items) {
    for (const auto& [id, value] : items) ids.insert(id);
  }
  void operator()(const plan::UnitNode&) {}
  void operator()(const plan::ScanNode& node) {
    for (const auto& [id, name] : node.columns) ids.insert(id);
  }
  void operator()(const plan::ValuesNode& node) { ids.insert(node.ids.begin(), node.ids.end()); }
  void operator()(const plan::RangeNode& node) { ids.insert(node.id); }
  void operator()(const plan::ExternalNode& node) { ids.insert(node.ids.begin(), node.ids.end()); }
  void operator()(const plan::ProjectNode& node) { add(node.items); }
  void operator()(const plan::FilterNode& node) { add(node.input); }
  void operator()(const plan::AggregateNode& node) {
    add(node.keys);
    add(node.aggregates);
  }
  void operator()(const plan::JoinNode& node) {
    if (node.kind != JoinKind::right_semi && node.kind != JoinKind::right_anti) add(node.left);
    if (node.kind != JoinKind::left_semi && node.kind != JoinKind::left_anti) add(node.right);
  }
  void operator()(const plan::UnionNode& node) { ids.insert(node.ids.begin(), node.ids.end()); }
  void operator()(const plan::LimitNode& node) { add(node.input); }
  void operator()(const plan::DistinctOnNode& node) { add(node.input); }
  void operator()(const plan::ExpandNode& node) {
    add(node.input);
    add(node.items);
    ids.insert(node.index);
  }
  void operator()(const plan::ApplyNode& node) {
    add(node.input);
    add(node.body);
  }
  void operator()(const plan::SequenceNode& node) {
    ids.insert(node.carried.begin(), node.carried.end());
    ids.insert(node.result);
  }
  void operator()(const plan::SharedNode& node) {
    for (const auto& [id, inner] : node.columns) ids.insert(id);
  }
};

// The expression over the columns of another relation; empty when it needs more than those.
plan::ExpressionPtr over(const plan::ExpressionPtr& expression,
                         const std::map<plan::ColumnId, plan::ExpressionPtr>& columns) {
  using plan::ExpressionKind;
  if (expression->kind == ExpressionKind::column) {
    const auto found = columns.find(expression->column);
    return found == columns.end() ? nullptr : found->second;
  }
  const bool is_plain = expression->node == nullptr && expression->filter == nullptr &&
                        expression->kind != ExpressionKind::window &&
                        expression->kind != ExpressionKind::aggregate;
  if (!is_plain || (expression->function != nullptr &&
                    (expression->function->traits & functions::is_volatile) != 0))
    return nullptr;
  auto copy = std::make_shared<plan::Expression>(*expression);
  for (plan::ExpressionPtr& argument : copy->arguments) {
    argument = over(argument, columns);
    if (!argument) return nullptr;
  }
  return copy;
}

void parts_of(const plan::ExpressionPtr& predicate, std::vector<plan::ExpressionPtr>& parts) {
  if (predicate->kind != plan::ExpressionKind::all_of) return parts.push_back(predicate);
  for (const plan::ExpressionPtr& part : predicate->arguments) parts_of(part, parts);
}

}  // namespace

plan::NodePtr before_unique(const plan::NodePtr& node, const plan::ExpressionPtr& predicate) {
  if (const auto* filter = std::get_if<plan::FilterNode>(&node->body)) {
    plan::NodePtr below = before_unique(filter->input, predicate);
    return below ? plan::make_node(plan::FilterNode{below, filter->predicate}) : nullptr;
  }
  const auto* project = std::get_if<plan::ProjectNode>(&node->body);
  const auto* join =
      project == nullptr ? nullptr : std::get_if<plan::JoinNode>(&project->input->body);
  const auto* unique =
      join == nullptr ? nullptr : std::get_if<plan::DistinctOnNode>(&join->left->body);
  if (unique == nullptr || join->kind != JoinKind::inner) return nullptr;
  std::map<plan::ColumnId, plan::ExpressionPtr> columns;
  for (const auto& [id, value] : project->items)
    if (value->kind == plan::ExpressionKind::column) columns.emplace(id, value);
  ColumnsOf left;
  left.add(unique->input);
  std::erase_if(columns, [&](const auto& one) { return !left.ids.contains(one.second->column); });
  std::vector<plan::ExpressionPtr> parts;
  parts_of(predicate, parts);
  plan::NodePtr rows = unique->input;
  for (const plan::ExpressionPtr& part : parts)
    if (plan::ExpressionPtr moved = over(part, columns))
      rows = plan::make_node(plan::FilterNode{std::move(rows), std::move(moved)});
  if (rows == unique->input) return nullptr;
  plan::DistinctOnNode chosen = *unique;
  chosen.input = std::move(rows);
  plan::JoinNode joined = *join;
  joined.left = plan::make_node(std::move(chosen));
  return plan::make_node(plan::ProjectNode{plan::make_node(std::move(joined)), project->items});
}

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
