// extend, project and its family, print, serialize.
#include <algorithm>

#include "fmt/format.h"
#include "kql/bind/binder.h"
#include "kql/native/json_text.h"
#include "kql/native/wildcard.h"

namespace vedette::kql::bind {

using syntax::ExpressionKind;

namespace {

// (a, b) = series_fit_line(y): of its results extend and print keep those that were given names,
// project keeps all (documented with series_fit_2lines).
bool is_unnamed_rest(const syntax::Expression& expression, Style style) {
  return expression.kind == ExpressionKind::named && style == Style::derived;
}

}  // namespace

// A column that is passed on keeps its number; anything else, and a second use, gets a new one.
Relation Binder::finish(Relation input, ColumnList list) {
  std::set<plan::ColumnId> used;
  std::vector<plan::Assignment> items;
  for (std::size_t i = 0; i < list.columns.size(); ++i) {
    plan::Column& column = list.columns[i];
    const Bound& value = list.values[i];
    column.type = value->type;
    const bool passes =
        value->kind == plan::ExpressionKind::column && !used.contains(value->column);
    column.id = passes ? value->column : next_column_++;
    used.insert(column.id);
    items.emplace_back(column.id, value);
  }
  return project(std::move(input), std::move(list.columns), std::move(items));
}

Checked<Relation> Binder::on_extend(const std::vector<syntax::ExpressionPtr>& expressions,
                                    Relation input) {
  const Columns before = input.columns;
  std::vector<Item> added;
  for (const auto& expression : expressions)
    for (Item& item : VEDETTE_TRY(items(input, *expression, false, 0))) {
      const bool bare_column =
          expression->kind == ExpressionKind::name && item.style == Style::named;
      if (!bare_column && !is_unnamed_rest(*expression, item.style))
        added.push_back(std::move(item));
    }
  ColumnList list;
  for (const plan::Column& column : before) list.add(column, plan::make_column(column), false);
  for (Item& item : added) {
    const plan::Column column{0, item.name, item.value->type, false};
    if (item.style == Style::derived) {
      list.add(column, item.value, true);
    } else if (!list.declare(column, item.value, true)) {
      return refuse("KQL207", item.span, fmt::format("the column '{}' is given twice", item.name));
    }
  }
  return finish(std::move(input), std::move(list));
}

Checked<Relation> Binder::on_serialize(const syntax::SerializeOperator& op, Relation input) {
  input.serialized = true;
  return op.items.empty() ? Checked<Relation>(std::move(input))
                          : on_extend(op.items, std::move(input));
}

Checked<Relation> Binder::on_project(const syntax::ProjectOperator& op, Relation input) {
  std::vector<Item> chosen;
  for (const auto& expression : op.items)
    for (Item& item : VEDETTE_TRY(items(input, *expression, false, 0)))
      chosen.push_back(std::move(item));
  ColumnList list;
  for (Item& item : chosen) {
    const plan::Column column{0, item.name, item.value->type, false};
    const bool is_column = item.value->kind == plan::ExpressionKind::column;
    if (item.style == Style::derived) {
      list.add(column, item.value, false);
    } else if (!list.declare(column, item.value, is_column)) {
      return refuse("KQL207", item.span, fmt::format("the column '{}' is given twice", item.name),
                    "give one of them another name: new_name = expression");
    }
  }
  return finish(std::move(input), std::move(list));
}

Checked<Relation> Binder::on_print(const syntax::PrintOperator& op) {
  Relation input = unit();
  ColumnList list;
  for (std::size_t i = 0; i < op.items.size(); ++i) {
    for (Item& item : VEDETTE_TRY(items(input, *op.items[i], true, i))) {
      if (is_unnamed_rest(*op.items[i], item.style)) continue;
      const plan::Column column{0, item.name, item.value->type, false};
      if (item.style == Style::derived) {
        list.add(column, item.value, false);
      } else if (!list.declare(column, item.value, false)) {
        return refuse("KQL207", item.span,
                      fmt::format("the column '{}' is given twice", item.name));
      }
    }
  }
  return finish(std::move(input), std::move(list));
}

Checked<Relation> Binder::on_project_away(const syntax::ProjectAwayOperator& op, Relation input) {
  std::set<std::string> named;
  for (const auto& item : op.items) {
    bool found = item->kind == ExpressionKind::wildcard;
    for (const plan::Column& column : input.columns)
      if (item->kind == ExpressionKind::wildcard ? native::matches_wildcard(item->text, column.name)
                                                 : column.name == item->text) {
        named.insert(column.name);
        found = true;
      }
    if (!found) VEDETTE_TRY(find_column(input.columns, item->text, item->span, input.open));
  }
  ColumnList list;
  for (const plan::Column& column : input.columns)
    if (named.contains(column.name) == op.keep) list.add(column, plan::make_column(column), false);
  return finish(std::move(input), std::move(list));
}

Checked<Relation> Binder::on_project_rename(const syntax::ProjectRenameOperator& op,
                                            Relation input) {
  std::vector<std::pair<std::size_t, std::string>> renames;
  for (const auto& item : op.items) {
    if (item->kind != ExpressionKind::named || item->children.front()->kind != ExpressionKind::name)
      return refuse("KQL105", item->span, "project-rename takes new_name = old_name");
    const Expression& old = *item->children.front();
    const plan::Column* column =
        VEDETTE_TRY(find_column(input.columns, old.text, old.span, input.open));
    renames.emplace_back(static_cast<std::size_t>(column - input.columns.data()),
                         item->names.empty() ? item->text : item->names.front());
  }
  for (auto& [place, name] : renames) {
    for (std::size_t i = 0; i < input.columns.size(); ++i)
      if (i != place && input.columns[i].name == name && !input.columns[i].hidden &&
          std::none_of(renames.begin(), renames.end(),
                       [&](const auto& other) { return other.first == i; }))
        return refuse("KQL207", op.items.front()->span,
                      fmt::format("there is a column '{}' already", name));
    input.columns[place].name = name;
    input.columns[place].hidden = false;
  }
  return input;
}

namespace {

// Digits in a row compare as the number they write: a20 stands before a100.
bool before_by_number(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
      continue;
    }
    const auto digits = [&](std::string_view text, std::size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const std::size_t first = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return text.substr(first, at - first);
    };
    const std::string_view x = digits(a, i), y = digits(b, j);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  return a.size() - i < b.size() - j;
}

}  // namespace

