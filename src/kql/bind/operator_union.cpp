// union and search: rows of several tables, columns brought together by name and type.
#include <algorithm>
#include <map>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/bind/text_search.h"
#include "kql/native/wildcard.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// The tables and the query's views whose names match the pattern.
Checked<std::vector<Relation>> Binder::tables_and_views(std::string_view pattern) {
  std::vector<Relation> found;
  std::set<std::string_view> seen;
  std::vector<std::string> views;
  for (const Scope* at = scope_.get(); at != nullptr; at = at->parent.get()) {
    if (!seen.insert(at->name).second || !native::matches_wildcard(pattern, at->name)) continue;
    const auto* function = std::get_if<FunctionBinding>(&at->binding);
    if (function != nullptr && function->body->is_view && function->body->parameters.empty())
      views.push_back(at->name);
  }
  for (auto name = views.rbegin(); name != views.rend(); ++name) {
    Expression view;
    view.kind = ExpressionKind::name;
    view.text = *name;
    found.push_back(VEDETTE_TRY(relation(view)));
    found.back().name = *name;
  }
  for (const std::string_view name : catalogue_.table_names())
    if (native::matches_wildcard(pattern, name))
      if (const CatalogueTable* there = catalogue_.table(name))
        found.push_back(VEDETTE_TRY(table(*there)));
  return found;
}

