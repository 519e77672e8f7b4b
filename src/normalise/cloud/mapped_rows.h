// Owns: records that were read (base/json_records.h) as rows of tables, by a mapping.
// Promises: each record is one row of the first table whose condition holds; what has another type
// than its column is left out of the row and named; the same record has the same identity whenever
// it comes, and the same content only when it says the same, byte for byte. Must not know:
// services. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_records.h"
#include "base/time.h"
#include "model/table_batch.h"
#include "normalise/cloud/mapping.h"

namespace vedette::normalise::cloud {

// Where a record came from, for what it does not say itself.
struct RecordOrigin {
  std::string_view tenant;  // empty when it is not known
  base::Timestamp received;
  std::uint64_t place = 0;  // in the journal: the identity of a record that has none
  std::span<const base::JsonSlot> document = {};  // what the mapping wants of it
};

class MappedRows {
 public:
  // Both outlive it.
  MappedRows(const Mapping& mapping, const Mappings& all);

  // Who the record is and when; what it lacks or has in a wrong form is named in `misfits`.
  [[nodiscard]] model::RowHead head_of(const base::JsonRecord& record, const RecordOrigin& origin,
                                       std::vector<std::string>& misfits) const;
  void add(const base::JsonRecord& record, const model::RowHead& head, const RecordOrigin& origin,
           std::vector<std::string>& misfits);
  // The rows since the last call, appended; tables without rows are left out.
  void take(std::vector<model::TableBatch>& taken);
  // Rows that were taken and are done with: their memory is used again for the next ones.
  void reuse(std::span<model::TableBatch> used);

 private:
  struct Output {
    const MappedColumn* column = nullptr;
    std::size_t index = 0;
    const NamedValues* names = nullptr;
  };
  struct Table {
    const MappedTable* mapped = nullptr;
    model::TableBatch rows;
    std::vector<Output> outputs;
  };
  static model::TableBatch empty_batch(const MappedTable& table);
  [[nodiscard]] Table* table_for(const base::JsonRecord& record);
  [[nodiscard]] base::JsonSlot value_of(const Source& source, const base::JsonRecord& record,
                                        const RecordOrigin& origin) const;
  // False: the value does not fit.
  bool put(Table& table, const Output& output, const base::JsonSlot& value);
  static void put_dynamic(Table& table, const Output& output, const base::JsonSlot& value);
  void transform(const Output& output, base::JsonSlot& value);

  const Mapping& mapping_;
  std::vector<Table> tables_;
  std::string buffer_;        // of the value in hand
  mutable std::string made_;  // of a source that is no part of the record
};

}  // namespace vedette::normalise::cloud
