#include "app/retro_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/store_question.h"
#include "kql/result/sink.h"

namespace vedette::app {
namespace {

using base::Result;
using base::Timestamp;
using intel::RowRole;

struct TableColumn {
  std::string name;
  bool is_text = false;  // or JSON
  bool is_json = false;
};

class ColumnsSink final : public kql::result::Sink {
 public:
  void begin(const std::vector<kql::plan::Column>& columns) override {
    for (const auto& each : columns) {
      const bool is_json = each.type == kql::Type::dynamic;
      columns_.push_back({each.name, is_json || each.type == kql::Type::string, is_json});
    }
  }
  void row(std::span<const kql::result::Cell> /*cells*/) override {}
  void end(const kql::result::Ending& /*ending*/) override {}
  [[nodiscard]] const std::vector<TableColumn>& columns() const { return columns_; }

 private:
  std::vector<TableColumn> columns_;
};

// Of columns and tables only: they hold no quotes.
std::string quoted(const std::string& name) {
  return "['" + name + "']";
}

std::string value_of(const TableColumn& column, const intel::ObservedColumn& observed) {
  const std::string name = quoted(column.name);
  if (observed.members.empty()) return column.is_json ? fmt::format("tostring({})", name) : name;
  std::string path = column.is_json ? name : fmt::format("parse_json({})", name);
  for (const auto& member : observed.members) path += quoted(member);
  return fmt::format("tostring({})", path);
}

// Those of a role's columns that the table has, in the role's order.
std::vector<std::string> columns_of(RowRole role, const std::vector<TableColumn>& columns) {
  std::vector<std::string> found;
  for (const auto& wanted : intel::observed_columns().role(role))
    for (const auto& column : columns)
      if (intel::ObservedColumns::plain_name(column.name) == wanted) found.push_back(column.name);
  return found;
}

// The first that says something.
std::string first_of(RowRole role, const std::vector<TableColumn>& columns) {
  std::string text = "''";
  const auto names = columns_of(role, columns);
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const std::string here = fmt::format("tostring({})", quoted(*name));
    text = text == "''" ? here : fmt::format("iff(isnotempty({0}), {0}, {1})", here, text);
  }
  return text;
}

std::string all_of(RowRole role, const std::vector<TableColumn>& columns) {
  std::string text = "strcat('', ''";
  for (const auto& name : columns_of(role, columns))
    text += fmt::format(", ' ', tostring({})", quoted(name));
  return text + ")";
}

// As rows that arrive are judged (Row::outcome of intel/row_matcher.cpp).
void add_outcomes(RetroPlace& place, const std::vector<TableColumn>& columns) {
  place.succeeded = place.failed = place.blocked = "false";
  if (place.table == intel::windows_log_table) {
    place.succeeded = "EventID == 4624";
    place.failed = "EventID == 4625";
  } else if (intel::has_log_ins(place.table)) {
    const std::string result = first_of(RowRole::result, columns);
    place.succeeded = fmt::format("{} in~ ('0', 'Success')", result);
    place.failed = fmt::format("isnotempty({0}) and {0} !in~ ('0', 'Success')", result);
    return;
  }
  std::string words;
  for (const auto& word : intel::observed_columns().blocked())
    words += (words.empty() ? "'" : ", '") + word + "'";
  place.blocked = fmt::format("{} in~ ({})", first_of(RowRole::action, columns), words);
}

std::string count_of(const std::vector<TableColumn>& columns) {
  const std::string text = first_of(RowRole::count, columns);
  return text == "''" ? "1" : fmt::format("iff(tolong({0}) > 1, tolong({0}), 1)", text);
}

std::string of_days(const RetroPlace& place, int days) {
  return fmt::format(
      "{} | where TimeGenerated > ago({}d) and _TimeReceived <= now() and "
      "isnotempty({})",
      quoted(place.table), days, place.value);
}

std::string sums(const RetroPlace& place) {
  const auto sum_if = [&](const std::string& condition) {
    return fmt::format("sum(iff({}, {}, 0))", condition, place.count);
  };
  return fmt::format(
      "summarize C = sum({}), F = min(TimeGenerated), L = max(TimeGenerated), S = {}, X = {}, "
      "B = {}, A = take_any({}), H = take_any({}) by V = {}",
      place.count, sum_if(place.succeeded), sum_if(place.failed), sum_if(place.blocked),
      place.account, place.host, place.value);
}

}  // namespace

Result<std::vector<RetroPlace>> retro_places(store::duckdb::SegmentStore& store,
                                             const std::string& table, Timestamp now,
                                             const std::stop_token& stop) {
  ColumnsSink sink;
  VEDETTE_TRY_VOID(ask_store(store, quoted(table) + " | take 0", now, stop, sink));
  const auto& columns = sink.columns();
  std::vector<RetroPlace> places;
  for (const auto& column : columns) {
    if (!column.is_text) continue;
    for (const auto& observed : intel::observed_columns().of(table, column.name)) {
      RetroPlace place{table, column.name, observed, value_of(column, observed)};
      place.count = count_of(columns);
      place.account = first_of(RowRole::account, columns);
      place.host = first_of(RowRole::host, columns);
      place.source_port = first_of(RowRole::source_port, columns);
      place.destination_port = first_of(RowRole::destination_port, columns);
      place.protocols = all_of(RowRole::protocol, columns);
      add_outcomes(place, columns);
      places.push_back(std::move(place));
    }
  }
  return places;
}

std::string values_question(const RetroPlace& place, int days, std::size_t part,
                            std::size_t parts) {
  std::string query = of_days(place, days);
  if (parts > 1) query += fmt::format(" | where hash({}, {}) == {}", place.value, parts, part);
  return query + " | " + sums(place) + " | project V, C, F, L, S, X, B, A, H";
}

std::string traffic_question(const RetroPlace& place, int days) {
  return fmt::format(
      "declare query_parameters(wanted:string = '');\n{} | where {} == wanted | {}, P = {}, Q = "
      "{}, "
      "R = {} | project V, C, F, L, S, X, B, A, H, P, Q, R",
      of_days(place, days), place.value, sums(place), place.source_port, place.destination_port,
      place.protocols);
}

std::string rows_question(const RetroPlace& place, Timestamp from, Timestamp until) {
  const auto counted = [&](const std::string& condition) {
    return fmt::format("iff({}, {}, 0)", condition, place.count);
  };
  return fmt::format(
      "{} | where TimeGenerated > datetime({}) and TimeGenerated <= datetime({}) and "
      "_TimeReceived <= now() and isnotempty({}) | project V = {}, C = {}, F = TimeGenerated, "
      "L = TimeGenerated, S = {}, X = {}, B = {}, A = {}, H = {}",
      quoted(place.table), base::format_iso(from), base::format_iso(until), place.value,
      place.value, place.count, counted(place.succeeded), counted(place.failed),
      counted(place.blocked), place.account, place.host);
}

}  // namespace vedette::app
