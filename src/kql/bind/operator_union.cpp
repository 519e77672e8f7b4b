// union and search: rows of several tables, columns brought together by name and type.
#include <algorithm>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/wildcard.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

Checked<std::vector<Relation>> Binder::union_inputs(const std::vector<syntax::ExpressionPtr>& tables, bool fuzzy) {
  std::vector<Relation> inputs;
  std::optional<Diagnostic> missing;
  for (const auto& expression : tables) {
    if (expression->kind == ExpressionKind::wildcard) {
      for (const std::string_view name : catalogue_.table_names())
        if (matches_wildcard(expression->text, name))
          if (const CatalogueTable* found = catalogue_.table(name)) inputs.push_back(VEDETTE_TRY(table(*found)));
      continue;
    }
    const std::size_t depth = depth_;
    const ScopePtr scope = scope_;
    auto bound = relation(*expression);
    if (bound) {
      inputs.push_back(std::move(*bound));
    } else if (fuzzy && bound.error().code == "KQL205") {
      depth_ = depth;
      scope_ = scope;
      missing = std::move(bound).error();
    } else {
      return std::unexpected(std::move(bound).error());
    }
  }
  if (inputs.empty() && missing) return std::unexpected(std::move(*missing));
  return inputs;
}

Relation Binder::union_all(std::vector<Relation> inputs, bool inner, const std::string& source_column) {
  struct Merged {
    plan::Column column;
    std::string name;  // before a type is added to it
    std::size_t seen = 0;
  };
  std::vector<Merged> merged;
  const auto place_of = [&](const plan::Column& column) -> Merged* {
    for (Merged& candidate : merged)
      if (candidate.name == column.name && candidate.column.type == column.type) return &candidate;
    return nullptr;
  };
  for (const Relation& input : inputs)
    for (const plan::Column& column : input.columns) {
      if (Merged* there = place_of(column)) {
        ++there->seen;
        there->column.hidden = there->column.hidden && column.hidden;
        continue;
      }
      // Behind the last column of that name, so that both types stand together.
      auto behind = merged.end();
      for (auto it = merged.begin(); it != merged.end(); ++it)
        if (it->name == column.name) behind = it + 1;
      merged.insert(behind, {{next_column_++, column.name, column.type, column.hidden}, column.name, 1});
    }
  if (inner) std::erase_if(merged, [&](const Merged& one) { return one.seen < inputs.size(); });
  UniqueNames unique;
  std::vector<Merged*> of_several_types;
  for (Merged& one : merged) {
    const bool several = std::any_of(merged.begin(), merged.end(), [&](const Merged& other) {
      return &one != &other && one.name == other.name && !one.column.hidden && !other.column.hidden;
    });
    if (several) {
      of_several_types.push_back(&one);
    } else {
      (void)unique.get(one.name);
    }
  }
  for (Merged* one : of_several_types) one->column.name = unique.get(fmt::format("{}_{}", one->name, name_of(one->column.type)));
  plan::UnionNode node;
  Relation result;
  if (!source_column.empty()) {
    result.columns.push_back(fresh(source_column, Type::string));
    node.ids.push_back(result.columns.back().id);
  }
  for (const Merged& one : merged) {
    node.ids.push_back(one.column.id);
    result.columns.push_back(one.column);
  }
  std::size_t number = 0;
  for (const Relation& input : inputs) {
    plan::UnionNode::Branch branch;
    branch.node = input.node;
    if (!source_column.empty())
      branch.values.push_back(text_constant(input.name.empty() ? fmt::format("union_arg{}", number) : input.name));
    ++number;
    for (const Merged& one : merged) {
      Bound value = null_of(one.column.type);
      for (const plan::Column& column : input.columns)
        if (column.name == one.name && column.type == one.column.type) value = plan::make_column(column);
      branch.values.push_back(std::move(value));
    }
    node.branches.push_back(std::move(branch));
    result.open = result.open || input.open;
  }
  nodes_ += node.ids.size() * node.branches.size() / 8;
  result.node = plan::make_node(std::move(node));
  return result;
}

Checked<Relation> Binder::on_union(const syntax::Operator& op, const syntax::UnionOperator& body,
                                   std::optional<Relation> input) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "inner" && kind != "outer")
    return refuse("KQL212", op.span, fmt::format("there is no union of kind '{}'", kind), "kinds: inner, outer");
  const std::string fuzzy_word = op.parameter_word("isfuzzy");
  const syntax::Parameter* fuzzy_parameter = op.parameter("isfuzzy");
  const bool fuzzy = fuzzy_word == "true" || (fuzzy_parameter != nullptr && fuzzy_parameter->value->constant.boolean);
  std::string source = op.parameter_word("withsource");
  if (source.empty()) source = op.parameter_word("with_source");
  std::vector<Relation> inputs;
  if (input) inputs.push_back(std::move(*input));
  for (Relation& one : VEDETTE_TRY(union_inputs(body.tables, fuzzy))) inputs.push_back(std::move(one));
  if (inputs.empty()) return refuse("KQL205", op.span, "no table has such a name");
  return union_all(std::move(inputs), kind == "inner", source);
}

