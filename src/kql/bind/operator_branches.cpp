// fork and facet, which give several tables, consume, which gives none, and find.
#include <algorithm>
#include <map>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

// The wanted branch; the others are asked for one after another (Stage::result_count).
Checked<Relation> Binder::on_fork(const syntax::ForkOperator& op, const Relation& input) {
  if (!branches_ || branch_ >= op.branches.size())
    return refuse("KQL304", op.branches.front()->span,
                  "fork gives several tables, so it stands at the end of a query only");
  branches_ = false;
  return pipeline(*op.branches[branch_], &input);
}

Checked<Relation> Binder::on_facet(const syntax::FacetOperator& op, Relation input) {
  const std::size_t with_tables = op.with == nullptr ? 0 : 1;  // that table is the first
  if (!branches_ || branch_ >= op.columns.size() + with_tables)
    return refuse("KQL304", op.columns.front()->span,
                  "facet gives several tables, so it stands at the end of a query only");
  branches_ = false;
  if (branch_ < with_tables) return pipeline(*op.with, &input);
  const Expression& by = *op.columns[branch_ - with_tables];
  const Bound value = VEDETTE_TRY(scalar_in(input, by));
  const plan::Column key = fresh(result_name(by, row_of(input)), value->type);
  const plan::Column count = fresh("count_" + key.name, Type::int64);
  plan::AggregateNode node;
  node.input = input.node;
  node.keys.emplace_back(key.id, value);
  node.aggregates.emplace_back(count.id, count_of_rows());
  Relation result;
  result.node = plan::make_node(std::move(node));
  result.columns = {key, count};
  return result;
}

// The rows are read and thrown away.
Relation Binder::on_consume(Relation input) {
  return filter(std::move(input), plan::make_constant(Constant::of(false)));
}

// The rows, if their columns are those that are written down: a check, and nothing else.
Checked<Relation> Binder::on_assert_schema(const syntax::AssertSchemaOperator& op, Relation input,
                                           Span span) {
  if (input.open) return input;  // its columns depend on data that was not read
  for (const syntax::ColumnDeclaration& wanted : op.columns) {
    const Type type = wanted.type.value_or(Type::string);
    const auto found = std::ranges::find_if(input.columns, [&](const plan::Column& column) {
      return !column.hidden && column.name == wanted.name;
    });
    if (found == input.columns.end())
      return refuse("KQL201", wanted.span, fmt::format("there is no column '{}'", wanted.name));
    if (found->type != type)
      return refuse("KQL208", wanted.span,
                    fmt::format("the column '{}' is {}, and {} is asserted", wanted.name,
                                name_of(found->type), name_of(type)));
  }
  for (const plan::Column& column : input.columns)
    if (!column.hidden && std::ranges::find(op.columns, column.name,
                                            &syntax::ColumnDeclaration::name) == op.columns.end())
      return refuse("KQL207", span,
                    fmt::format("the rows have a column '{}' that is not asserted", column.name));
  return input;
}

namespace {

void collect_columns(const syntax::Expression& expression, std::set<std::string>& names) {
  if (expression.kind == ExpressionKind::name) names.insert(expression.text);
  for (const auto& child : expression.children) collect_columns(*child, names);
}

// Whether a word is looked for in whatever column it stands.
bool looks_for_a_term(const syntax::Expression& predicate) {
  if (predicate.kind == ExpressionKind::literal) return predicate.constant.type == Type::string;
  if (predicate.kind == ExpressionKind::star) return true;
  const bool joins = predicate.text == "and" || predicate.text == "or" || predicate.text == "not";
  if (!joins)
    return !predicate.children.empty() && predicate.children.front()->kind == ExpressionKind::star;
  return std::any_of(predicate.children.begin(), predicate.children.end(),
                     [](const auto& child) { return looks_for_a_term(*child); });
}

}  // namespace

// Columns of those names that the rows do not have are null, and not shown.
Relation Binder::with_missing(Relation rows, const std::map<std::string, Type>& types) {
  std::vector<plan::Assignment> items = pass_through(rows.columns);
  for (const plan::Column& column : rows.extra)
    items.emplace_back(column.id, plan::make_column(column));
  Columns columns = rows.columns;
  for (const auto& [name, type] : types) {
    if (std::any_of(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; }))
      continue;
    plan::Column missing = fresh(name, type);
    missing.hidden = true;
    items.emplace_back(missing.id, null_of(type));
    columns.push_back(std::move(missing));
  }
  if (columns.size() == rows.columns.size()) return rows;
  const std::string name = rows.name;
  rows = project(std::move(rows), std::move(columns), std::move(items));
  rows.name = name;
  return rows;
}

