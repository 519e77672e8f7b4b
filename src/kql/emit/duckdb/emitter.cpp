#include "kql/emit/duckdb/emitter.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/functions/function.h"

namespace vedette::kql::emit::duckdb {

std::string name_of_column(plan::ColumnId id) {
  return fmt::format("c{}", id);
}

namespace {

using ScanColumn = std::pair<plan::ColumnId, std::string>;

bool is_bare(const plan::Expression& expression) {
  return expression.kind == plan::ExpressionKind::column;
}

// A column that holds nothing in any row. Over all tables there are ten thousand of these; they
// cost memory in every operator that they pass through, so they are named again above it instead.
bool is_blank(const std::string& sql) {
  return sql == "''" || sql.starts_with("CAST(NULL AS ");
}

bool has_subquery(const plan::Expression& expression) {
  if (expression.node) return true;
  for (const auto& argument : expression.arguments)
    if (has_subquery(*argument)) return true;
  return false;
}

}  // namespace

std::string Emitter::emit(const plan::Plan& plan) {
  if (!plain_) kept_.read(plan);
  Needed needed;
  for (const plan::Column& column : plan.columns) needed.insert(column.id);
  collect(plan.order, needed);
  const Select select = node(*plan.node, needed);
  std::string body = "SELECT ";
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const plan::Column& column = plan.columns[i];
    const auto found = select.cells.find(column.id);
    std::string cell = found == select.cells.end()
                           ? fmt::format("CAST(NULL AS {})", sql_type(column.type))
                           : found->second.sql;
    const bool blank = is_blank(cell);  // Engine knows it by its name
    if (blank) cell = "CAST(NULL AS BOOLEAN)";
    if (!blank && (column.type == Type::guid || column.type == Type::decimal))
      cell = fmt::format("CAST({} AS VARCHAR)", cell);
    body += fmt::format("{}{} AS {}{}", i > 0 ? ", " : "", cell, blank ? "n" : "r", i);
  }
  if (plan.columns.empty()) body += "1 AS r0";
  if (!select.from.empty()) body += " FROM " + select.from;
  for (std::size_t i = 0; i < select.where.size(); ++i)
    body += (i == 0 ? " WHERE " : " AND ") + select.where[i];
  if (!plan.order.empty()) body += " ORDER BY " + order_by(plan.order, select);

  // Shared rows: a later one may read an earlier one, so the latest is written first and stands
  // last.
  std::string with;
  while (!shared_inputs_.empty()) {
    const auto last = std::prev(shared_inputs_.end());
    const std::uint32_t number = last->first;
    const plan::Node* input = last->second;
    shared_inputs_.erase(last);
    const Needed wanted = shared_needs_[number];
    const Select rows = node(*input, wanted);
    // Before those that were written already: it may be read by them.
    with.insert(0, fmt::format("m{} AS MATERIALIZED ({}){}", number, text(rows, wanted),
                               with.empty() ? "" : ", "));
  }
  return with.empty() ? body : "WITH " + with + " " + body;
}

Emitter::Select Emitter::node(const plan::Node& node, const Needed& needed) {
  // Only these hand a kept path on; above others it is taken from the column.
  const bool passes_paths = std::holds_alternative<plan::ScanNode>(node.body) ||
                            std::holds_alternative<plan::FilterNode>(node.body) ||
                            std::holds_alternative<plan::ProjectNode>(node.body) ||
                            std::holds_alternative<plan::LimitNode>(node.body);
  Needed wanted;
  for (const plan::ColumnId id : needed) {
    const auto* path = passes_paths ? nullptr : kept_.path(id);
    wanted.insert(path == nullptr ? id : path->base);
  }
  Select select = fused(node, wanted);
  for (const plan::ColumnId id : needed) {
    const auto* path = passes_paths ? nullptr : kept_.path(id);
    const auto base = path == nullptr ? select.cells.end() : select.cells.find(path->base);
    if (base != select.cells.end())
      select.cells[id] = {sql_of_path(base->second.sql, path->type, path->path), Weight::computed};
  }
  return plain_ ? seal(select, needed, true) : select;
}

