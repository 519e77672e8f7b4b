// Owns: rows on their way from an importing command into one table: in bites, into the store or,
// where `serve` has it, handed over to that. Promises: memory is bounded; what was flushed is in
// the store or in the other side's journal. Must not know: what the rows say. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/import_file.h"
#include "app/import_request.h"
#include "base/result.h"
#include "model/table_batch.h"
#include "normalise/import_rows.h"
#include "store/duckdb/segment_store.h"

namespace vedette::app {

struct ImportTotals {
  std::uint64_t stored = 0, repeated = 0, updated = 0;
  std::uint64_t handed_over = 0;
};

class Import {
 public:
  // Into the store, or, where there is none, to the other side.
  Import(store::duckdb::SegmentStore* store, ImportHandover* handover, const ports::Clock& clock,
         normalise::RowReader& rows, const std::string& table);

  base::Result<void> read(RecordReader& records, RecordFormat format);
  base::Result<void> read_parquet(const std::string& file);
  [[nodiscard]] const ImportTotals& totals() const { return totals_; }
  void end_progress() const;

  // A row that reads well here reads well there.
  void add_json(std::string_view json);
  [[nodiscard]] bool is_full() const;
  base::Result<void> flush();

 private:
  void add_fields(const std::vector<std::string>& fields);

  store::duckdb::SegmentStore* store_;
  ImportHandover* handover_;
  const ports::Clock& clock_;
  normalise::RowReader& rows_;
  std::vector<std::string> header_;
  model::TableBatch batch_;
  bool progress_;
  std::uint64_t shown_ = 0;
  ImportTotals totals_;
};

}  // namespace vedette::app
