#include "app/json_rows.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "collect/cloud/page_text.h"
#include "kql/moment.h"

namespace vedette::app {
namespace {

using base::Json;
using base::Result;
using collect::cloud::RemoteTable;
using kql::Type;
using kql::result::Cell;

template <typename Number>
bool number_of(const std::string& text, Number& number) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// A real that is no number comes as "NaN", "Infinity", "-Infinity".
bool real_of(const Json& value, double& real) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::string& text = value.text();
  if (value.as_string() == nullptr) {
    real = value.number_or(std::numeric_limits<double>::quiet_NaN());
    return !std::isnan(real);
  }
  if (text == "NaN") return real = std::numeric_limits<double>::quiet_NaN(), true;
  if (text == "Infinity") return real = infinity, true;
  if (text == "-Infinity") return real = -infinity, true;
  return number_of(text, real);
}

bool integer_of(const Json& value, std::int64_t& integer) {
  if (const auto* number = value.as_integer()) return integer = *number, true;
  return value.as_string() != nullptr && number_of(value.text(), integer);
}

bool ticks_of(std::optional<std::int64_t> ticks, std::int64_t& integer) {
  if (ticks) integer = *ticks;
  return ticks.has_value();
}

std::string dynamic_text(const Json& value, JsonDynamic dynamic) {
  if (value.as_string() == nullptr || dynamic == JsonDynamic::value)
    return base::format_json(value);
  const auto inner = base::parse_json(value.text());
  return base::format_json(inner ? *inner : value);
}

// False: the value is none of that type.
bool fill(const Json& value, JsonDynamic dynamic, Cell& cell, std::string& text) {
  cell.is_null = false;
  switch (cell.type) {
    case Type::boolean:
      if (const auto* yes = value.as_bool()) return cell.boolean = *yes, true;
      return integer_of(value, cell.integer) && (cell.boolean = cell.integer != 0, true);
    case Type::int32:
    case Type::int64:
      return integer_of(value, cell.integer);
    case Type::real:
      return real_of(value, cell.real);
    case Type::datetime:
      return ticks_of(kql::parse_datetime(value.text()), cell.integer);
    case Type::timespan:
      return ticks_of(kql::parse_timespan(value.text()), cell.integer);
    case Type::dynamic:
      text = dynamic_text(value, dynamic);
      break;
    case Type::decimal:
    case Type::guid:
    case Type::string:
      text = value.as_string() != nullptr ? value.text() : base::format_json(value);
      break;
  }
  cell.text = text;
  return true;
}

// One table's way into the sink.
class JsonRows {
 public:
  JsonRows(const RemoteTable& table, JsonDynamic dynamic, kql::result::Sink& sink)
      : table_(table), dynamic_(dynamic), sink_(sink) {
    for (const auto& column : table_.columns) {
      columns_.emplace_back();
      columns_.back().name = column.name;
      columns_.back().type = kql::type_of_name(column.type).value_or(Type::string);
    }
  }

  void give(kql::result::Ending ending) {
    sink_.begin(columns_);
    for (const std::string_view row : table_.rows) give_row(row);
    if (unreadable_rows_ > 0)
      ending.partial.push_back(fmt::format("{} rows could not be read", unreadable_rows_));
    if (unreadable_values_ > 0)
      ending.partial.push_back(
          fmt::format("{} values are none of their column's type, and null", unreadable_values_));
    sink_.end(ending);
  }

 private:
  void give_row(std::string_view row) {
    const auto values = base::parse_json(row);
    const auto* list = values ? values->as_array() : nullptr;
    if (list == nullptr || list->size() != columns_.size()) {
      ++unreadable_rows_;
      return;
    }
    std::vector<Cell> cells(columns_.size());
    std::vector<std::string> texts(columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].type = columns_[i].type;
      cells[i].is_null = cells[i].type != Type::string;
      if ((*list)[i].is_null()) continue;
      if (fill((*list)[i], dynamic_, cells[i], texts[i])) continue;
      cells[i].is_null = true;
      ++unreadable_values_;
    }
    sink_.row(cells);
  }

  const RemoteTable& table_;
  const JsonDynamic dynamic_;
  kql::result::Sink& sink_;
  std::vector<kql::plan::Column> columns_;
  std::size_t unreadable_rows_ = 0, unreadable_values_ = 0;
};

Result<void> give_document(std::string_view document, kql::result::Sink& sink) {
  using namespace collect::cloud;
  const auto members = VEDETTE_TRY(members_of(document));
  RemoteTable table;
  for (const std::string_view element : VEDETTE_TRY(elements_of(member(members, "columns")))) {
    const auto column = VEDETTE_TRY(members_of(element));
    table.columns.push_back({string_of(member(column, "name")).value_or(""),
                             string_of(member(column, "type")).value_or("")});
  }
  table.rows = VEDETTE_TRY(elements_of(member(members, "rows")));
  kql::result::Ending ending;
  ending.truncated = member(members, "truncated") == "true";
  ending.render = string_of(member(members, "render")).value_or("");
  if (const std::string_view options = member(members, "renderOptions"); !options.empty())
    ending.render += " " + std::string(options);
  if (const std::string_view partial = member(members, "partial"); !partial.empty())
    for (const std::string_view each : VEDETTE_TRY(elements_of(partial)))
      ending.partial.push_back(string_of(each).value_or(""));
  give_json_rows(table, JsonDynamic::value, std::move(ending), sink);
  return {};
}

}  // namespace

void give_json_rows(const RemoteTable& table, JsonDynamic dynamic, kql::result::Ending ending,
                    kql::result::Sink& sink) {
  JsonRows(table, dynamic, sink).give(std::move(ending));
}

Result<void> give_own_json(std::string_view text, kql::result::Sink& sink) {
  for (const std::string_view line : base::split(text, '\n'))
    if (!base::trim(line).empty()) VEDETTE_TRY_VOID(give_document(line, sink));
  return {};
}

}  // namespace vedette::app