Emitter::Select Emitter::fused(const plan::Node& node, const Needed& needed) {
  const plan::ColumnTimes times = std::exchange(times_, {});
  return std::visit(
      [&](const auto& body) -> Select {
        using T = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<T, plan::UnitNode>)
          return Select{};
        else if constexpr (std::is_same_v<T, plan::ScanNode>)
          return scan(body, needed, times);
        else if constexpr (std::is_same_v<T, plan::ValuesNode>)
          return values(body, needed);
        else if constexpr (std::is_same_v<T, plan::RangeNode>)
          return range(body);
        else if constexpr (std::is_same_v<T, plan::ExternalNode>)
          return external(body, needed);
        else if constexpr (std::is_same_v<T, plan::ProjectNode>)
          return project(body, needed, times);
        else if constexpr (std::is_same_v<T, plan::FilterNode>)
          return filter(body, needed, times);
        else if constexpr (std::is_same_v<T, plan::AggregateNode>)
          return aggregate(body, needed);
        else if constexpr (std::is_same_v<T, plan::JoinNode>)
          return join(body, needed);
        else if constexpr (std::is_same_v<T, plan::UnionNode>)
          return union_all(body, needed, times);
        else if constexpr (std::is_same_v<T, plan::LimitNode>)
          return limit(body, needed);
        else if constexpr (std::is_same_v<T, plan::DistinctOnNode>)
          return distinct_on(body, needed);
        else if constexpr (std::is_same_v<T, plan::ExpandNode>)
          return expand(body, needed);
        else if constexpr (std::is_same_v<T, plan::ApplyNode>)
          return apply(body, needed);
        else if constexpr (std::is_same_v<T, plan::SequenceNode>)
          return sequence(body, needed);
        else
          return shared(body, needed);
      },
      node.body);
}

std::string Emitter::text(const Select& select, const Needed& needed) const {
  std::string out = "SELECT ";
  bool first = true;
  for (const plan::ColumnId id : needed) {
    const auto found = select.cells.find(id);
    if (found == select.cells.end()) continue;
    const std::string name = name_of_column(id);
    if (!first) out += ", ";
    first = false;
    out += found->second.sql == name ? name : found->second.sql + " AS " + name;
  }
  if (first) out += "1 AS c0";
  if (!select.from.empty()) out += " FROM " + select.from;
  for (std::size_t i = 0; i < select.where.size(); ++i)
    out += (i == 0 ? " WHERE " : " AND ") + select.where[i];
  return out;
}

// What stands outside of a select in parentheses: names of what is `inside`, and blank constants.
Emitter::Select Emitter::outside_of(const Select& select, const Needed& needed, bool named,
                                    Needed& inside) const {
  Select outside;
  for (const plan::ColumnId id : needed) {
    const auto found = select.cells.find(id);
    if (found == select.cells.end()) continue;
    if (!named && is_blank(found->second.sql)) {
      outside.cells[id] = found->second;
      continue;
    }
    inside.insert(id);
    outside.cells[id] = {name_of_column(id), Weight::trivial};
  }
  return outside;
}

Emitter::Select Emitter::seal(const Select& select, const Needed& needed, bool named) {
  Needed inside;
  Select sealed = outside_of(select, needed, named, inside);
  sealed.from = fmt::format("({}) AS {}", text(select, inside), alias());
  return sealed;
}

bool Emitter::needs_seal(const Select& select, const Needed& used) const {
  for (const plan::ColumnId id : used) {
    const auto found = select.cells.find(id);
    if (found != select.cells.end() && found->second.weight != Weight::trivial) return true;
  }
  return false;
}

Emitter::Select Emitter::plain(const Select& select, const Needed& used, const Needed& kept) {
  return needs_seal(select, used) ? seal(select, kept) : select;
}

Emitter::Select Emitter::scan(const plan::ScanNode& scan, const Needed& needed,
                              const plan::ColumnTimes& times) {
  const TimeBounds bounds = plan::bounds_of(scan, times);
  Select select;
  std::vector<WantedColumn> columns;
  for (std::size_t i = 0; i < scan.columns.size(); ++i) {
    const auto& [id, name] = scan.columns[i];
    if (!plain_ && !needed.contains(id)) continue;
    columns.push_back({name, scan.types[i], name_of_column(id), nullptr});
    select.cells[id] = {name_of_column(id), Weight::trivial};
  }
  for (const plan::ColumnId id : needed) {
    const auto* path = kept_.path(id);
    if (path == nullptr) continue;
    const auto base = std::ranges::find(scan.columns, path->base, &ScanColumn::first);
    if (base == scan.columns.end()) continue;
    columns.push_back({base->second, path->type, name_of_column(id), &path->path});
    select.cells[id] = {name_of_column(id), Weight::trivial};
  }
  if (storage_.has_rows(scan.table, bounds)) {
    select.from = fmt::format("({}) AS {}", storage_.rows(scan.table, columns, bounds), alias());
    return select;
  }
  std::string list;
  for (const WantedColumn& column : columns)
    list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ",
                        column.type == Type::string && column.path == nullptr
                            ? "''"
                            : fmt::format("CAST(NULL AS {})", sql_type(column.type)),
                        column.alias);
  if (list.empty()) list = "1 AS c0";
  select.from = fmt::format("(SELECT {} WHERE false) AS {}", list, alias());
  return select;
}

