#include "model/table_batch.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace vedette::model {

std::size_t TableBatch::column(std::string_view name) {
  const auto found = std::ranges::find(columns_, name, &BatchColumn::name);
  if (found != columns_.end()) return static_cast<std::size_t>(found - columns_.begin());
  columns_.push_back({std::string(name), {}, {}});
  return columns_.size() - 1;
}

void TableBatch::add_row(const RowHead& head) {
  heads_.push_back(head);
}

void TableBatch::set(std::size_t column, CellValue value) {
  assert(!heads_.empty() && column < columns_.size());
  const auto row = static_cast<std::uint32_t>(heads_.size() - 1);
  BatchColumn& filled = columns_[column];
  assert(filled.rows.empty() || filled.rows.back() < row);
  filled.rows.push_back(row);
  filled.values.push_back(value);
}

void TableBatch::set_text(std::size_t column, std::string_view value, TextForm form) {
  const TextCell cell{text_.size(), static_cast<std::uint32_t>(value.size()), form};
  text_.append(value);
  set(column, cell);
}

void TableBatch::clear() {
  heads_.clear();
  text_.clear();
  for (BatchColumn& column : columns_) {
    column.rows.clear();
    column.values.clear();
  }
}

void TableBatch::reuse(TableBatch& used) {
  if (!heads_.empty() || table_ != used.table_ || seeks_everywhere_ != used.seeks_everywhere_ ||
      !std::ranges::equal(columns_, used.columns_, {}, &BatchColumn::name, &BatchColumn::name))
    return;
  used.clear();
  std::swap(*this, used);
}

}  // namespace vedette::model
