// Owns: the bounded memory of detectors: records found by a 128-bit key. A record is a fixed header
// followed by as many bytes as the settings ask for (rings of recent attempts).
// Promises: records never move; the table is allocated once and touched as it fills; when it is
// full, the records idle for longest leave (`evicted` counts those that might still have mattered);
// pinned ones stay while others can leave. Every change goes through `change`, which the undo log
// hears of: when the insertion of a record is taken back, the record is there no more. Must not
// know: what is recorded. Called from the pipeline's thread.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/hash.h"
#include "base/ip.h"
#include "base/time.h"
#include "detect/undo_log.h"

namespace vedette::detect {

// Addresses are their own keys; names, sessions and users are hashes with a mark of their kind.
using StateKey = base::IpAddress;

// Record: trivially copyable, with members `StateKey key`, `base::Timestamp last_seen` and
// `bool pinned() const`.
template <typename Record>
class StateTable {
  static_assert(std::is_trivially_copyable_v<Record>);
  static_assert(alignof(Record) <= 8);

 public:
  StateTable(std::size_t capacity, std::size_t extra_bytes, std::uint64_t seed, UndoLog& undo)
      : capacity_(capacity),
        stride_words_((sizeof(Record) + extra_bytes + 7) / 8),
        index_mask_(index_size(capacity) - 1),
        seed_(seed),
        undo_(undo),
        words_(std::make_unique_for_overwrite<std::uint64_t[]>(capacity * stride_words_)),
        index_(index_size(capacity), 0) {}

  // Brings the key's place in the index, then (second call) its record, nearer to the processor.
  void prefetch_index(const StateKey& key) const {
    __builtin_prefetch(&index_[hash_of(key) & index_mask_]);
  }
  void prefetch_record(const StateKey& key) const {
    const std::uint64_t entry = index_[hash_of(key) & index_mask_];
    if (entry == 0) return;
    const auto* record = reinterpret_cast<const char*>(&words_[(slot_of(entry))*stride_words_]);
    __builtin_prefetch(record, 1);
    __builtin_prefetch(record + 64, 1);
    __builtin_prefetch(record + 128, 1);
  }

  // The record to be read, or null.
  [[nodiscard]] const Record* find(const StateKey& key) const {
    const std::size_t at = position_of(key, hash_of(key));
    if (index_[at] == 0) return nullptr;
    const Record* record = record_at(slot_of(index_[at]));
    return is_there(*record) ? record : nullptr;
  }
  // The record to be changed, or null. The undo log has it as it is now.
  [[nodiscard]] Record* change(const StateKey& key) {
    const std::size_t at = position_of(key, hash_of(key));
    if (index_[at] == 0) return nullptr;
    Record* record = record_at(slot_of(index_[at]));
    return is_there(*record) ? saved(record) : nullptr;
  }
  // The same; a new record (all zero but key and last_seen, extra bytes zero too) where there is
  // none.
  Record& change_or_insert(const StateKey& key, base::Timestamp now, bool* inserted = nullptr) {
    const std::uint64_t hash = hash_of(key);
    std::size_t at = position_of(key, hash);
    if (index_[at] != 0) {
      Record* record = saved(record_at(slot_of(index_[at])));
      const bool is_new = !is_there(*record);
      if (inserted != nullptr) *inserted = is_new;
      if (is_new) record->last_seen = now;
      return *record;
    }
    if (inserted != nullptr) *inserted = true;
    if (free_.empty() && used_ == capacity_) {
      make_room();
      at = position_of(key, hash);
    }
    const std::size_t slot = take_slot();
    Record* record = record_at(slot);
    std::memset(static_cast<void*>(record), 0, stride_words_ * 8);
    record->key = key;
    index_[at] = entry_of(hash, slot);
    ++live_;
    saved(record)->last_seen = now;
    return *record;
  }
  // The bytes after the header, as an array of T.
  template <typename T>
  [[nodiscard]] T* extra(Record& record, std::size_t offset_bytes = 0) const {
    static_assert(std::is_trivially_copyable_v<T>);
    return reinterpret_cast<T*>(reinterpret_cast<char*>(&record) + sizeof(Record) + offset_bytes);
  }
  template <typename T>
  [[nodiscard]] const T* extra(const Record& record, std::size_t offset_bytes = 0) const {
    return reinterpret_cast<const T*>(reinterpret_cast<const char*>(&record) + sizeof(Record) +
                                      offset_bytes);
  }