Emitter::Select Emitter::values(const plan::ValuesNode& values, const Needed& needed) {
  Select select;
  std::string list;
  std::string names;
  for (std::size_t i = 0; i < values.ids.size(); ++i) {
    const std::string name = name_of_column(values.ids[i]);
    if (needed.contains(values.ids[i]) || values.rows.empty())
      list +=
          fmt::format("{}CAST({} AS {}) AS {}", list.empty() ? "" : ", ",
                      values.rows.empty() ? "NULL" : "v" + name, sql_type(values.types[i]), name);
    names += fmt::format("{}v{}", names.empty() ? "" : ", ", name);
    if (needed.contains(values.ids[i])) select.cells[values.ids[i]] = {name, Weight::trivial};
  }
  if (list.empty()) list = "1 AS c0";
  if (values.rows.empty()) {
    select.from = fmt::format("(SELECT {} WHERE false) AS {}", list, alias());
    return select;
  }
  std::string rows;
  const Select nothing;
  for (const auto& row : values.rows) {
    rows += rows.empty() ? "(" : ", (";
    for (std::size_t i = 0; i < row.size(); ++i)
      rows += (i > 0 ? ", " : "") + expression(*row[i], nothing);
    rows += ")";
  }
  select.from = fmt::format("(SELECT {} FROM (VALUES {}) AS {}({})) AS {}", list, rows, alias(),
                            names, alias());
  return select;
}

// Counts from 0 and computes the value, so that the number of rows is known and bounded first.
Emitter::Select Emitter::range(const plan::RangeNode& range) {
  const Select nothing;
  const bool real = range.type == Type::real;
  const std::string from = expression(*range.from, nothing);
  const std::string step = expression(*range.step, nothing);
  const std::string count = fmt::format("kql_range_rows{}({}, {}, {})", real ? "_real" : "", from,
                                        expression(*range.to, nothing), step);
  const bool constant =
      !has_subquery(*range.from) && !has_subquery(*range.to) && !has_subquery(*range.step);
  const std::string counter = alias();
  std::string value = fmt::format("CAST({} + CAST({}.i AS {}) * {} AS {})", from, counter,
                                  real ? "DOUBLE" : "BIGINT", step, sql_type(range.type));
  Select select;
  if (constant) {
    select.from = fmt::format("(SELECT {} AS c{} FROM range({}) AS {}(i)) AS {}", value, range.id,
                              count, counter, alias());
  } else {
    select.from = fmt::format(
        "(SELECT {} AS c{} FROM (SELECT unnest(range(kql_bounded_rows({}))) AS i) AS {}) AS {}",
        value, range.id, count, counter, alias());
  }
  select.cells[range.id] = {name_of_column(range.id), Weight::trivial};
  return select;
}

std::optional<plan::ColumnId> Emitter::path_below(plan::ColumnId id,
                                                  const plan::ProjectNode& project) {
  const auto* path = kept_.path(id);
  if (path == nullptr) return std::nullopt;
  const auto item = std::ranges::find(project.items, path->base, &plan::Assignment::first);
  return item == project.items.end() ? std::nullopt : kept_.below(*path, *item->second);
}

