#include "normalise/import_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "kql/decimal.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"

namespace vedette::normalise {
namespace {

using kql::Type;

constexpr std::size_t misfits_max = 500;
constexpr std::size_t example_bytes_max = 60;

// The portal's CSV export writes "TimeGenerated [UTC]".
std::string_view plain_name(std::string_view name) {
  if (const std::size_t bracket = name.find(" ["); name.ends_with(']') && bracket != name.npos)
    name = name.substr(0, bracket);
  return base::trim(name);
}

// "8/2/2021, 1:29:25.983 PM", as the portal writes it, or any form that todatetime() reads.
std::optional<std::int64_t> datetime_of(std::string_view text) {
  text = base::trim(text);
  if (const auto ticks = kql::parse_datetime(text)) return ticks;
  const std::size_t comma = text.find(", ");
  if (comma == text.npos || text.size() < comma + 5) return std::nullopt;
  std::string_view clock = text.substr(comma + 2);
  const bool afternoon = clock.ends_with(" PM");
  if (!afternoon && !clock.ends_with(" AM")) return std::nullopt;
  clock.remove_suffix(3);
  const auto day = kql::parse_datetime(text.substr(0, comma));
  const std::size_t colon = clock.find(':');
  if (!day || colon == clock.npos) return std::nullopt;
  const auto hour = base::parse_unsigned(clock.substr(0, colon));
  if (!hour || *hour < 1 || *hour > 12) return std::nullopt;
  const auto time = kql::parse_timespan(
      fmt::format("{:02}{}", *hour % 12 + (afternoon ? 12U : 0U), clock.substr(colon)));
  return time ? std::optional(*day + *time) : std::nullopt;
}

std::optional<bool> boolean_of(std::string_view text) {
  if (base::equals_ignoring_case(text, "true") || text == "1") return true;
  if (base::equals_ignoring_case(text, "false") || text == "0") return false;
  return std::nullopt;
}

std::uint64_t hash_of(const model::CellValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value))
    return base::hash_words(1, static_cast<std::uint64_t>(*integer));
  if (const auto* real = std::get_if<double>(&value))
    return base::hash_words(2, std::bit_cast<std::uint64_t>(*real));
  if (const auto* flag = std::get_if<bool>(&value)) return base::hash_words(3, *flag ? 1 : 0);
  if (const auto* moment = std::get_if<base::Timestamp>(&value))
    return base::hash_words(4, static_cast<std::uint64_t>(moment->ticks));
  if (const auto* span = std::get_if<base::Duration>(&value))
    return base::hash_words(5, static_cast<std::uint64_t>(span->ticks));
  return 0;
}

}  // namespace

RowReader::RowReader(std::string_view name, const kql::CatalogueTable* table, base::Timestamp now)
    : name_(name), table_(table), now_(now) {}

void RowReader::add_json(std::string_view text, model::TableBatch& batch) {
  trouble_.clear();
  const auto json = base::parse_json(text);
  if (!json) return count_unreadable(json.error().message, text);
  const base::Json::Object* members = json->as_object();
  if (members == nullptr) return count_unreadable("no JSON object", text);
  for (const auto& [name, value] : *members) take(name, value);
  finish(batch);
}

void RowReader::set_header(std::vector<std::string> names) {
  header_ = std::move(names);
}

void RowReader::add_fields(const std::vector<std::string>& fields, model::TableBatch& batch) {
  if (fields.size() != header_.size())
    return count_unreadable(
        fmt::format("{} fields where the header has {}", fields.size(), header_.size()),
        fields.empty() ? std::string_view() : fields.front());
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!fields[i].empty()) take(header_[i], base::Json(base::Json::Value(fields[i])));
  finish(batch);
}

void RowReader::add_values(std::span<const std::string> names, std::span<const base::Json> values,
                           model::TableBatch& batch) {
  for (std::size_t i = 0; i < names.size(); ++i) take(names[i], values[i]);
  finish(batch);
}

void RowReader::count_unreadable(std::string reason, std::string_view example) {
  ++unreadable_;
  trouble_ = reason;
  count("rows: " + std::move(reason), example);
  cells_.clear();
}

// The exact name, or the one that differs only in case.
const RowReader::Place& RowReader::place_of(const std::string& name) {
  const auto known = places_.find(name);
  if (known != places_.end()) return known->second;
  Place place;
  place.column = plain_name(name);
  if (table_ == nullptr) {
    place.known = !place.column.empty();
  } else {
    const kql::CatalogueColumn* found = nullptr;
    for (const kql::CatalogueColumn& column : table_->columns) {
      if (column.name == place.column) {
        found = &column;
        break;
      }
      if (base::equals_ignoring_case(column.name, place.column)) found = &column;
    }
    place.known = found != nullptr || (table_->open && !place.column.empty());
    if (found != nullptr) {
      place.column = found->name;
      place.type = found->type;
    }
  }
  // Names without end are an attack, or no table.
  if (places_.size() >= base::limits::stored_columns_max) return too_many_;
  return places_.emplace(name, std::move(place)).first->second;
}

