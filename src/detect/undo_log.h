// Owns: the way back. Detectors alert at once on what has arrived; an event that arrives late is
// put where it belongs by taking back what came after it and doing that again. Every change of
// detector state is preceded by `save`, which keeps the bytes as they were. Promises: nothing is
// kept (and `save` is one branch) while not recording, as for sources without lateness; what is
// kept lies in pieces of one size that are used again, so memory is what is kept and never twice
// that while a list grows. Must not know: what the bytes mean. Called from the pipeline's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
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

  // A point to come back to: a place in all that was ever kept, in bytes. It stays valid until
  // `forget_before` a later one, or `clear`.
  [[nodiscard]] std::uint64_t mark() const {
    if (pieces_.empty()) return first_piece_ * piece_bytes;
    return (first_piece_ + pieces_.size() - 1) * piece_bytes + pieces_.back().used;
  }
  [[nodiscard]] bool is_valid(std::uint64_t mark) const {
    return mark >= first_piece_ * piece_bytes;
  }
  // Undoes everything since the mark, newest first.
  void roll_back(std::uint64_t mark);
  // What came before the mark is settled.
  void forget_before(std::uint64_t mark);
  void clear();
  // What it takes to come back to the mark.
  [[nodiscard]] std::uint64_t bytes_since(std::uint64_t mark) const {
    return is_valid(mark) ? this->mark() - mark : 0;
  }

  // All of it as bytes and back. What it may write to lies in `places`, which are the same things
  // in the same order both times. Marks mean the same afterwards.
  void save(BlobWriter& out, std::span<const std::span<std::byte>> places) const;
  void restore(BlobReader& in, std::span<const std::span<std::byte>> places);

 private:
  static constexpr std::uint64_t piece_bytes = 64 * 1024;
  static constexpr std::uint32_t none = UINT32_MAX;

  // What stands before the saved bytes in a piece.
  struct Head {
    void* bytes = nullptr;  // where they belong
    std::uint32_t size = 0;
    std::uint32_t previous = none;  // where the piece's item before this one begins
  };
  struct Piece {
    std::unique_ptr<std::byte[]> bytes;
    std::uint32_t used = 0;
    std::uint32_t last = none;  // where its last item begins
  };

  static constexpr std::size_t saved_bytes_max = piece_bytes - sizeof(Head);
  static constexpr std::size_t item_bytes(std::size_t size) {
    return sizeof(Head) + (size + alignof(Head) - 1) / alignof(Head) * alignof(Head);
  }

  void keep(void* bytes, std::size_t size);
  // Where the bytes of a new item are to be put.
  std::byte* add(void* bytes, std::size_t size);
  void release(Piece& piece);

  std::deque<Piece> pieces_;
  std::vector<std::unique_ptr<std::byte[]>> spare_;  // to be used again
  std::uint64_t first_piece_ = 0;  // how many were forgotten before pieces_.front()
  bool recording_ = false;
};

}  // namespace vedette::detect
