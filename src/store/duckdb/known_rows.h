// Owns: which rows were stored lately: (table, item id) -> content and segment, for sources that
// re-read or re-send. Promises: bounded: two generations, of which the older one is dropped when
// the younger is full; a row is remembered for at least half of the bound. Must not know: what a
// row says. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vedette::store::duckdb {

struct KnownRow {
  std::uint64_t content = 0;
  std::int32_t day = 0;  // days since 1970 of the segment it lies in
};

// One number for a table and an item id.
[[nodiscard]] std::uint64_t row_key(std::string_view table, std::uint64_t item_id);

class KnownRows {
 public:
  explicit KnownRows(std::size_t entries_max)
      : half_(entries_max / 2), young_(half_), old_(half_) {}
  [[nodiscard]] std::optional<KnownRow> find(std::uint64_t key) const;
  void put(std::uint64_t key, const KnownRow& row);
  void clear();

 private:
  // Open addressing; key 0 is an empty slot. Grows to what `entries_max` need, and no further.
  class Table {
   public:
    explicit Table(std::size_t entries_max) : slots_max_(entries_max * 4 / 3 + 2) {}
    [[nodiscard]] const KnownRow* find(std::uint64_t key) const;
    void put(std::uint64_t key, const KnownRow& row);
    [[nodiscard]] std::size_t size() const { return size_; }

   private:
    struct Slot {
      std::uint64_t key = 0;
      KnownRow row;
    };
    // Where the key is, or its place.
    [[nodiscard]] std::size_t place_of(std::uint64_t key) const;
    void grow();

    std::size_t slots_max_;
    std::vector<Slot> slots_;
    std::size_t size_ = 0;
  };

  std::size_t half_;
  Table young_;
  Table old_;
};

}  // namespace vedette::store::duckdb