Emitter::Select Emitter::project(const plan::ProjectNode& project, const Needed& needed,
                                 const plan::ColumnTimes& times) {
  Needed below, used;
  bool subqueries = false;
  bool windows = false;
  std::vector<std::pair<plan::ColumnId, plan::ColumnId>> paths;  // here and below
  for (const plan::ColumnId id : needed)
    if (const auto lower = path_below(id, project)) paths.emplace_back(id, *lower);
  for (const auto& [id, lower] : paths) below.insert(lower);
  for (const auto& [id, value] : project.items) {
    if (!needed.contains(id)) continue;
    collect(*value, below);
    if (!is_bare(*value)) collect(*value, used);
    subqueries = subqueries || has_subquery(*value);
    windows = windows || plan::contains_window(*value);
  }
  times_ = plan::below(project, times);
  Select input = node(*project.input, below);
  bool sealed = needs_seal(input, used) || (windows && input.has_window);
  // A sub-query reads columns of this one by their generated names, so they must have those names
  // here.
  if (subqueries)
    for (const plan::ColumnId id : used)
      if (const auto found = input.cells.find(id); found != input.cells.end())
        sealed = sealed || found->second.sql != name_of_column(id);
  if (sealed) input = seal(input, below, subqueries);
  std::map<plan::ColumnId, Cell> cells;
  for (const auto& [id, lower] : paths)
    if (const auto found = input.cells.find(lower); found != input.cells.end())
      cells[id] = found->second;
  for (const auto& [id, value] : project.items) {
    if (!needed.contains(id)) continue;
    if (is_bare(*value)) {
      const auto found = input.cells.find(value->column);
      cells[id] = found != input.cells.end() ? found->second
                                             : Cell{name_of_column(value->column), Weight::trivial};
      continue;
    }
    const bool window = plan::contains_window(*value);
    const bool literal = value->kind == plan::ExpressionKind::constant;
    cells[id] = {expression(*value, input), window    ? Weight::window
                                            : literal ? Weight::trivial
                                                      : Weight::computed};
  }
  for (const auto& [id, cell] : cells)
    input.has_window = input.has_window || cell.weight == Weight::window;
  input.cells = std::move(cells);
  return input;
}

Emitter::Select Emitter::filter(const plan::FilterNode& filter, const Needed& needed,
                                const plan::ColumnTimes& times) {
  Needed below = needed;
  Needed used;
  collect(*filter.predicate, used);
  below.insert(used.begin(), used.end());
  times_ = times;
  if (!plain_) plan::narrow(times_, *filter.predicate);
  Select input = node(*filter.input, below);
  bool sealed = needs_seal(input, used) || input.has_window;
  if (has_subquery(*filter.predicate))
    for (const plan::ColumnId id : used)
      if (const auto found = input.cells.find(id); found != input.cells.end())
        sealed = sealed || found->second.sql != name_of_column(id);
  if (sealed) input = seal(input, below, has_subquery(*filter.predicate));
  input.where.push_back(expression(*filter.predicate, input));
  return input;
}

Emitter::Select Emitter::aggregate(const plan::AggregateNode& aggregate, const Needed& needed) {
  Needed below;
  bool any = false;
  for (const auto& [id, value] : aggregate.aggregates) any = any || needed.contains(id);
  std::vector<const plan::Assignment*> wanted;
  for (const plan::Assignment& item : aggregate.aggregates)
    if (needed.contains(item.first)) wanted.push_back(&item);
  // Without keys one row comes out even if nobody looks at its columns.
  if (wanted.empty() && aggregate.keys.empty() && !aggregate.aggregates.empty())
    wanted.push_back(&aggregate.aggregates.front());
  for (const auto& [id, value] : aggregate.keys) collect(*value, below);
  for (const plan::Assignment* item : wanted) collect(*item->second, below);
  Select input = plain(node(*aggregate.input, below), below, below);
  if (input.has_window) input = seal(input, below);
  Needed with_keys = below;
  bool computed = false;
  for (const auto& [id, value] : aggregate.keys) {
    with_keys.insert(id);
    const std::string sql = expression(*value, input);
    const bool plain_name = is_bare(*value) && input.cells.contains(value->column) &&
                            input.cells.at(value->column).sql == name_of_column(value->column);
    if (plain_name && id == value->column) continue;
    input.cells[id] = {sql, Weight::computed};
    computed = true;
  }
  if (computed) input = seal(input, with_keys, true);
  std::string list;
  std::string group;
  Select result;
  for (const auto& [id, value] : aggregate.keys) {
    const std::string name = name_of_column(id);
    list += (list.empty() ? "" : ", ") + name;
    group += (group.empty() ? " GROUP BY " : ", ") + name;
    result.cells[id] = {name, Weight::trivial};
  }
  for (const plan::Assignment* item : wanted) {
    list += fmt::format("{}{} AS c{}", list.empty() ? "" : ", ", expression(*item->second, input),
                        item->first);
    result.cells[item->first] = {name_of_column(item->first), Weight::trivial};
  }
  std::string body = "SELECT " + (list.empty() ? "1 AS c0" : list);
  if (!input.from.empty()) body += " FROM " + input.from;
  for (std::size_t i = 0; i < input.where.size(); ++i)
    body += (i == 0 ? " WHERE " : " AND ") + input.where[i];
  result.from = fmt::format("({}{}) AS {}", body, group, alias());
  return result;
}

