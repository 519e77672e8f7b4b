// Owns: how KQL's tables read from the segments: which files a query needs, and the SELECT that
// gives their rows under the names and types that KQL says. Promises: a column that a segment does
// not have reads as a typed constant; a segment whose times lie outside of what is asked is not
// named. Must not know: DuckDB's interface. Made for one query, from what is there at that moment.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "kql/catalogue/catalogue.h"
#include "kql/compile.h"
#include "store/duckdb/segment.h"

namespace vedette::store::duckdb {

class SegmentStorage final : public kql::Storage {
 public:
  // `segments` must live as long as this. `named` is called for each segment that the SQL will
  // name.
  SegmentStorage(const SegmentList& segments, std::function<void(const Segment&)> named)
      : segments_(segments), named_(std::move(named)) {}

  [[nodiscard]] bool keeps_path(std::string_view table, std::string_view name) const override;
  [[nodiscard]] bool has_rows(std::string_view table, const kql::TimeBounds& bounds) const override;
  [[nodiscard]] std::string rows(std::string_view table, std::span<const kql::WantedColumn> columns,
                                 const kql::TimeBounds& bounds) const override;

 private:
  const SegmentList& segments_;
  std::function<void(const Segment&)> named_;
};

// The tables that a catalogue knows, and those of the store that it does not (custom tables, whose
// columns are those that were filled).
class StoreCatalogue final : public kql::Catalogue {
 public:
  StoreCatalogue(const kql::Catalogue& known, const SegmentList& segments);

  [[nodiscard]] const kql::CatalogueTable* table(std::string_view name) const override;
  [[nodiscard]] const kql::CatalogueFunction* function(std::string_view name) const override;
  [[nodiscard]] const std::vector<std::string_view>& table_names() const override { return names_; }

 private:
  const kql::Catalogue& known_;
  std::map<std::string, kql::CatalogueTable, std::less<>> custom_;
  std::vector<std::string_view> names_;
};

}  // namespace vedette::store::duckdb
