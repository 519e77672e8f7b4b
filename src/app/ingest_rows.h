// Owns: what others sent over HTTP as JSON, as it lies in the journal, and how it becomes rows of
// the table it was sent for; and the same of indicators, whatever sent them. Promises: NDJSON, one
// array of objects, or one object; every object is one row, its values in the columns' types; what
// does not fit a column is left out of its row, and the row is in the quarantine with the reason
// beside; what is no object is only there. Rows without an `_ItemId` are known by the request's
// key, their place and what they say: a request that is sent again under its key adds nothing;
// without a key every request is its own. Imported ones are known by what they say alone, in the
// whole store, and who imports was told what did not fit. Indicators are rows of both tables, known
// by what they say; what is refused is counted by its reason, and has a row of the quarantine for
// each reason. Must not know: HTTP. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kql/catalogue/catalogue.h"
#include "model/raw_batch.h"
#include "model/table_batch.h"
#include "normalise/import_rows.h"
#include "normalise/quarantine_rows.h"

namespace vedette::app {

inline constexpr std::string_view ingest_format = "json rows";

// What must be known of a request's body.
struct IngestHead {
  std::string_view table;
  std::string_view key = {};
  bool is_import = false;
};
// Both as a payload of the journal.
[[nodiscard]] std::string ingest_payload(const IngestHead& head, std::string_view body);
// The texts of its values, in order, without parsing them: the elements of one array, the lines of
// NDJSON, or one object, which may span lines. malformed: it is none of these.
[[nodiscard]] base::Result<std::vector<std::string_view>> split_json_rows(std::string_view body);

class IntelDesk;

class IngestRows {
 public:
  // All outlive it; `intel`, who hears what came of indicators, may be null.
  IngestRows(const kql::Catalogue& catalogue, normalise::QuarantineRows& quarantine,
             IntelDesk* intel = nullptr)
      : catalogue_(catalogue), quarantine_(quarantine), intel_(intel) {}

  [[nodiscard]] static bool reads(std::string_view format);
  void add(const model::RawBatch& batch, std::string_view format);
  // The rows since the last call; tables without rows are left out.
  [[nodiscard]] std::vector<model::TableBatch> take();

 private:
  struct Table {
    Table(std::string_view name, const kql::CatalogueTable* known)
        : reader(name, known, {}), rows(std::string(name)), imported(std::string(name)) {
      imported.seek_everywhere();
    }
    normalise::RowReader reader;
    model::TableBatch rows, imported;
  };

  // Null: there are too many tables already.
  [[nodiscard]] Table* table_of(std::string_view name);
  void add_indicators(const model::RawBatch& batch);  // ingest_indicators.cpp
  // Without a place: imported.
  void add_rows(const model::RawBatch& batch, std::string_view name,
                std::optional<std::uint64_t> place, std::string_view body);
  void quarantine(const model::RawBatch& batch, std::string_view reason, std::string_view text,
                  std::string_view format = ingest_format);

  const kql::Catalogue& catalogue_;
  normalise::QuarantineRows& quarantine_;
  IntelDesk* const intel_;
  std::map<std::string, std::unique_ptr<Table>, std::less<>> tables_;
};

}  // namespace vedette::app