  // Records last seen by this moment, pinned or not, may leave without being missed.
  void set_horizon(base::Timestamp horizon) { horizon_ = horizon; }
  [[nodiscard]] std::size_t size() const { return live_; }
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  static std::size_t index_size(std::size_t capacity) {
    std::size_t size = 16;
    while (size < capacity * 2) size *= 2;
    return size;
  }
  // An index entry: the upper half of the hash (never 0) and the slot.
  static std::uint64_t entry_of(std::uint64_t hash, std::size_t slot) {
    return ((hash | 1ULL << 63) & 0xFFFF'FFFF'0000'0000ULL) | slot;
  }
  static std::size_t slot_of(std::uint64_t entry) { return entry & 0xFFFF'FFFFULL; }

  [[nodiscard]] std::uint64_t hash_of(const StateKey& key) const {
    return base::hash_words(key.high ^ seed_, key.low);
  }
  [[nodiscard]] Record* record_at(std::size_t slot) {
    return reinterpret_cast<Record*>(&words_[slot * stride_words_]);
  }
  [[nodiscard]] const Record* record_at(std::size_t slot) const {
    return reinterpret_cast<const Record*>(&words_[slot * stride_words_]);
  }
  // A record whose insertion was taken back keeps its place and key, but was never seen.
  static bool is_there(const Record& record) { return record.last_seen.is_set(); }
  Record* saved(Record* record) {
    undo_.save(record, stride_words_ * 8);
    return record;
  }

  // Where the key stands in the index, or the free place where it belongs.
  [[nodiscard]] std::size_t position_of(const StateKey& key, std::uint64_t hash) const {
    const std::uint64_t tag = entry_of(hash, 0);
    std::size_t at = hash & index_mask_;
    while (index_[at] != 0) {
      if ((index_[at] & 0xFFFF'FFFF'0000'0000ULL) == tag &&
          record_at(slot_of(index_[at]))->key == key)
        break;
      at = (at + 1) & index_mask_;
    }
    return at;
  }

  std::size_t take_slot() {
    if (free_.empty()) return used_++;
    const std::size_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  // Frees idle records; an eighth of those that can leave, so that the cost is spread over many
  // insertions.
  void make_room() {
    std::vector<std::size_t> able = able_to_leave(false);
    if (able.size() < capacity_ / 16) {
      // Nearly everything was changed by events that may yet be taken back: those are final now.
      undo_.clear();
      able = able_to_leave(false);
    }
    if (able.empty()) able = able_to_leave(true);
    assert(!able.empty());
    const auto last_seen = [this](std::size_t slot) { return record_at(slot)->last_seen; };
    const auto eighth = able.begin() + static_cast<std::ptrdiff_t>(able.size() / 8);
    std::ranges::nth_element(able, eighth, {}, last_seen);
    const base::Timestamp limit = std::max(horizon_, last_seen(*eighth));
    std::erase_if(able, [&](std::size_t slot) { return last_seen(slot) > limit; });
    evicted_ += static_cast<std::uint64_t>(
        std::ranges::count_if(able, [&](std::size_t slot) { return last_seen(slot) > horizon_; }));
    rebuild_without(able);
  }

  // Slots that the undo log may write to must not be used anew.
  std::vector<std::size_t> able_to_leave(bool pinned_too) const {
    std::vector<std::size_t> touched;
    undo_.for_each_saved([&](const void* bytes) {
      const auto* word = static_cast<const std::uint64_t*>(bytes);
      const std::less<const std::uint64_t*> before;
      if (before(word, words_.get()) || !before(word, words_.get() + capacity_ * stride_words_))
        return;
      touched.push_back(static_cast<std::size_t>(word - words_.get()) / stride_words_);
    });
    std::ranges::sort(touched);
    std::vector<std::size_t> able;
    able.reserve(live_);
    for_each_live([&](std::size_t slot) {
      const Record* record = record_at(slot);
      const bool pinned = record->pinned() && record->last_seen > horizon_ && !pinned_too;
      const bool saved = !touched.empty() && std::ranges::binary_search(touched, slot);
      if (!pinned && !saved) able.push_back(slot);
    });
    return able;
  }

  template <typename Visit>
  void for_each_live(Visit visit) const {
    for (const std::uint64_t entry : index_)
      if (entry != 0) visit(slot_of(entry));
  }

  // Makes the index anew without the records that leave. One pass over the old one.
  void rebuild_without(const std::vector<std::size_t>& leaving) {
    std::vector<bool> leaves(capacity_);
    for (const std::size_t slot : leaving) leaves[slot] = true;
    free_.insert(free_.end(), leaving.begin(), leaving.end());
    std::vector<std::uint64_t> old(index_.size(), 0);
    old.swap(index_);
    live_ = 0;
    for (const std::uint64_t entry : old) {
      if (entry == 0) continue;
      const std::size_t slot = slot_of(entry);
      if (leaves[slot]) continue;
      std::size_t at = hash_of(record_at(slot)->key) & index_mask_;
      while (index_[at] != 0) at = (at + 1) & index_mask_;
      index_[at] = entry;
      ++live_;
    }
  }

  const std::size_t capacity_;
  const std::size_t stride_words_;
  const std::size_t index_mask_;
  const std::uint64_t
      seed_;  // an attacker who knows the hash must not be able to make keys collide
  UndoLog& undo_;
  std::unique_ptr<std::uint64_t[]> words_;
  std::vector<std::uint64_t> index_;
  std::vector<std::size_t> free_;
  std::size_t used_ = 0;
  std::size_t live_ = 0;
  std::uint64_t evicted_ = 0;
  base::Timestamp horizon_;
};

}  // namespace vedette::detect