Checked<Relation> Binder::on_project_reorder(const syntax::ProjectReorderOperator& op,
                                             Relation input) {
  ColumnList list;
  std::set<plan::ColumnId> taken;
  for (const syntax::SortKey& key : op.items) {
    const Expression& item = *key.value;
    Columns group;
    if (item.kind == ExpressionKind::wildcard) {
      for (const plan::Column& column : input.columns)
        if (!column.hidden && native::matches_wildcard(item.text, column.name))
          group.push_back(column);
      if (key.ascending)
        std::sort(group.begin(), group.end(), [&](const plan::Column& a, const plan::Column& b) {
          const auto before = [&](const std::string& x, const std::string& y) {
            return key.by_number ? before_by_number(x, y) : x < y;
          };
          return *key.ascending ? before(a.name, b.name) : before(b.name, a.name);
        });
    } else {
      group.push_back(*VEDETTE_TRY(find_column(input.columns, item.text, item.span, input.open)));
    }
    for (const plan::Column& column : group)
      if (taken.insert(column.id).second) list.add(column, plan::make_column(column), false);
  }
  for (const plan::Column& column : input.columns)
    if (taken.insert(column.id).second) list.add(column, plan::make_column(column), false);
  return finish(std::move(input), std::move(list));
}

Checked<std::vector<std::string>> Binder::name_list(const Expression& expression,
                                                    const Relation& input) {
  (void)input;
  if (expression.kind == ExpressionKind::call && expression.text == "column_names_of" &&
      expression.children.size() == 1)
    return column_names(VEDETTE_TRY(relation(*expression.children.front())));
  const Bound value = VEDETTE_TRY(scalar(expression, {}));
  if (value->kind != plan::ExpressionKind::constant)
    return refuse("KQL204", expression.span, "column names must be known beforehand");
  if (value->type == Type::string) return std::vector<std::string>{value->constant.text};
  std::vector<std::string> names;
  for (const std::string_view element : native::elements_of(value->constant.text))
    if (native::kind_of(element) == native::JsonKind::string)
      names.push_back(native::unescaped(element));
  return names;
}

// Names and patterns, given as columns, strings or dynamic arrays of strings.
Checked<Relation> Binder::on_project_by_names(const syntax::ProjectByNamesOperator& op,
                                              Relation input) {
  ColumnList list;
  std::set<plan::ColumnId> taken;
  const auto take = [&](std::string_view pattern) {
    for (const plan::Column& column : input.columns)
      if (!column.hidden && native::matches_wildcard(pattern, column.name) &&
          taken.insert(column.id).second)
        list.add(column, plan::make_column(column), false);
  };
  for (const auto& item : op.items) {
    if (item->kind == ExpressionKind::name &&
        std::any_of(input.columns.begin(), input.columns.end(),
                    [&](const plan::Column& column) { return column.name == item->text; })) {
      take(item->text);
      continue;
    }
    const std::vector<std::string> patterns = VEDETTE_TRY(name_list(*item, input));
    for (const std::string& pattern : patterns) take(pattern);
  }
  return finish(std::move(input), std::move(list));
}

}  // namespace vedette::kql::bind
