#include "hunt/test_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "hunt/hunt_limits.h"
#include "kql/moment.h"

namespace vedette::hunt {
namespace {

using base::Result;
using kql::Type;
using yaml::wrong;
using yaml::YamlNode;

constexpr std::size_t rows_shown_max = 5;

// "-2h" before now, or a time.
std::optional<std::int64_t> moment_of(std::string_view text, std::int64_t now_ticks) {
  if (text.starts_with('-'))
    if (const auto span = base::parse_duration(text.substr(1))) return now_ticks - span->ticks;
  return kql::parse_datetime(text);
}

std::string numbered(std::string_view text, std::size_t number) {
  std::string out;
  for (std::size_t at = text.find("{n}"); at != std::string_view::npos; at = text.find("{n}")) {
    out += text.substr(0, at);
    out += std::to_string(number);
    text.remove_prefix(at + 3);
  }
  return out.append(text);
}

using base::Json;

// What YAML would call it: 7, true and null are themselves, everything else is a text. A text that
// is a JSON list or object is that.
Json json_of(const YamlNode& node, std::size_t number) {
  if (node.kind == YamlNode::Kind::list) {
    Json::Array list;
    for (const YamlNode& item : node.items) list.push_back(json_of(item, number));
    return Json(std::move(list));
  }
  if (node.kind == YamlNode::Kind::map) {
    Json::Object object;
    for (std::size_t i = 0; i < node.keys.size(); ++i)
      object.emplace_back(node.keys[i], json_of(node.items[i], number));
    return Json(std::move(object));
  }
  const std::string text = numbered(node.text, number);
  const bool is_tree = text.starts_with('[') || text.starts_with('{');
  if (is_tree || !node.is_quoted)
    if (auto json = base::parse_json(text)) return *std::move(json);
  return Json(text);
}

// One row's repetition.
struct Repeat {
  std::size_t times = 1;
  base::Duration every;
};

Result<Repeat> repeat_of(const YamlNode& row) {
  Repeat repeat;
  if (const YamlNode* times = row.find("_times")) {
    const auto number = base::parse_unsigned(times->text);
    if (!number || *number == 0 || *number > test_row_times_max)
      return wrong(*times, fmt::format("_times is from 1 to {}", test_row_times_max));
    repeat.times = *number;
  }
  if (const YamlNode* every = row.find("_every")) {
    const auto span = base::parse_duration(every->text);
    if (!span) return wrong(*every, "_every is a time such as 10s or 5m");
    repeat.every = *span;
  }
  return repeat;
}

Result<Json> value_of(const kql::CatalogueColumn& column, const YamlNode& node, std::size_t number,
                      std::int64_t now_ticks, base::Duration later) {
  if (column.type == Type::dynamic) return json_of(node, number);
  if (column.type == Type::datetime) {
    const auto moment = moment_of(node.text, now_ticks);
    if (!moment) return wrong(node, "this is a time: -2h (before now) or 2026-06-01T08:00:00Z");
    return Json(kql::format_datetime_full(*moment + later.ticks));
  }
  if (node.kind == YamlNode::Kind::text) return Json(numbered(node.text, number));
  // A text that holds JSON, as some tables have their details.
  return Json(base::format_json(json_of(node, number)));
}

const kql::CatalogueColumn* column_named(const kql::CatalogueTable& table, std::string_view name) {
  const auto found = std::ranges::find(table.columns, name, &kql::CatalogueColumn::name);
  return found == table.columns.end() ? nullptr : &*found;
}

std::unexpected<base::Error> no_column(const YamlNode& node, const kql::CatalogueTable& table,
                                       const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  const std::string_view near = base::nearest(name, names);
  return wrong(node,
               fmt::format("{} has no column {}{}", table.name, base::encode_terminal(name, 60),
                           near.empty() ? "" : fmt::format("; did you mean {}?", near)));
}

// --- the answer ---

bool same_value(const kql::result::Cell& cell, const YamlNode& wanted, std::int64_t now_ticks) {
  if (cell.type == Type::datetime && !cell.is_null)
    return moment_of(wanted.text, now_ticks) == cell.integer;
  if (cell.type == Type::timespan && !cell.is_null)
    return kql::parse_timespan(wanted.text) == cell.integer;
  if (cell.type == Type::real && !cell.is_null && wanted.kind == YamlNode::Kind::text) {
    const auto number = base::parse_json(wanted.text);
    return number && number->number_or(cell.real + 1) == cell.real;
  }
  const std::string text = kql::result::text_of(cell);
  if (wanted.kind == YamlNode::Kind::text) return text == wanted.text;
  const auto parsed = base::parse_json(text);
  return parsed && base::format_json(*parsed) == base::format_json(json_of(wanted, 1));
}

bool matches(const KeptRows& answer, const KeptRows::Row& row, const YamlNode& wanted,
             std::int64_t now_ticks) {
  for (std::size_t i = 0; i < wanted.keys.size(); ++i) {
    const auto column =
        std::ranges::find(answer.columns(), wanted.keys[i], &kql::plan::Column::name);
    if (column == answer.columns().end()) return false;
    const auto& kept = row[static_cast<std::size_t>(column - answer.columns().begin())];
    kql::result::Cell cell = kept.cell;
    cell.text = kept.text;
    if (!same_value(cell, wanted.items[i], now_ticks)) return false;
  }
  return true;
}

}  // namespace

Result<std::string> records_of(const YamlNode& rows, const kql::CatalogueTable& table,
                               std::int64_t now_ticks) {
  std::string records;
  std::size_t count = 0;
  for (const YamlNode& row : rows.items) {
    if (row.kind != YamlNode::Kind::map)
      return wrong(row, "a row is names and values ({TimeGenerated: -1h, ...})");
    const Repeat repeat = VEDETTE_TRY(repeat_of(row));
    count += repeat.times;
    if (count > test_rows_max)
      return wrong(row, fmt::format("a test has at most {} rows", test_rows_max));
    for (std::size_t number = 1; number <= repeat.times; ++number) {
      Json::Object record;
      for (std::size_t i = 0; i < row.keys.size(); ++i) {
        if (row.keys[i] == "_times" || row.keys[i] == "_every") continue;
        const auto* column = column_named(table, row.keys[i]);
        if (column == nullptr) return no_column(row.items[i], table, row.keys[i]);
        const base::Duration later{repeat.every.ticks * static_cast<std::int64_t>(number - 1)};
        record.emplace_back(column->name,
                            VEDETTE_TRY(value_of(*column, row.items[i], number, now_ticks, later)));
      }
      records += base::format_json(Json(std::move(record))) + "\n";
    }
  }
  return records;
}

void KeptRows::begin(const std::vector<kql::plan::Column>& columns) {
  columns_ = columns;
  rows_.clear();
  count_ = 0;
}

void KeptRows::row(std::span<const kql::result::Cell> cells) {
  if (++count_ > remembered_rows_max) return;
  Row& row = rows_.emplace_back();
  for (const kql::result::Cell& cell : cells) row.push_back({cell, std::string(cell.text)});
}

void KeptRows::give_to(kql::result::Sink& sink) const {
  sink.begin(columns_);
  for (const Row& row : rows_) {
    std::vector<kql::result::Cell> cells;
    for (const Kept& kept : row) {
      cells.push_back(kept.cell);
      cells.back().text = kept.text;
    }
    sink.row(cells);
  }
  kql::result::Ending ending = ending_;
  ending.truncated = ending.truncated || count_ > rows_.size();
  sink.end(ending);
}

std::string KeptRows::shown(const Row& row) const {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    kql::result::Cell cell = row[i].cell;
    cell.text = row[i].text;
    const std::string value = kql::result::text_of(cell);
    if (value.empty()) continue;
    text += (text.empty() ? "" : ", ") + base::encode_terminal(columns_[i].name, 100) + ": " +
            base::encode_terminal(value, 200);
  }
  return text;
}

std::string difference_of(const HuntTest& test, const KeptRows& answer) {
  std::vector<bool> is_taken(answer.rows().size(), false);
  std::string text;
  for (const YamlNode& wanted : test.finds) {
    bool is_found = false;
    for (std::size_t i = 0; i < answer.rows().size() && !is_found; ++i) {
      if (is_taken[i] || !matches(answer, answer.rows()[i], wanted, test.now_ticks)) continue;
      is_taken[i] = is_found = true;
    }
    if (!is_found)
      text += fmt::format("  line {}: the row that should be found is not\n", wanted.line);
  }
  const bool has_more = answer.count() > test.finds.size();
  if (has_more)
    text +=
        fmt::format("  {} rows are found, and {} should be\n", answer.count(), test.finds.size());
  if (text.empty()) return text;
  for (std::size_t i = 0, shown = 0; i < answer.rows().size() && shown < rows_shown_max; ++i) {
    if (is_taken[i]) continue;
    text += "    found: " + answer.shown(answer.rows()[i]) + "\n";
    ++shown;
  }
  return text;
}

}  // namespace vedette::hunt
