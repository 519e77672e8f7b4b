// Owns: the bounded memory of detectors: records found by a key. A record is a fixed header
// followed by as many bytes as the settings ask for (rings of recent attempts). A key belongs to a
// set of 15 places; 15 tags of one byte, side by side, say which of them may hold it, so that a
// look-up costs the tags (few, and so mostly in the cache) and the record itself. Promises: records
// never move; the table is allocated once and touched as it fills; a new record in a full set takes
// the place of one that nothing looks back for any more, else finds a place in the next set, else
// takes that of the record idle for longest (`evicted` counts those, which might still have
// mattered); pinned ones stay while others can leave. Every change is heard of by the undo log (the
// bytes behind the header are the caller's to save): what is rolled back is as it was, to the byte.
// Must not know: what is recorded. Called from the pipeline's thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/ip.h"
#include "base/time.h"
#include "detect/state_blob.h"
#include "detect/table_memory.h"
#include "detect/undo_log.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vedette::detect {

// Addresses are their own keys; names and users are hashes with a mark of their kind.
using StateKey = base::IpAddress;

// The tags of one set. 0: the place is free.
struct alignas(16) TagSet {
  static constexpr std::size_t places = 15;
  static constexpr std::uint8_t overflowed = 0x80;  // records of this set may lie in the next

  std::uint8_t tags[places] = {};
  std::uint8_t next_to_leave = 0;  // the place to be looked at first; and `overflowed`

  // A bit for each place with this tag.
  [[nodiscard]] std::uint32_t matches(std::uint8_t tag) const {
#if defined(__SSE2__)
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(this));
    const __m128i same = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(same)) & 0x7FFF;
#else
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < places; ++i)
      found |= static_cast<std::uint32_t>(tags[i] == tag) << i;
    return found;
#endif
  }
  // A bit for the place that a new record will probably get.
  [[nodiscard]] std::uint32_t next_place() const {
    const std::uint32_t free = matches(0);
    return free != 0 ? free : 1U << (next_to_leave & ~overflowed);
  }
};
static_assert(sizeof(TagSet) == 16);

// Record: trivially copyable, a multiple of 64 bytes, with members `key` (StateKey or a hash),
// `base::Timestamp last_seen` and `bool pinned() const`.
template <typename Record>
class StateTable {
  static_assert(std::is_trivially_copyable_v<Record>);
  static_assert(sizeof(Record) % 64 == 0 && alignof(Record) <= 64);

 public:
  using Key = decltype(Record::key);

  // `memory`: for how long a record can matter after it was last seen.
  StateTable(std::size_t capacity, std::size_t extra_bytes, base::Duration memory,
             std::uint64_t seed, UndoLog& undo, Pages pages = Pages::huge)
      : sets_(std::max<std::size_t>(capacity / TagSet::places, 2)),
        stride_bytes_((sizeof(Record) + extra_bytes + 63) / 64 * 64),
        memory_(memory),
        seed_(seed),
        undo_(undo),
        tags_(std::make_unique<TagSet[]>(sets_)),
        records_(allocate_table(sets_ * TagSet::places * stride_bytes_, pages)) {}

  // What is known of where a key's record is before its turn comes. Only a hint: what happens until
  // then may put another record there.
  struct Sought {
    std::uint32_t place = 0;  // 16 times the set, and the place in it
    std::uint32_t tag = 0;
  };

  // Brings the tags among which the key is looked for nearer to the processor; then (second step)
  // the first `lines` cache lines of the record, or of the one whose place a new record will take.
  [[gnu::always_inline]] void prefetch_tags(const Key& key, Sought& sought) const {
    const std::uint64_t hash = hash_of(key);
    const std::size_t set = set_of(hash);
    __builtin_prefetch(&tags_[set], 1);
    sought.place = static_cast<std::uint32_t>(set * 16);
    sought.tag = tag_of(hash);
  }
  [[gnu::always_inline]] void prefetch(Sought& sought, std::size_t lines) const {
    const TagSet& tags = tags_[sought.place >> 4];
    std::uint32_t found = tags.matches(static_cast<std::uint8_t>(sought.tag));
    if (found == 0) found = tags.next_place();
    sought.place += static_cast<std::uint32_t>(std::countr_zero(found));
    prefetch_lines(sought, lines);
  }
  [[gnu::always_inline]] void prefetch(const Key& key, std::size_t lines) const {
    Sought sought;
    prefetch_tags(key, sought);
    prefetch(sought, lines);
  }
  // Once more, of a record whose place is known.
  [[gnu::always_inline]] void prefetch_lines(const Sought& sought, std::size_t lines) const {
    const std::byte* record = bytes_at(slot_at(sought.place));
    for (std::size_t line = 0; line < lines; ++line) __builtin_prefetch(record + 64 * line, 1);
  }
  // Brings `bytes` of what lies behind a record's header nearer, from `offset_bytes` on.
  [[gnu::always_inline]] static void prefetch_extra(const Record& record, std::size_t offset_bytes,
                                                    std::size_t bytes) {
    const auto* begin = reinterpret_cast<const std::byte*>(&record + 1) + offset_bytes;
    for (std::size_t at = 0; at < bytes; at += 64) __builtin_prefetch(begin + at, 1);
  }

