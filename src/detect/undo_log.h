// Owns: the way back. Detectors alert at once on what has arrived; an event that arrives late is
// put where it belongs by taking back what came after it and doing that again. Every change of
// detector state is preceded by `save`, which keeps the bytes as they were. Promises: nothing is
// kept (and `save` is one branch) while not recording, as for sources without lateness. Must not
// know: what the bytes mean. Called from the pipeline's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "detect/state_blob.h"

namespace vedette::detect {

class UndoLog {
 public:
  void record(bool on) { recording_ = on; }
  [[nodiscard]] bool recording() const { return recording_; }

  void save(void* bytes, std::size_t size) {
    if (recording_) [[unlikely]]
      keep(bytes, size);
  }
  template <typename T>
  void save(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    save(static_cast<void*>(&value), sizeof(T));
  }

  // A point to come back to; it stays valid until `forget_before` a later one, or `clear`.
  [[nodiscard]] std::uint64_t mark() const { return forgotten_ + entries_.size(); }
  [[nodiscard]] bool is_valid(std::uint64_t mark) const { return mark >= forgotten_; }
  // Undoes everything since the mark, newest first.
  void roll_back(std::uint64_t mark);
  // What came before the mark is settled.
  void forget_before(std::uint64_t mark);
  void clear();
  // What it takes to come back to the mark.
  [[nodiscard]] std::size_t bytes_since(std::uint64_t mark) const {
    if (!is_valid(mark) || mark == this->mark()) return 0;
    const auto first = static_cast<std::size_t>(mark - forgotten_);
    return saved_.size() - entries_[first].offset + (entries_.size() - first) * sizeof(Entry);
  }

  // All of it as bytes and back. What it may write to lies in `places`, which are the same things
  // in the same order both times.
  void save(BlobWriter& out, std::span<const std::span<std::byte>> places) const;
  void restore(BlobReader& in, std::span<const std::span<std::byte>> places);

 private:
  void keep(void* bytes, std::size_t size);

  struct Entry {
    void* bytes;
    std::size_t size;
    std::size_t offset;
  };

  std::vector<Entry> entries_;
  std::vector<std::byte> saved_;
  std::uint64_t forgotten_ = 0;
  bool recording_ = false;
};

}  // namespace vedette::detect