void RowReader::take(const std::string& name, const base::Json& value) {
  if (value.is_null()) return;
  const Place& place = place_of(name);
  const std::string* text = value.as_string();
  if (place.column == "TimeGenerated") {
    const auto ticks = text != nullptr ? datetime_of(*text) : std::nullopt;
    if (ticks)
      generated_ = base::Timestamp{*ticks};
    else
      misfit(place, "is no datetime", text != nullptr ? *text : base::format_json(value));
    return;
  }
  // When the row reached us is now; what another system received says nothing here. Type is the
  // table's name.
  if (place.column == "_TimeReceived" ||
      (place.column == "Type" && text != nullptr && *text == name_))
    return;
  if (place.column == "_ItemId" && text != nullptr) given_id_ = *text;
  if (!place.known) {
    // Not stored, but two rows that differ only here are two rows.
    const std::string left_out = base::format_json(value);
    other_content_ += base::hash_words(base::hash_bytes(name), base::hash_bytes(left_out));
    return misfit(place, "the table has no such column", left_out);
  }
  if (std::ranges::any_of(cells_,
                          [&](const Cell& cell) { return cell.place->column == place.column; }))
    return misfit(place, "stands twice in a row", base::format_json(value));
  if (place.type) {
    take_typed(place, *place.type, value);
  } else if (text != nullptr) {
    take_text(place, *text);
  } else if (const auto* integer = value.as_integer()) {
    keep(place, *integer);
  } else if (const auto* flag = value.as_bool()) {
    keep(place, *flag);
  } else if (value.as_array() != nullptr || value.as_object() != nullptr) {
    keep_text(place, base::format_json(value));
  } else {
    keep(place, value.number_or(0));
  }
}

// A custom table's text: a datetime where it is one by its whole form.
void RowReader::take_text(const Place& place, std::string_view text) {
  if (const auto moment = base::parse_iso(text)) return keep(place, *moment);
  keep_text(place, std::string(text));
}

void RowReader::take_typed(const Place& place, Type type, const base::Json& value) {
  const std::string* given = value.as_string();
  const std::string text = given != nullptr ? *given : base::format_json(value);
  switch (type) {
    case Type::string:
    case Type::dynamic:
      return keep_text(place, text);
    case Type::boolean:
      if (const auto flag = boolean_of(text)) return keep(place, *flag);
      break;
    case Type::int32:
    case Type::int64:
      if (const auto number = kql::native::read_long(text);
          number && (type == Type::int64 || *number == static_cast<std::int32_t>(*number)))
        return keep(place, *number);
      break;
    case Type::real:
      if (const auto number = kql::native::read_real(text)) return keep(place, *number);
      break;
    case Type::datetime:
      if (const auto ticks = datetime_of(text)) return keep(place, base::Timestamp{*ticks});
      break;
    case Type::timespan:
      if (const auto ticks = kql::parse_timespan(text)) return keep(place, base::Duration{*ticks});
      break;
    case Type::guid:
      if (auto guid = kql::canonical_guid(text)) return keep_text(place, std::move(*guid));
      break;
    case Type::decimal:
      if (auto decimal = kql::canonical_decimal(text)) return keep_text(place, std::move(*decimal));
      break;
  }
  if (!text.empty()) misfit(place, fmt::format("is no {}", kql::name_of(type)), text);
}

void RowReader::keep(const Place& place, model::CellValue value) {
  cells_.push_back({&place, value, {}, false});
}

void RowReader::keep_text(const Place& place, std::string text) {
  if (!text.empty()) cells_.push_back({&place, {}, std::move(text), true});
}

void RowReader::misfit(const Place& place, std::string_view reason, std::string_view example) {
  std::string what = fmt::format("{}: {}", place.column, reason);
  if (trouble_.empty()) trouble_ = what;
  count(std::move(what), example);
}

void RowReader::count(std::string what, std::string_view example) {
  if (misfits_.size() >= misfits_max && !misfits_.contains(what)) what = "other";
  Misfit& one = misfits_[std::move(what)];
  if (++one.count == 1) one.example = example.substr(0, example_bytes_max);
}

// The identity is the source's own id, or what the row says.
void RowReader::finish(model::TableBatch& batch) {
  if (!generated_) count("rows: have no TimeGenerated; the time of the import is taken", {});
  std::uint64_t content = other_content_;
  content += generated_ ? base::hash_words(7, static_cast<std::uint64_t>(generated_->ticks)) : 0;
  for (const Cell& cell : cells_)
    content += base::hash_words(base::hash_bytes(cell.place->column),
                                cell.is_text ? base::hash_bytes(cell.text) : hash_of(cell.value));
  const std::uint64_t own_id = place_ ? base::hash_words(*place_, content) : content;
  const std::uint64_t id = given_id_.empty() ? own_id : base::hash_bytes(given_id_);
  batch.add_row({generated_.value_or(now_), now_, id == 0 ? 1 : id, content});
  for (const Cell& cell : cells_) {
    const std::size_t column = batch.column(cell.place->column);
    if (cell.is_text)
      batch.set_text(column, cell.text);
    else
      batch.set(column, cell.value);
  }
  ++rows_;
  cells_.clear();
  generated_.reset();
  given_id_.clear();
  other_content_ = 0;
}

}  // namespace vedette::normalise