// A word anywhere in the row: in any column, by term; with * at its ends as a part of a term.
Binder::Bound Binder::search_term(const std::string& text, const Relation& relation) {
  std::string_view word = text;
  const bool open_start = word.starts_with('*');
  const bool open_end = word.size() > 1 && word.ends_with('*');
  if (open_start) word.remove_prefix(1);
  if (open_end) word.remove_suffix(1);
  const std::string_view match =
      open_start && open_end ? "contains" : open_start ? "hassuffix" : open_end ? "hasprefix" : "has";
  auto any = std::make_shared<plan::Expression>();
  any->kind = plan::ExpressionKind::any_of;
  any->type = Type::boolean;
  any->nullable = false;
  for (const plan::Column& column : relation.columns) {
    if (column.hidden) continue;
    any->arguments.push_back(make_internal(match, Type::boolean,
                                           {must_convert(plan::make_column(column), Type::string), text_constant(std::string(word))}));
  }
  if (any->arguments.empty()) return plan::make_constant(Constant::of(false));
  return any;
}

Checked<Binder::Bound> Binder::search_predicate(const Expression& predicate, const Relation& relation) {
  if (predicate.kind == ExpressionKind::literal && predicate.constant.type == Type::string)
    return search_term(predicate.constant.text, relation);
  if (predicate.kind == ExpressionKind::star) return plan::make_constant(Constant::of(true));
  if (predicate.kind == ExpressionKind::binary && (predicate.text == "and" || predicate.text == "or")) {
    auto whole = std::make_shared<plan::Expression>();
    whole->kind = predicate.text == "and" ? plan::ExpressionKind::all_of : plan::ExpressionKind::any_of;
    whole->type = Type::boolean;
    for (const auto& child : predicate.children) whole->arguments.push_back(VEDETTE_TRY(search_predicate(*child, relation)));
    return whole;
  }
  if (predicate.kind == ExpressionKind::call && predicate.text == "not" && predicate.children.size() == 1)
    return make_internal("not", Type::boolean, {VEDETTE_TRY(search_predicate(*predicate.children.front(), relation))});
  if (predicate.kind == ExpressionKind::binary && predicate.children.front()->kind == ExpressionKind::star) {
    auto any = std::make_shared<plan::Expression>();
    any->kind = plan::ExpressionKind::any_of;
    any->type = Type::boolean;
    const Bound wanted = VEDETTE_TRY(scalar(*predicate.children[1], {}));
    for (const plan::Column& column : relation.columns)
      if (!column.hidden) {
        const Bound text = must_convert(plan::make_column(column), Type::string);
        any->arguments.push_back(predicate.text == "==" ? make_internal("equals", Type::boolean, {text, must_convert(wanted, Type::string)})
                                                        : VEDETTE_TRY(text_match(predicate, text, wanted)));
      }
    return any;
  }
  Row row = row_of(relation);
  Bound value = VEDETTE_TRY(scalar(predicate, row));
  if (value->type == Type::string && value->kind == plan::ExpressionKind::constant) return search_term(value->constant.text, relation);
  return convert(std::move(value), Type::boolean, predicate.span, "search");
}

Checked<Relation> Binder::on_search(const syntax::Operator& op, const syntax::SearchOperator& body,
                                    std::optional<Relation> input) {
  const std::string kind = op.parameter_word("kind");
  if (kind == "case_sensitive") return refuse_unsupported(op.span, "kind of search", kind);
  std::vector<Relation> inputs;
  if (input) {
    if (input->name.empty()) input->name = "search_arg0";
    inputs.push_back(std::move(*input));
  } else if (!body.tables.empty()) {
    inputs = VEDETTE_TRY(union_inputs(body.tables, false));
  } else {
    for (const std::string_view name : catalogue_.table_names())
      if (const CatalogueTable* found = catalogue_.table(name)) inputs.push_back(VEDETTE_TRY(table(*found)));
  }
  if (inputs.empty()) return refuse("KQL205", op.span, "there is no table to search");
  for (Relation& one : inputs) {
    auto predicate = search_predicate(*body.predicate, one);
    // A table without the column that is asked for has no match.
    if (!predicate && predicate.error().code == "KQL201" && inputs.size() > 1)
      predicate = plan::make_constant(Constant::of(false));
    if (!predicate) return std::unexpected(std::move(predicate).error());
    one = filter(std::move(one), *predicate);
  }
  return union_all(std::move(inputs), false, "$table");
}

}  // namespace vedette::kql::bind