Checked<std::vector<Relation>> Binder::union_inputs(
    const std::vector<syntax::ExpressionPtr>& tables, bool fuzzy) {
  std::vector<Relation> inputs;
  std::optional<Diagnostic> missing;
  for (const auto& expression : tables) {
    if (expression->kind == ExpressionKind::wildcard) {
      for (Relation& one : VEDETTE_TRY(tables_and_views(expression->text)))
        inputs.push_back(std::move(one));
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

namespace {

// The columns of a union: those of one name and type are one column. Where a name has several types
// there is a column for each of them, as Microsoft documents; but where the first two inputs that
// have the name agree on its type, Microsoft's binder keeps that one column, and so the values of
// the others are converted into it.
struct MergedColumn {
  plan::Column column;
  std::string name;       // before a type is added to it
  std::size_t place = 0;  // where it stands: behind the first column of its name
  std::size_t inputs = 0;
};

class MergedColumns {
 public:
  void add(const plan::Column& column, plan::ColumnId& next_id) {
    if (!column.hidden) {
      auto& types = first_types_[column.name];
      if (types.size() < 2) types.push_back(column.type);
    }
    const auto [found, fresh] =
        by_name_and_type_.try_emplace({column.name, column.type}, columns_.size());
    if (!fresh) {
      MergedColumn& there = columns_[found->second];
      ++there.inputs;
      there.column.hidden = there.column.hidden && column.hidden;
      return;
    }
    const auto first = first_place_.try_emplace(column.name, columns_.size()).first;
    columns_.push_back(
        {{next_id++, column.name, column.type, column.hidden}, column.name, first->second, 1});
  }
  // The type of the column that takes in all others of its name.
  [[nodiscard]] std::optional<Type> agreed(const std::string& name) const {
    const auto found = first_types_.find(name);
    if (found == first_types_.end() || found->second.size() < 2 ||
        found->second[0] != found->second[1])
      return std::nullopt;
    return found->second[0];
  }
  [[nodiscard]] const plan::Column* find(const plan::Column& column) const {
    const Type type = column.hidden ? column.type : agreed(column.name).value_or(column.type);
    const auto found = by_name_and_type_.find({column.name, type});
    return found == by_name_and_type_.end() ? nullptr : &columns_[found->second].column;
  }
  // Types stand together, in the order of their first column.
  void arrange(std::size_t inputs_needed) {
    std::sort(columns_.begin(), columns_.end(), [](const auto& a, const auto& b) {
      return a.place != b.place ? a.place < b.place : a.column.id < b.column.id;
    });
    std::erase_if(columns_, [&](const MergedColumn& one) {
      return one.inputs < inputs_needed ||
             (!one.column.hidden && agreed(one.name).value_or(one.column.type) != one.column.type);
    });
    by_name_and_type_.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      by_name_and_type_[{columns_[i].name, columns_[i].column.type}] = i;
    std::map<std::string, int> visible;
    for (const MergedColumn& one : columns_) visible[one.name] += one.column.hidden ? 0 : 1;
    UniqueNames unique;
    for (const MergedColumn& one : columns_)
      if (visible[one.name] < 2 || one.column.hidden) (void)unique.get(one.name);
    for (MergedColumn& one : columns_)
      if (visible[one.name] >= 2 && !one.column.hidden)
        one.column.name = unique.get(fmt::format("{}_{}", one.name, name_of(one.column.type)));
  }
  [[nodiscard]] const std::vector<MergedColumn>& columns() const { return columns_; }

 private:
  std::vector<MergedColumn> columns_;
  std::map<std::pair<std::string, Type>, std::size_t> by_name_and_type_;
  std::map<std::string, std::size_t> first_place_;
  std::map<std::string, std::vector<Type>> first_types_;  // at most two
};

}  // namespace

Relation Binder::union_all(const std::vector<Relation>& inputs, bool inner,
                           const std::string& source_column) {
  MergedColumns merged;
  for (const Relation& input : inputs)
    for (const plan::Column& column : input.columns) merged.add(column, next_column_);
  merged.arrange(inner ? inputs.size() : 1);
  plan::UnionNode node;
  Relation result;
  if (!source_column.empty()) result.columns.push_back(fresh(source_column, Type::string));
  for (const MergedColumn& one : merged.columns()) result.columns.push_back(one.column);
  for (const plan::Column& column : result.columns) {
    node.ids.push_back(column.id);
    node.types.push_back(column.type);
  }
  std::size_t number = 0;
  for (const Relation& input : inputs) {
    plan::UnionNode::Branch branch;
    branch.node = input.node;
    if (!source_column.empty())
      branch.values.emplace(
          node.ids.front(),
          text_constant(input.name.empty() ? fmt::format("union_arg{}", number) : input.name));
    ++number;
    for (const plan::Column& column : input.columns)
      if (const plan::Column* into = merged.find(column); into != nullptr) {
        auto value = convert(plan::make_column(column), into->type, {}, "union");
        branch.values.emplace(into->id, value ? *value : null_of(into->type));
      }
    nodes_ += branch.values.size();
    node.branches.push_back(std::move(branch));
    result.open = result.open || input.open;
  }
  result.node = plan::make_node(std::move(node));
  return result;
}

Checked<Relation> Binder::on_union(const syntax::Operator& op, const syntax::UnionOperator& body,
                                   std::optional<Relation> input) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "inner" && kind != "outer")
    return refuse("KQL212", op.span, fmt::format("there is no union of kind '{}'", kind),
                  "kinds: inner, outer");
  const std::string fuzzy_word = op.parameter_word("isfuzzy");
  const syntax::Parameter* fuzzy_parameter = op.parameter("isfuzzy");
  const bool fuzzy = is_best_effort_ || fuzzy_word == "true" ||
                     (fuzzy_parameter != nullptr && fuzzy_parameter->value->constant.boolean);
  std::string source = op.parameter_word("withsource");
  if (source.empty()) source = op.parameter_word("with_source");
  std::vector<Relation> inputs;
  if (input) inputs.push_back(std::move(*input));
  for (Relation& one : VEDETTE_TRY(union_inputs(body.tables, fuzzy)))
    inputs.push_back(std::move(one));
  if (inputs.empty()) return refuse("KQL205", op.span, "no table has such a name");
  return union_all(inputs, kind == "inner", source);
}

namespace {

// lab*pc as the regular expression of a term that begins and ends so.
std::string expression_of_term(std::string_view word, bool open_start, bool open_end,
                               bool minds_case) {
  std::string text = minds_case ? "" : "(?i)";
  if (!open_start) text += R"(\b)";
  for (const char c : word) {
    const bool plain = c == '_' || c == ' ' || static_cast<unsigned char>(c) >= 0x80 ||
                       (c >= '0' && c <= '9') || is_letter(c);
    if (c == '*') {
      text += ".*";
      continue;
    }
    if (!plain) text += '\\';
    text += c;
  }
  if (!open_end) text += R"(\b)";
  return text;
}

}  // namespace

// By term; with * at its ends as a part of a term.
Binder::SearchWord Binder::search_word(std::string_view word) const {
  const bool open_start = word.starts_with('*');
  const bool open_end = word.size() > 1 && word.ends_with('*');
  if (open_start) word.remove_prefix(1);
  if (open_end) word.remove_suffix(1);
  const bool inside = word.contains('*');
  std::string match = inside                   ? "matches_regex"
                      : open_start && open_end ? "contains"
                      : open_start             ? "hassuffix"
                      : open_end               ? "hasprefix"
                                               : "has";
  if (search_minds_case_ && !inside) match += "_cs";
  return {std::move(match), inside
                                ? expression_of_term(word, open_start, open_end, search_minds_case_)
                                : std::string(word)};
}

// A word anywhere in the row: in any column.
Binder::Bound Binder::search_term(const std::string& text, const Relation& relation) {
  const SearchWord word = search_word(text);
  const bool inside = word.match == "matches_regex";
  const Bound wanted = text_constant(word.text);
  auto any = std::make_shared<plan::Expression>();
  any->kind = plan::ExpressionKind::any_of;
  any->type = Type::boolean;
  any->nullable = false;
  for (const plan::Column& column : relation.columns) {
    if (column.hidden || (!inside && !could_hold(column.type, word.text))) continue;
    const Bound value = must_convert(plan::make_column(column), Type::string);
    std::string name = word.match;
    if (is_searched(word.match, *value, *wanted)) name.insert(0, searched_prefix);
    any->arguments.push_back(make_internal(name, Type::boolean, {value, wanted}));
  }
  if (any->arguments.empty()) return plan::make_constant(Constant::of(false));
  return any;
}

Checked<Binder::Bound> Binder::search_predicate(const Expression& predicate,
                                                const Relation& relation) {
  if (predicate.kind == ExpressionKind::literal && predicate.constant.type == Type::string)
    return search_term(predicate.constant.text, relation);
  if (predicate.kind == ExpressionKind::star) return plan::make_constant(Constant::of(true));
  if (predicate.kind == ExpressionKind::binary &&
      (predicate.text == "and" || predicate.text == "or")) {
    auto whole = std::make_shared<plan::Expression>();
    whole->kind =
        predicate.text == "and" ? plan::ExpressionKind::all_of : plan::ExpressionKind::any_of;
    whole->type = Type::boolean;
    for (const auto& child : predicate.children)
      whole->arguments.push_back(VEDETTE_TRY(search_predicate(*child, relation)));
    return whole;
  }
  if (predicate.kind == ExpressionKind::call && predicate.text == "not" &&
      predicate.children.size() == 1)
    return make_internal("not", Type::boolean,
                         {VEDETTE_TRY(search_predicate(*predicate.children.front(), relation))});
  Row row = row_of(relation);
  Bound value = VEDETTE_TRY(scalar(predicate, row));
  if (value->type == Type::string && value->kind == plan::ExpressionKind::constant)
    return search_term(value->constant.text, relation);
  return convert(std::move(value), Type::boolean, predicate.span, "search");
}

// Those that are named; every table when none is.
Checked<std::vector<Relation>> Binder::tables_to_search(
    const std::vector<syntax::ExpressionPtr>& named) {
  if (!named.empty()) return union_inputs(named, false);
  std::vector<Relation> all = VEDETTE_TRY(tables_and_views("*"));
  for (Relation& one : all) one.open = false;  // a column that only might be there is not there
  return all;
}

Checked<Relation> Binder::on_search(const syntax::Operator& op, const syntax::SearchOperator& body,
                                    std::optional<Relation> input) {
  const std::string kind = op.parameter_word("kind");
  if (!kind.empty() && kind != "default" && kind != "case_insensitive" && kind != "case_sensitive")
    return refuse("KQL212", op.span, fmt::format("there is no search of kind '{}'", kind),
                  "kinds: default, case_insensitive, case_sensitive");
  std::vector<Relation> inputs;
  if (input) {
    if (input->name.empty()) input->name = "search_arg0";
    inputs.push_back(std::move(*input));
  } else {
    inputs = VEDETTE_TRY(tables_to_search(body.tables));
  }
  if (inputs.empty()) return refuse("KQL205", op.span, "there is no table to search");
  struct Restored {
    bool& flag;
    bool before;
    ~Restored() { flag = before; }
  };
  const Restored restored{search_minds_case_, search_minds_case_};
  search_minds_case_ = kind == "case_sensitive";
  const std::vector<Relation> matching =
      VEDETTE_TRY(rows_looked_for(std::move(inputs), *body.predicate));
  if (matching.empty())
    return refuse("KQL205", op.span, "no table has the columns that are asked for");
  return union_all(matching, false, "$table");
}

}  // namespace vedette::kql::bind