  // The record to be read, or null.
  [[nodiscard]] const Record* find(const Key& key) const {
    const std::size_t slot = find_slot(key);
    return slot == nowhere ? nullptr : record_at(slot);
  }
  [[nodiscard]] const Record* find(const Key& key, const Sought& sought) const {
    return is_at(sought.place, key) ? record_at(slot_at(sought.place)) : find(key);
  }
  // The keys that are asked for next are probably the one that was sought.
  void expect(const Sought& sought) { expected_place_ = sought.place; }
  // The record to be changed, or null. The undo log has its header as it is now.
  [[nodiscard]] Record* change(const Key& key) {
    const std::size_t slot = find_slot(key);
    if (slot == nowhere) return nullptr;
    Record* record = record_at(slot);
    undo_.save(*record);
    return record;
  }
  // The same; a new record (its header all zero but key and last_seen, the bytes behind it
  // undefined) where there is none.
  Record& change_or_insert(const Key& key, base::Timestamp now, bool* inserted = nullptr) {
    const std::size_t slot = find_slot(key);
    if (inserted != nullptr) *inserted = slot == nowhere;
    if (slot == nowhere) [[unlikely]]
      return insert(key, hash_of(key), now);
    Record* record = record_at(slot);
    undo_.save(*record);
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

  // Every record that something may still look back for at `now` (all of them, when `now` is unset)
  // as bytes; `used_bytes(record)` says how many of those behind its header matter.
  template <typename UsedBytes>
  void save(BlobWriter& out, base::Timestamp now, UsedBytes used_bytes) const;
  // Into a new table of the same size. `used_bytes` as above.
  template <typename UsedBytes>
  void restore(BlobReader& in, UsedBytes used_bytes);
  template <typename Visit>
  void for_each(Visit visit) {
    for (std::size_t slot = 0; slot < sets_ * TagSet::places; ++slot)
      if (tags_[slot / TagSet::places].tags[slot % TagSet::places] != 0) visit(*record_at(slot));
  }
  [[nodiscard]] std::size_t extra_bytes() const { return stride_bytes_ - sizeof(Record); }
  // All that the undo log may write to.
  void add_places(std::vector<std::span<std::byte>>& places) {
    places.push_back(std::as_writable_bytes(std::span(&counters_, 1)));
    places.push_back(std::as_writable_bytes(std::span(tags_.get(), sets_)));
    places.emplace_back(records_.get(), sets_ * TagSet::places * stride_bytes_);
  }

  [[nodiscard]] std::size_t size() const { return counters_.live; }
  [[nodiscard]] std::uint64_t evicted() const { return counters_.evicted; }

 private:
  struct Counters {
    std::uint64_t live = 0;
    std::uint64_t evicted = 0;
  };
  static constexpr std::size_t nowhere = SIZE_MAX;

  [[nodiscard]] std::uint64_t hash_of(const StateKey& key) const {
    return base::hash_words(key.high ^ seed_, key.low);
  }
  [[nodiscard]] std::uint64_t hash_of(std::uint64_t key) const {
    return base::hash_words(key ^ seed_, 0);
  }
  // The set by the hash's upper bits, without a division; the tag by its lower ones.
  [[nodiscard]] std::size_t set_of(std::uint64_t hash) const {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>(static_cast<Wide>(hash) * sets_ >> 64);
  }
  static std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash | 0x80); }
  static std::size_t slot_of(std::size_t set, std::uint32_t matches) {
    return set * TagSet::places + static_cast<std::size_t>(std::countr_zero(matches));
  }
  static std::size_t slot_at(std::uint32_t place) { return place - (place >> 4); }
  [[nodiscard]] bool is_at(std::uint32_t place, const Key& key) const {
    return tags_[place >> 4].tags[place & 15] != 0 && record_at(slot_at(place))->key == key;
  }
  [[nodiscard]] std::size_t next_set(std::size_t set) const {
    return set + 1 == sets_ ? 0 : set + 1;
  }
  [[nodiscard]] std::byte* bytes_at(std::size_t slot) const {
    return records_.get() + slot * stride_bytes_;
  }
  [[nodiscard]] Record* record_at(std::size_t slot) const {
    return reinterpret_cast<Record*>(bytes_at(slot));
  }

  [[nodiscard]] std::size_t find_in(std::size_t set, const Key& key, std::uint8_t tag) const {
    for (std::uint32_t found = tags_[set].matches(tag); found != 0; found &= found - 1) {
      const std::size_t slot = slot_of(set, found);
      if (record_at(slot)->key == key) [[likely]]
        return slot;
    }
    return nowhere;
  }
  [[nodiscard]] std::size_t find_slot(const Key& key) const {
    if (is_at(expected_place_, key)) [[likely]]
      return slot_at(expected_place_);
    return search(key, hash_of(key));
  }
  [[gnu::noinline]] std::size_t search(const Key& key, std::uint64_t hash) const {
    const std::size_t set = set_of(hash);
    const std::size_t slot = find_in(set, key, tag_of(hash));
    if (slot != nowhere || (tags_[set].next_to_leave & TagSet::overflowed) == 0) [[likely]]
      return slot;
    return find_in(next_set(set), key, tag_of(hash));
  }

  Record& insert(const Key& key, std::uint64_t hash, base::Timestamp now) {
    const base::Timestamp horizon = now - memory_;
    const std::size_t home = set_of(hash);
    undo_.save(counters_);
    std::size_t slot = free_place(home, horizon);
    if (slot == nowhere) {
      undo_.save(tags_[home]);
      tags_[home].next_to_leave |= TagSet::overflowed;
      slot = free_place(next_set(home), horizon);
    }
    if (slot == nowhere) {
      slot = longest_idle(home, horizon);
      ++counters_.evicted;
    }
    TagSet& tags = tags_[slot / TagSet::places];
    const std::size_t place = slot % TagSet::places;
    undo_.save(tags);
    if (tags.tags[place] == 0)
      ++counters_.live;
    else
      undo_.save(bytes_at(slot), stride_bytes_);  // all of the record that leaves
    tags.tags[place] = tag_of(hash);
    tags.next_to_leave = static_cast<std::uint8_t>((tags.next_to_leave & TagSet::overflowed) |
                                                   (place + 1) % TagSet::places);
    Record& record = *record_at(slot);
    record = Record{};
    record.key = key;
    record.last_seen = now;
    return record;
  }

  // A place that is free, or whose record nothing looks back for; places are given in turn, so the
  // first one looked at mostly is.
  [[nodiscard]] std::size_t free_place(std::size_t set, base::Timestamp horizon) const {
    if (const std::uint32_t free = tags_[set].matches(0); free != 0) return slot_of(set, free);
    std::size_t place = tags_[set].next_to_leave & ~TagSet::overflowed;
    for (std::size_t looked_at = 0; looked_at < TagSet::places; ++looked_at) {
      const std::size_t slot = set * TagSet::places + place;
      if (record_at(slot)->last_seen <= horizon) return slot;
      place = place + 1 == TagSet::places ? 0 : place + 1;
    }
    return nowhere;
  }

  [[nodiscard]] std::size_t longest_idle(std::size_t set, base::Timestamp horizon) const {
    std::size_t found = set * TagSet::places;
    const auto rank = [&](std::size_t slot) {
      const Record& record = *record_at(slot);
      return std::pair(record.pinned() && record.last_seen > horizon, record.last_seen);
    };
    for (std::size_t slot = found + 1; slot < (set + 1) * TagSet::places; ++slot)
      if (rank(slot) < rank(found)) found = slot;
    return found;
  }

  const std::size_t sets_;
  const std::size_t stride_bytes_;
  const base::Duration memory_;
  std::uint64_t seed_;  // an attacker who knows the hash must not be able to make keys collide
  UndoLog& undo_;
  std::unique_ptr<TagSet[]> tags_;
  TableMemory records_;
  Counters counters_;
  std::uint32_t expected_place_ = 0;
};