Emitter::Select Emitter::join(const plan::JoinNode& join, const Needed& needed) {
  using plan::JoinKind;
  Needed below = needed;
  for (const auto& [a, b] : join.keys) {
    collect(*a, below);
    collect(*b, below);
  }
  if (join.condition) collect(*join.condition, below);
  Select left = seal(node(*join.left, below), below);
  Select right = seal(node(*join.right, below), below);
  std::string_view word = "JOIN";
  bool swapped = false;
  switch (join.kind) {
    case JoinKind::inner:
      break;
    case JoinKind::left_outer:
      word = "LEFT JOIN";
      break;
    case JoinKind::right_outer:
      word = "RIGHT JOIN";
      break;
    case JoinKind::full_outer:
      word = "FULL JOIN";
      break;
    case JoinKind::right_semi:
      swapped = true;
      [[fallthrough]];
    case JoinKind::left_semi:
      word = "SEMI JOIN";
      break;
    case JoinKind::right_anti:
      swapped = true;
      [[fallthrough]];
    case JoinKind::left_anti:
      word = "ANTI JOIN";
      break;
  }
  std::string on;
  for (const auto& [a, b] : join.keys)
    on += fmt::format("{}{} = {}", on.empty() ? "" : " AND ", expression(*a, left),
                      expression(*b, right));
  Select result;
  const bool one_side = join.kind >= JoinKind::left_semi;
  if (!swapped || !one_side) result.cells = left.cells;
  if (swapped) result.cells = right.cells;
  if (!one_side) result.cells.insert(right.cells.begin(), right.cells.end());
  if (join.condition) {
    Select both;  // the condition sees both sides, also where only one of them comes out
    both.cells = left.cells;
    both.cells.insert(right.cells.begin(), right.cells.end());
    on += (on.empty() ? "" : " AND ") + expression(*join.condition, both);
  }
  if (on.empty()) on = "true";
  const std::string& first = swapped ? right.from : left.from;
  const std::string& second = swapped ? left.from : right.from;
  result.from = fmt::format("{} {} {} ON {}", first, word, second, on);
  return result;
}

bool Emitter::is_empty(const plan::Node& node) const {
  const plan::Node* at = &node;
  while (true) {
    if (const auto* scan = std::get_if<plan::ScanNode>(&at->body))
      return !storage_.has_rows(scan->table, {});
    if (const auto* filter = std::get_if<plan::FilterNode>(&at->body)) {
      at = filter->input.get();
    } else if (const auto* project = std::get_if<plan::ProjectNode>(&at->body)) {
      at = project->input.get();
    } else if (const auto* limit = std::get_if<plan::LimitNode>(&at->body)) {
      at = limit->input.get();
    } else {
      return false;
    }
  }
}

