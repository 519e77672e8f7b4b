// The newest rows of one table: their times are looked for first, in one column, and only rows of
// these times are read whole. A page of logs has a hundred columns, of which all rows of a day
// would be read.
#include <algorithm>

#include "fmt/format.h"
#include "kql/emit/duckdb/emitter.h"

namespace vedette::kql::emit::duckdb {

namespace {

// Beyond, the times are most of the work.
constexpr std::int64_t rows_max = 10'000;
// A look at the times must cost much less than reading the rows.
constexpr std::size_t columns_times = 4;

// What lies between a limit and its table.
struct Way {
  std::vector<const plan::Expression*> predicates;
  bool is_bounded = false;  // in time: then no time is null
};

bool has_query(const plan::Expression& expression) {
  return expression.node || std::ranges::any_of(expression.arguments, [](const auto& argument) {
           return has_query(*argument);
         });
}

// It says the same of a row when it is asked again.
bool is_simple(const plan::Expression& expression) {
  return !has_query(expression) && !plan::contains_window(expression) &&
         !plan::contains_volatile(expression);
}

// Nothing where `key` is not the time of one table's own rows.
std::optional<Way> way_to_table(const plan::Node& node, plan::ColumnId key) {
  Way way;
  plan::ColumnTimes times;
  for (const plan::Node* at = &node;;) {
    if (const auto* scan = std::get_if<plan::ScanNode>(&at->body)) {
      const auto column =
          std::ranges::find(scan->columns, key, &decltype(scan->columns)::value_type::first);
      if (column == scan->columns.end() || column->second != "TimeGenerated") return std::nullopt;
      way.is_bounded = plan::bounds_of(*scan, times) != TimeBounds{};
      return way;
    }
    if (const auto* filter = std::get_if<plan::FilterNode>(&at->body)) {
      if (!is_simple(*filter->predicate)) return std::nullopt;
      plan::narrow(times, *filter->predicate);
      way.predicates.push_back(filter->predicate.get());
      at = filter->input.get();
    } else if (const auto* project = std::get_if<plan::ProjectNode>(&at->body)) {
      if (std::ranges::any_of(project->items,
                              [](const auto& item) { return !is_simple(*item.second); }))
        return std::nullopt;
      const auto item = std::ranges::find(project->items, key, &plan::Assignment::first);
      if (item == project->items.end() || item->second->kind != plan::ExpressionKind::column)
        return std::nullopt;
      key = item->second->column;
      times = plan::below(*project, times);
      at = project->input.get();
    } else {
      return std::nullopt;
    }
  }
}

bool is_few(const plan::Expression& count) {
  return count.kind == plan::ExpressionKind::constant && !count.constant.is_null &&
         count.constant.integer > 0 && count.constant.integer <= rows_max;
}

}  // namespace

// Filters say of the rows what they say of the times, so that the rows of the newest times are all
// that the limit may take, and perhaps more of the last of these times.
void Emitter::keep_newest_times(const plan::LimitNode& limit, const Needed& below, Select& rows) {
  if (plain_ || limit.order.empty() || !is_few(*limit.count)) return;
  const plan::SortKey& first = limit.order.front();
  if (first.ascending || first.nulls_first || first.value->kind != plan::ExpressionKind::column ||
      first.value->type != Type::datetime)
    return;
  const plan::ColumnId key = first.value->column;
  const auto cell = rows.cells.find(key);
  if (cell == rows.cells.end() || cell->second.weight != Weight::trivial) return;
  const auto way = way_to_table(*limit.input, key);
  if (!way || !way->is_bounded) return;
  Needed looked_at{key};
  for (const plan::Expression* predicate : way->predicates) collect(*predicate, looked_at);
  if (looked_at.size() * columns_times > below.size()) return;
  const Select times = node(*limit.input, {key});
  const Select nothing;
  rows.where.push_back(fmt::format("{} IN (SELECT {} FROM ({}) AS {} ORDER BY 1 DESC LIMIT {})",
                                   cell->second.sql, name_of_column(key), text(times, {key}),
                                   alias(), expression(*limit.count, nothing)));
}

}  // namespace vedette::kql::emit::duckdb
