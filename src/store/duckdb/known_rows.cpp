#include "store/duckdb/known_rows.h"

#include <utility>

#include "base/hash.h"

namespace vedette::store::duckdb {

std::uint64_t row_key(std::string_view table, std::uint64_t item_id) {
  const std::uint64_t key = base::hash_words(base::hash_bytes(table), item_id);
  return key == 0 ? 1 : key;
}

const KnownRow* KnownRows::Table::find(std::uint64_t key) const {
  if (slots_.empty()) return nullptr;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = key & mask;; at = (at + 1) & mask) {
    if (slots_[at].key == key) return &slots_[at].row;
    if (slots_[at].key == 0) return nullptr;
  }
}

void KnownRows::Table::put(std::uint64_t key, const KnownRow& row) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key & mask;
  while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & mask;
  if (slots_[at].key == 0) ++size_;
  slots_[at] = {key, row};
}

void KnownRows::Table::grow() {
  std::vector<Slot> before(slots_.empty() ? 1024 : slots_.size() * 2);
  std::swap(before, slots_);
  size_ = 0;
  for (const Slot& slot : before)
    if (slot.key != 0) put(slot.key, slot.row);
}

std::optional<KnownRow> KnownRows::find(std::uint64_t key) const {
  const KnownRow* row = young_.find(key);
  if (row == nullptr) row = old_.find(key);
  return row == nullptr ? std::nullopt : std::optional(*row);
}

void KnownRows::put(std::uint64_t key, const KnownRow& row) {
  if (young_.size() >= half_) old_ = std::exchange(young_, Table());
  young_.put(key, row);
}

void KnownRows::clear() {
  young_ = Table();
  old_ = Table();
}

}  // namespace vedette::store::duckdb
