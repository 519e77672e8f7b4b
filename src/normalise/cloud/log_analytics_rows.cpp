#include "normalise/cloud/log_analytics_rows.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/limits.h"
#include "kql/native/json_text.h"
#include "model/cloud_answers.h"

namespace vedette::normalise::cloud {
namespace {

namespace native = kql::native;

std::string_view member(std::string_view object, std::string_view name) {
  return native::find_member(object, name).value_or(std::string_view());
}

// A custom table, whose columns come as they are filled.
bool is_custom(std::string_view name) {
  if (!name.ends_with("_CL") || name.size() > 100) return false;
  for (const char c : name)
    if (c != '_' && (c < '0' || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || c > 'z'))
      return false;
  return true;
}

}  // namespace

LogAnalyticsRows::Table::Table(std::string_view name, const kql::CatalogueTable* schema)
    : reader(name, schema, {}), rows(std::string(name)) {}

LogAnalyticsRows::LogAnalyticsRows(const kql::Catalogue& catalogue, QuarantineRows& quarantine)
    : catalogue_(catalogue), quarantine_(quarantine) {
  base::JsonPaths paths;
  table_slot_ = paths.slot("table");
  answer_slot_ = paths.slot("answer.tables");
  // An answer is one record, as large as a record of the journal.
  records_ =
      std::make_unique<base::JsonRecords>(paths, ".",
                                          base::JsonCaps{base::limits::journal_record_bytes_max,
                                                         base::limits::journal_record_bytes_max});
}

AnswerCounts LogAnalyticsRows::add(const model::RawBatch& batch, bool keep) {
  AnswerCounts counts;
  if (!keep) return counts;
  rejected_of_answer_ = 0;
  records_->read(
      batch.bytes, [&](const base::JsonRecord& record) { add_answer(record, batch, counts); },
      [&](const base::JsonRejection& rejected) {
        ++counts.unreadable;
        reject(batch, rejected.reason, rejected.bytes);
      });
  return counts;
}

LogAnalyticsRows::Table* LogAnalyticsRows::table_of(std::string_view name) {
  if (const auto known = tables_.find(name); known != tables_.end()) return &known->second;
  const kql::CatalogueTable* schema = catalogue_.table(name);
  if (schema == nullptr && !is_custom(name)) return nullptr;
  if (tables_.size() >= base::limits::stored_tables_max) return nullptr;
  return &tables_.try_emplace(std::string(name), name, schema).first->second;
}

void LogAnalyticsRows::add_answer(const base::JsonRecord& record, const model::RawBatch& batch,
                                  AnswerCounts& counts) {
  const std::string_view name = record.slots[table_slot_].text;
  Table* table = table_of(name);
  if (table == nullptr) {
    ++counts.unreadable;
    return reject(batch, fmt::format("there is no table {}", name), record.bytes);
  }
  table->reader.begin(batch.received);
  const auto answers = native::elements_of(record.slots[answer_slot_].text);
  if (answers.empty()) {
    ++counts.unreadable;
    return reject(batch, "it has no tables", record.bytes);
  }
  add_rows(*table, answers.front(), counts);
  for (const auto& [what, misfit] : table->reader.take_misfits())
    reject(batch, fmt::format("{} {} (in {} rows)", name, what, misfit.count), misfit.example);
}

void LogAnalyticsRows::add_rows(Table& table, std::string_view answer, AnswerCounts& counts) {
  std::vector<std::string> names;
  for (const auto column : native::elements_of(member(answer, "columns")))
    names.push_back(native::unescaped(member(column, "name")));
  std::vector<base::Json> values;
  for (const auto row : native::elements_of(member(answer, "rows"))) {
    values.clear();
    for (const auto cell : native::elements_of(row))
      values.push_back(base::parse_json(cell).value_or(base::Json()));
    if (values.size() != names.size()) {
      ++counts.unreadable;
      table.reader.count_unreadable("a row has not as many values as there are columns", row);
      continue;
    }
    table.reader.add_values(names, values, table.rows);
    ++counts.rows;
  }
}

void LogAnalyticsRows::reject(const model::RawBatch& batch, std::string_view reason,
                              std::string_view text) {
  // One answer may have several: they are counted instead of a place.
  quarantine_.add({batch.source_name, model::log_analytics_format, reason, text, batch.received,
                   batch.journal_position, rejected_of_answer_++});
}

void LogAnalyticsRows::take(std::vector<model::TableBatch>& taken) {
  for (auto& [name, table] : tables_) {
    if (table.rows.row_count() == 0) continue;
    taken.push_back(std::exchange(table.rows, model::TableBatch(name)));
  }
}

}  // namespace vedette::normalise::cloud
