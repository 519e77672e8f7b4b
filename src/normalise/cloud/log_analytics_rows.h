// Owns: answers of Log Analytics queries → rows of the table that they were asked for.
// Promises: columns have the local schema's types; what the table has not, or does not fit, is left
// out and named in the quarantine, once for each column and answer; a row is known by its _ItemId,
// else by all that it says. Must not know: who asked. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_records.h"
#include "kql/catalogue/catalogue.h"
#include "model/raw_batch.h"
#include "model/table_batch.h"
#include "normalise/import_rows.h"
#include "normalise/quarantine_rows.h"

namespace vedette::normalise::cloud {

struct AnswerCounts {
  std::uint64_t rows = 0, unreadable = 0;
};

class LogAnalyticsRows {
 public:
  // Both outlive it.
  LogAnalyticsRows(const kql::Catalogue& catalogue, QuarantineRows& quarantine);
  // Rows, and what goes to the quarantine, only when `keep` says so.
  AnswerCounts add(const model::RawBatch& batch, bool keep);
  void take(std::vector<model::TableBatch>& taken);

 private:
  struct Table {
    Table(std::string_view name, const kql::CatalogueTable* schema);
    RowReader reader;
    model::TableBatch rows;
  };
  void add_answer(const base::JsonRecord& record, const model::RawBatch& batch,
                  AnswerCounts& counts);
  void add_rows(Table& table, std::string_view answer, AnswerCounts& counts);
  Table* table_of(std::string_view name);
  void reject(const model::RawBatch& batch, std::string_view reason, std::string_view text);

  const kql::Catalogue& catalogue_;
  QuarantineRows& quarantine_;
  std::size_t table_slot_ = 0, answer_slot_ = 0;
  std::unique_ptr<base::JsonRecords> records_;
  std::map<std::string, Table, std::less<>> tables_;
  std::uint64_t rejected_of_answer_ = 0;
};

}  // namespace vedette::normalise::cloud