Emitter::Select Emitter::union_all(const plan::UnionNode& node, const Needed& needed,
                                   const plan::ColumnTimes& times) {
  std::string body;
  Select result;
  // Over all tables there are thousands of columns; those that no table with rows has are null once
  // and not in every branch.
  Needed filled;
  for (const plan::UnionNode::Branch& branch : node.branches)
    if (!is_empty(*branch.node))
      for (const auto& [id, value] : branch.values) filled.insert(id);
  for (std::size_t i = 0; i < node.ids.size(); ++i)
    if (needed.contains(node.ids[i]) && !filled.contains(node.ids[i]))
      result.cells[node.ids[i]] = {constant(Constant::null(node.types[i])), Weight::trivial};
  for (std::size_t b = 0; b < node.branches.size(); ++b) {
    const plan::UnionNode::Branch& branch = node.branches[b];
    // One of the empty ones stays when nothing else is left, for the columns.
    if (is_empty(*branch.node) && !(body.empty() && b + 1 == node.branches.size())) continue;
    Needed below, used;
    for (const auto& [id, value] : branch.values) {
      if (!needed.contains(id) || !filled.contains(id)) continue;
      collect(*value, below);
      if (!is_bare(*value)) collect(*value, used);
    }
    times_ = plan::below(branch, times);
    const Select input = plain(this->node(*branch.node, below), used, below);
    std::string list;
    for (std::size_t i = 0; i < node.ids.size(); ++i) {
      const plan::ColumnId id = node.ids[i];
      if (!needed.contains(id) || !filled.contains(id)) continue;
      const auto value = branch.values.find(id);
      list += fmt::format("{}{} AS c{}", list.empty() ? "" : ", ",
                          value == branch.values.end() ? constant(Constant::null(node.types[i]))
                                                       : expression(*value->second, input),
                          id);
      result.cells[id] = {name_of_column(id), Weight::trivial};
    }
    body += (body.empty() ? "SELECT " : " UNION ALL SELECT ") + (list.empty() ? "1 AS c0" : list);
    if (!input.from.empty()) body += " FROM " + input.from;
    for (std::size_t i = 0; i < input.where.size(); ++i)
      body += (i == 0 ? " WHERE " : " AND ") + input.where[i];
  }
  result.from = fmt::format("({}) AS {}", body, alias());
  return result;
}

Emitter::Select Emitter::limit(const plan::LimitNode& limit, const Needed& needed) {
  Needed below = needed;
  collect(limit.order, below);
  Select input = node(*limit.input, below);
  keep_newest_times(limit, below, input);
  Needed inside;
  Select result = outside_of(input, below, false, inside);
  std::string body = text(input, inside);
  if (!limit.order.empty()) body += " ORDER BY " + order_by(limit.order, input);
  const Select nothing;
  body += " LIMIT " + expression(*limit.count, nothing);
  result.from = fmt::format("({}) AS {}", body, alias());
  return result;
}

Emitter::Select Emitter::distinct_on(const plan::DistinctOnNode& distinct, const Needed& needed) {
  Needed below = needed;
  for (const plan::ExpressionPtr& key : distinct.keys) collect(*key, below);
  collect(distinct.order, below);
  Select input = seal(node(*distinct.input, below), below, true);
  std::string keys;
  for (const plan::ExpressionPtr& key : distinct.keys)
    keys += (keys.empty() ? "" : ", ") + expression(*key, input);
  std::string body = text(input, below);
  body.insert(7, fmt::format("DISTINCT ON ({}) ", keys));
  if (!distinct.order.empty()) body += fmt::format(" ORDER BY {}", order_by(distinct.order, input));
  Select result;
  result.from = fmt::format("({}) AS {}", body, alias());
  result.cells = input.cells;
  return result;
}

Emitter::Select Emitter::apply(const plan::ApplyNode& apply, const Needed& needed) {
  Needed outside = needed;
  collect(*apply.body, outside);
  Select outer = seal(node(*apply.input, outside), outside, true);
  Needed inside;
  for (const plan::ColumnId id : needed)
    if (!outer.cells.contains(id)) inside.insert(id);
  const Select inner = node(*apply.body, inside);
  Select result;
  result.cells = outer.cells;
  for (const plan::ColumnId id : inside)
    if (inner.cells.contains(id)) result.cells[id] = {name_of_column(id), Weight::trivial};
  result.from = fmt::format("{}, LATERAL ({}) AS {}", outer.from, text(inner, inside), alias());
  return result;
}

Emitter::Select Emitter::shared(const plan::SharedNode& shared, const Needed& needed) {
  shared_inputs_[shared.number] = shared.input.get();
  std::set<plan::ColumnId>& wanted = shared_needs_[shared.number];
  std::string list;
  Select result;
  for (const auto& [id, inner] : shared.columns) {
    if (!needed.contains(id)) continue;
    wanted.insert(inner);
    list += fmt::format("{}c{} AS c{}", list.empty() ? "" : ", ", inner, id);
    result.cells[id] = {name_of_column(id), Weight::trivial};
  }
  result.from = fmt::format("(SELECT {} FROM m{}) AS {}", list.empty() ? "1 AS c0" : list,
                            shared.number, alias());
  return result;
}

}  // namespace vedette::kql::emit::duckdb
