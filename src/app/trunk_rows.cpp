// The trunk's rows of a bite: which must be made, and which of them hold indicators of compromise.
#include <algorithm>
#include <iterator>

#include "app/trunk.h"

namespace vedette::app {

// The nearest that lies ahead, of those that rows are made by; 0: none does.
std::uint64_t Trunk::next_watermark() const {
  if (rooms_.intel == nullptr) {
    const std::uint64_t done_before = std::max(stored_, recorded_);
    return position_ < done_before ? done_before : 0;
  }
  std::uint64_t nearest = 0;
  for (const std::uint64_t each : {stored_, recorded_, detected_})
    if (each > position_ && (nearest == 0 || each < nearest)) nearest = each;
  return nearest;
}

// Rows that were stored before are made once more where the detectors do not know them yet.
bool Trunk::rows_are_done(std::uint64_t position) const {
  return position <= stored_ && (rooms_.intel == nullptr || position <= detected_);
}

RowsToStore Trunk::take_rows(std::uint64_t position, base::Timestamp received) {
  RowsToStore rows{{}, position, received};
  std::vector<model::TableBatch>& tables = rows.tables;
  tables = rows_.take();
  cloud_.take(tables);
  windows_.take(tables);
  if (ingest_rows_ != nullptr) std::ranges::move(ingest_rows_->take(), std::back_inserter(tables));
  if (auto changes = change_rows_.take()) tables.push_back(std::move(*changes));
  if (auto health = health_rows_.take()) tables.push_back(std::move(*health));
  if (auto quarantined = quarantine_.take()) tables.push_back(std::move(*quarantined));
  load_.add(Station::rows);
  return rows;
}

void Trunk::match(const RowsToStore& rows) {
  if (rooms_.intel == nullptr || rows.position <= detected_) return;
  const auto matches = rooms_.intel->match(rows.tables);
  load_.add(Station::enrich);
  is_new_ = rows.position > recorded_;
  detection_.see_indicators(matches, rooms_.clock.now());
  load_.add(Station::detect);
}

}  // namespace vedette::app
