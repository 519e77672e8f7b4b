#include "store/duckdb/known_rows.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace vedette::store::duckdb {

std::uint64_t row_key(std::string_view table, std::uint64_t item_id) {
  const std::uint64_t key = base::hash_words(base::hash_bytes(table), item_id);
  return key == 0 ? 1 : key;
}

// Keys are hashes: their upper bits say where to begin.
std::size_t KnownRows::Table::place_of(std::uint64_t key) const {
  __extension__ using Wide = unsigned __int128;
  auto at = static_cast<std::size_t>(static_cast<Wide>(key) * slots_.size() >> 64);
  while (slots_[at].key != 0 && slots_[at].key != key) at = at + 1 == slots_.size() ? 0 : at + 1;
  return at;
}

const KnownRow* KnownRows::Table::find(std::uint64_t key) const {
  if (slots_.empty()) return nullptr;
  const Slot& slot = slots_[place_of(key)];
  return slot.key == key ? &slot.row : nullptr;
}

void KnownRows::Table::put(std::uint64_t key, const KnownRow& row) {
  if ((size_ + 1) * 4 > slots_.size() * 3 && slots_.size() < slots_max_) grow();
  Slot& slot = slots_[place_of(key)];
  if (slot.key == 0) ++size_;
  slot = {key, row};
}

void KnownRows::Table::grow() {
  const std::size_t wanted = slots_.empty() ? 1024 : slots_.size() * 2;
  std::vector<Slot> before(std::min(wanted, slots_max_));
  std::swap(before, slots_);
  for (const Slot& slot : before)
    if (slot.key != 0) slots_[place_of(slot.key)] = slot;
}

std::optional<KnownRow> KnownRows::find(std::uint64_t key) const {
  const KnownRow* row = young_.find(key);
  if (row == nullptr) row = old_.find(key);
  return row == nullptr ? std::nullopt : std::optional(*row);
}

void KnownRows::put(std::uint64_t key, const KnownRow& row) {
  if (young_.size() >= half_) old_ = std::exchange(young_, Table(half_));
  young_.put(key, row);
}

void KnownRows::clear() {
  young_ = Table(half_);
  old_ = Table(half_);
}

}  // namespace vedette::store::duckdb