template <typename Record>
template <typename UsedBytes>
void StateTable<Record>::save(BlobWriter& out, base::Timestamp now, UsedBytes used_bytes) const {
  out.put(seed_);
  out.put(counters_.evicted);
  out.put(static_cast<std::uint64_t>(sets_));
  for (std::size_t set = 0; set < sets_; ++set) out.put(tags_[set].next_to_leave);
  const std::size_t place = out.reserve_count();
  std::uint64_t count = 0;
  for (std::size_t slot = 0; slot < sets_ * TagSet::places; ++slot) {
    if (tags_[slot / TagSet::places].tags[slot % TagSet::places] == 0) continue;
    const Record& record = *record_at(slot);
    if (now.is_set() && record.last_seen <= now - memory_) continue;
    out.put(static_cast<std::uint32_t>(slot));
    out.bytes(&record, sizeof(Record) + used_bytes(record));
    ++count;
  }
  out.set_count(place, count);
}

template <typename Record>
template <typename UsedBytes>
void StateTable<Record>::restore(BlobReader& in, UsedBytes used_bytes) {
  seed_ = in.take<std::uint64_t>();
  counters_.evicted = in.take<std::uint64_t>();
  if (in.take<std::uint64_t>() != sets_) return in.fail();
  for (std::size_t set = 0; set < sets_; ++set) {
    tags_[set].next_to_leave = in.take<std::uint8_t>();
    if ((tags_[set].next_to_leave & ~TagSet::overflowed) >= TagSet::places) return in.fail();
  }
  const std::uint64_t count = in.count(sizeof(Record));
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const auto slot = in.take<std::uint32_t>();
    if (slot >= sets_ * TagSet::places) return in.fail();
    Record& record = *record_at(slot);
    in.bytes(&record, sizeof(Record));
    const std::size_t used = used_bytes(record);
    if (used > extra_bytes()) return in.fail();
    in.bytes(&record + 1, used);
    tags_[slot / TagSet::places].tags[slot % TagSet::places] = tag_of(hash_of(record.key));
  }
  counters_.live = count;
}

}  // namespace vedette::detect
