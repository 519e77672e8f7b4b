#include "normalise/cloud/mapped_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "kql/decimal.h"
#include "kql/moment.h"
#include "kql/native/json_text.h"
#include "normalise/cloud/alert_entities.h"

namespace vedette::normalise::cloud {
namespace {

using base::JsonKind;
using base::JsonRecord;
using base::JsonSlot;
using kql::Type;
using model::TextForm;
namespace native = kql::native;

// Services write offsets, Z, or (Management Activity) nothing for UTC.
std::optional<base::Timestamp> moment_of(std::string_view text) {
  if (const auto moment = base::parse_iso(text)) return moment;
  return base::parse_iso(std::string(text) + "Z");
}

bool has_element(std::string_view array, std::string_view wanted) {
  for (const auto element : native::elements_of(array))
    if (element.size() >= 2 && element.front() == '"' &&
        base::equals_ignoring_case(element.substr(1, element.size() - 2), wanted))
      return true;
  return false;
}

bool holds(const MappedTable& table, const JsonRecord& record) {
  if (!table.condition) return true;
  const JsonSlot& slot = record.slots[table.condition->slot];
  return std::ranges::any_of(table.values, [&](const std::string& value) {
    return slot.kind == JsonKind::composite ? has_element(slot.text, value)
                                            : base::equals_ignoring_case(slot.text, value);
  });
}

std::optional<model::CellValue> typed(Type type, const JsonSlot& value) {
  const std::string_view text = value.text;
  switch (type) {
    case Type::boolean:
      if (base::equals_ignoring_case(text, "true")) return true;
      if (base::equals_ignoring_case(text, "false")) return false;
      return std::nullopt;
    case Type::int32:
    case Type::int64:
      if (const auto number = native::read_long(text);
          number && (type == Type::int64 || *number == static_cast<std::int32_t>(*number)))
        return *number;
      return std::nullopt;
    case Type::real:
      if (const auto number = native::read_real(text)) return *number;
      return std::nullopt;
    case Type::datetime:
      if (const auto moment = moment_of(text)) return *moment;
      return std::nullopt;
    case Type::timespan:
      if (const auto ticks = kql::parse_timespan(text)) return base::Duration{*ticks};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

MappedRows::MappedRows(const Mapping& mapping, const Mappings& all) : mapping_(mapping) {
  for (const MappedTable& mapped : mapping.tables) {
    Table& table = tables_.emplace_back();
    table.mapped = &mapped;
    table.rows = empty_batch(mapped);
    for (std::size_t i = 0; i < mapped.columns.size(); ++i) {
      const MappedColumn& column = mapped.columns[i];
      const auto names = all.names.find(column.transform.argument);
      table.outputs.push_back({&column, i, names == all.names.end() ? nullptr : &names->second});
    }
  }
}

model::TableBatch MappedRows::empty_batch(const MappedTable& table) {
  model::TableBatch batch(table.name);
  for (const MappedColumn& column : table.columns) std::ignore = batch.column(column.name);
  return batch;
}

model::RowHead MappedRows::head_of(const JsonRecord& record, const RecordOrigin& origin,
                                   std::vector<std::string>& misfits) const {
  model::RowHead head;
  head.received = origin.received;
  head.content_hash = base::hash_bytes(record.bytes);
  for (const JsonSlot& slot : origin.document)
    head.content_hash = base::hash_bytes(slot.text, head.content_hash);
  bool is_known = true;
  for (const Source& source : mapping_.id) {
    const JsonSlot value = value_of(source, record, origin);
    is_known = is_known && value.has_value() && !value.text.empty();
    head.item_id = base::hash_bytes(value.text, head.item_id);
  }
  if (!is_known) misfits.emplace_back("it does not say who it is");
  head.item_id = (is_known ? head.item_id : origin.place) | 1;
  for (const Source& source : mapping_.time) {
    const JsonSlot value = value_of(source, record, origin);
    if (const auto moment = moment_of(value.text)) head.generated = *moment;
    if (head.generated.is_set()) return head;
  }
  misfits.emplace_back("it has no time");
  head.generated = origin.received;
  return head;
}

MappedRows::Table* MappedRows::table_for(const JsonRecord& record) {
  const auto found = std::ranges::find_if(
      tables_, [&](const Table& table) { return holds(*table.mapped, record); });
  return found == tables_.end() ? nullptr : &*found;
}

JsonSlot MappedRows::value_of(const Source& source, const JsonRecord& record,
                              const RecordOrigin& origin) const {
  switch (source.kind) {
    case Source::Kind::path:
      return record.slots[source.slot];
    case Source::Kind::constant:
      return {JsonKind::string, source.text};
    case Source::Kind::tenant_constant:
      if (origin.tenant.empty()) return {};
      made_ = source.text;
      made_.replace(made_.find(tenant_word), tenant_word.size(), origin.tenant);
      return {JsonKind::string, made_};
    case Source::Kind::tenant:
      return {JsonKind::string, origin.tenant};
    case Source::Kind::received:
      made_ = base::format_iso(origin.received);
      return {JsonKind::string, made_};
    case Source::Kind::day:
      made_ = base::format_iso(origin.received);
      return {JsonKind::string, std::string_view(made_).substr(0, 10)};
    case Source::Kind::document:
      return source.slot < origin.document.size() ? origin.document[source.slot] : JsonSlot();
  }
  return {};
}

void MappedRows::add(const JsonRecord& record, const model::RowHead& head,
                     const RecordOrigin& origin, std::vector<std::string>& misfits) {
  Table* table = table_for(record);
  if (table == nullptr) {
    misfits.emplace_back("there is no table for it");
    return;
  }
  table->rows.add_row(head);
  for (const Output& output : table->outputs) {
    for (const Source& source : output.column->sources) {
      const JsonSlot value = value_of(source, record, origin);
      if (!value.has_value() || value.text.empty()) continue;
      if (!put(*table, output, value))
        misfits.push_back(fmt::format("{}.{} would be no {}", table->mapped->name,
                                      output.column->name, kql::name_of(output.column->type)));
      break;
    }
  }
}

void MappedRows::transform(const Output& output, JsonSlot& value) {
  const Transform& how = output.column->transform;
  switch (how.kind) {
    case Transform::Kind::capital:
      buffer_ = value.text;
      if (buffer_[0] >= 'a' && buffer_[0] <= 'z') buffer_[0] = static_cast<char>(buffer_[0] - 32);
      value.text = buffer_;
      return;
    case Transform::Kind::unless:
      if (value.text == how.argument) value.text = {};
      return;
    case Transform::Kind::names:
      if (const auto named = output.names->find(value.text); named != output.names->end())
        value = {JsonKind::string, named->second};
      return;
    case Transform::Kind::before:
      value.text = value.text.substr(0, value.text.find(how.argument));
      return;
    case Transform::Kind::after:
      if (const auto at = value.text.find(how.argument); at != std::string_view::npos)
        value.text.remove_prefix(at + how.argument.size());
      else
        value.text = {};
      return;
    case Transform::Kind::parsed:
      buffer_.clear();
      if (value.kind == JsonKind::string && native::canonicalise(value.text, buffer_))
        value = {JsonKind::composite, buffer_};
      return;
    case Transform::Kind::list:
      buffer_ = "[";
      for (const auto element : native::elements_of(value.text)) {
        const auto member = native::find_member(element, how.argument);
        const auto flag = how.flag.empty() ? std::nullopt : native::find_member(element, how.flag);
        if (!member || (!how.flag.empty() && (flag == "true") != how.flag_value)) continue;
        if (buffer_.size() > 1) buffer_ += ',';
        buffer_ += *member;
      }
      buffer_ += ']';
      value = {JsonKind::composite, buffer_};
      return;
    case Transform::Kind::entities:
      buffer_ = alert_entities(value.text);
      value = {JsonKind::composite, buffer_};
      return;
    case Transform::Kind::none:
      return;
  }
}

bool MappedRows::put(Table& table, const Output& output, const JsonSlot& given) {
  JsonSlot value = given;
  transform(output, value);
  if (value.text.empty()) return true;
  switch (output.column->type) {
    case Type::string:
      table.rows.set_text(output.index, value.text, TextForm::valid);
      return true;
    case Type::dynamic:
      put_dynamic(table, output, value);
      return true;
    case Type::guid:
    case Type::decimal: {
      const auto canonical = output.column->type == Type::guid ? kql::canonical_guid(value.text)
                                                               : kql::canonical_decimal(value.text);
      if (canonical) table.rows.set_text(output.index, *canonical, TextForm::valid);
      return canonical.has_value();
    }
    default: {
      if (value.kind == JsonKind::composite) return false;
      const auto cell = typed(output.column->type, value);
      if (cell) table.rows.set(output.index, *cell);
      return cell.has_value();
    }
  }
}

void MappedRows::put_dynamic(Table& table, const Output& output, const JsonSlot& value) {
  if (value.kind == JsonKind::string) {
    std::string quoted;
    native::append_quoted(quoted, value.text);
    table.rows.set_text(output.index, quoted, TextForm::canonical);
  } else {
    table.rows.set_text(output.index, value.text, TextForm::canonical);
  }
}

void MappedRows::take(std::vector<model::TableBatch>& taken) {
  for (Table& table : tables_) {
    if (table.rows.row_count() == 0) continue;
    taken.push_back(std::move(table.rows));
    table.rows = empty_batch(*table.mapped);
  }
}

void MappedRows::reuse(std::span<model::TableBatch> used) {
  for (Table& table : tables_)
    for (model::TableBatch& batch : used) table.rows.reuse(batch);
}

}  // namespace vedette::normalise::cloud