// What find and search look for in each of the tables. A table with none of the columns that are
// asked for is left out; where it has some of them, the others are null.
Checked<std::vector<Relation>> Binder::rows_looked_for(std::vector<Relation> inputs,
                                                       const syntax::Expression& predicate) {
  std::set<std::string> named;
  collect_columns(predicate, named);
  std::map<std::string, Type> types;
  for (const Relation& one : inputs)
    for (const plan::Column& column : one.columns)
      if (!column.hidden && named.contains(column.name)) types.emplace(column.name, column.type);
  const bool anywhere = looks_for_a_term(predicate);
  std::vector<Relation> matching;
  std::optional<Diagnostic> missing;
  bool any = false;
  for (Relation& one : inputs) {
    const bool has_one = std::any_of(one.columns.begin(), one.columns.end(), [&](const auto& c) {
      return !c.hidden && types.contains(c.name);
    });
    if (!types.empty() && !has_one && !anywhere) continue;
    const std::ptrdiff_t own = std::ssize(one.columns);
    one = with_missing(std::move(one), types);
    auto condition = search_predicate(predicate, one);
    any = any || condition;
    // a name that only a table of open columns may have: nothing matches here
    if (!condition && condition.error().code == "KQL201" && inputs.size() > 1) {
      missing = std::move(condition).error();
      condition = plan::make_constant(Constant::of(false));
    }
    matching.push_back(filter(one, VEDETTE_TRY(std::move(condition))));
    Columns& columns = matching.back().columns;
    columns.erase(columns.begin() + own, columns.end());
  }
  if (missing && !any) return std::unexpected(std::move(*missing));
  return matching;
}

// find's columns: where the row is from, the columns that are asked for, and the others as one bag.
// `searched`: the columns of all tables, also of those that are not among the inputs any more.
Relation Binder::found_columns(std::vector<Relation> inputs, const std::vector<Columns>& searched,
                               const syntax::FindOperator& body, const std::string& source) {
  std::set<std::string> named;
  collect_columns(*body.predicate, named);
  // Without `project`: the columns of the predicate, and those that all tables have.
  std::map<std::pair<std::string, Type>, std::size_t> everywhere;
  for (const Columns& columns : searched)
    for (const plan::Column& column : columns)
      if (!column.hidden) ++everywhere[{column.name, column.type}];
  const auto is_away = [&](const plan::Column& column) {
    return std::ranges::find(body.away, column.name) != body.away.end();
  };
  const auto is_shown = [&](const plan::Column& column) {
    if (body.has_project)
      return std::any_of(body.columns.begin(), body.columns.end(),
                         [&](const auto& c) { return c.name == column.name; });
    return named.contains(column.name) || everywhere[{column.name, column.type}] == searched.size();
  };
  const bool has_others = std::ranges::any_of(searched, [&](const Columns& columns) {
    return std::ranges::any_of(columns, [&](const plan::Column& column) {
      return !column.hidden && !is_away(column) && !is_shown(column);
    });
  });
  const bool packs = body.has_project ? body.packs : has_others || !body.away.empty();
  std::map<std::string, Type> types;  // of a column that some of the tables lack
  for (const Relation& input : inputs)
    for (const plan::Column& column : input.columns) types.emplace(column.name, column.type);
  std::vector<Relation> parts;
  for (Relation& input : inputs) {
    ColumnList list;
    const std::string name = input.name;
    Arguments packed;
    for (const syntax::ColumnDeclaration& wanted : body.columns) {
      const auto found = std::find_if(input.columns.begin(), input.columns.end(),
                                      [&](const auto& c) { return c.name == wanted.name; });
      const Type type = wanted.type                    ? *wanted.type
                        : found != input.columns.end() ? found->type
                        : types.contains(wanted.name)  ? types[wanted.name]
                                                       : Type::string;
      auto value = found == input.columns.end()
                       ? Checked<Bound>(null_of(type))
                       : convert(plan::make_column(*found), type, wanted.span, "find");
      list.add({0, wanted.name, type, false}, value ? *value : null_of(type), false);
    }
    for (const plan::Column& column : input.columns) {
      if (column.hidden || is_away(column)) continue;
      if (!is_shown(column)) {
        packed.push_back(text_constant(column.name));
        packed.push_back(must_convert(plan::make_column(column), Type::dynamic));
      } else if (!body.has_project) {
        list.add(column, plan::make_column(column), false);
      }
    }
    if (packs)
      list.add({0, "pack_", Type::dynamic, false},
               make_internal("pack_filled", Type::dynamic, std::move(packed)), false);
    Relation part = finish(std::move(input), std::move(list));
    part.name = name;
    parts.push_back(std::move(part));
  }
  Relation result = union_all(parts, false, source);
  const auto bag = std::find_if(result.columns.begin(), result.columns.end(),
                                [](const plan::Column& c) { return c.name == "pack_"; });
  if (bag != result.columns.end()) std::rotate(bag, bag + 1, result.columns.end());
  return result;
}

Checked<Relation> Binder::on_find(const syntax::Operator& op, const syntax::FindOperator& body,
                                  std::optional<Relation> input) {
  std::vector<Relation> inputs;
  if (input) {
    inputs.push_back(std::move(*input));
  } else {
    inputs = VEDETTE_TRY(tables_to_search(body.tables));
  }
  std::vector<Columns> searched;
  for (const Relation& one : inputs) searched.push_back(one.columns);
  std::vector<Relation> matching = VEDETTE_TRY(rows_looked_for(std::move(inputs), *body.predicate));
  if (matching.empty())
    return refuse("KQL205", op.span, "no table has the columns that are asked for");
  std::string source = op.parameter_word("withsource");
  if (source.empty()) source = "source_";
  return found_columns(std::move(matching), searched, body, source);
}

}  // namespace vedette::kql::bind
