#include "detect/undo_log.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>
#include <utility>

namespace vedette::detect {

void UndoLog::keep(void* bytes, std::size_t size) {
  for (auto* from = static_cast<std::byte*>(bytes); size > 0;) {
    const std::size_t part = std::min(size, saved_bytes_max);
    std::memcpy(add(from, part), from, part);
    from += part;
    size -= part;
  }
}

std::byte* UndoLog::add(void* bytes, std::size_t size) {
  if (pieces_.empty() || pieces_.back().used + item_bytes(size) > piece_bytes) {
    if (spare_.empty()) spare_.push_back(std::make_unique_for_overwrite<std::byte[]>(piece_bytes));
    pieces_.push_back({std::move(spare_.back())});
    spare_.pop_back();
  }
  Piece& piece = pieces_.back();
  const Head head{bytes, static_cast<std::uint32_t>(size), piece.last};
  std::memcpy(piece.bytes.get() + piece.used, &head, sizeof(head));
  piece.last = piece.used;
  piece.used += static_cast<std::uint32_t>(item_bytes(size));
  return piece.bytes.get() + piece.last + sizeof(Head);
}

void UndoLog::release(Piece& piece) {
  spare_.push_back(std::move(piece.bytes));
}

void UndoLog::roll_back(std::uint64_t mark) {
  assert(is_valid(mark));
  while (this->mark() > mark) {
    Piece& piece = pieces_.back();
    Head head;
    std::memcpy(&head, piece.bytes.get() + piece.last, sizeof(head));
    std::memcpy(head.bytes, piece.bytes.get() + piece.last + sizeof(head), head.size);
    piece.used = piece.last;
    piece.last = head.previous;
    if (piece.used > 0) continue;
    release(piece);
    pieces_.pop_back();
  }
}

void UndoLog::forget_before(std::uint64_t mark) {
  while (!pieces_.empty() && (first_piece_ + 1) * piece_bytes <= mark) {
    release(pieces_.front());
    pieces_.pop_front();
    ++first_piece_;
  }
}

void UndoLog::clear() {
  first_piece_ += pieces_.size();
  for (Piece& piece : pieces_) release(piece);
  pieces_.clear();
}

void UndoLog::save(BlobWriter& out, std::span<const std::span<std::byte>> places) const {
  out.put(first_piece_);
  const std::size_t count_place = out.reserve_count();
  std::uint64_t count = 0;
  for (const Piece& piece : pieces_) {
    Head head;
    for (std::size_t at = 0; at < piece.used; at += item_bytes(head.size), ++count) {
      std::memcpy(&head, piece.bytes.get() + at, sizeof(head));
      const auto* bytes = static_cast<const std::byte*>(head.bytes);
      const std::less_equal<const std::byte*> up_to;
      const auto place = std::ranges::find_if(places, [&](std::span<const std::byte> whole) {
        return up_to(whole.data(), bytes) && up_to(bytes + head.size, whole.data() + whole.size());
      });
      assert(place != places.end());
      out.put(static_cast<std::uint32_t>(place - places.begin()));
      out.put(head.size);
      out.put(static_cast<std::uint64_t>(bytes - place->data()));
      out.bytes(piece.bytes.get() + at + sizeof(head), head.size);
    }
  }
  out.set_count(count_place, count);
}

// Items added in the same order to an empty piece of the same number lie where they lay.
void UndoLog::restore(BlobReader& in, std::span<const std::span<std::byte>> places) {
  clear();
  first_piece_ = in.take<std::uint64_t>();
  const auto count = in.count(16);
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const auto number = in.take<std::uint32_t>();
    const auto size = in.take<std::uint32_t>();
    const auto offset = in.take<std::uint64_t>();
    const bool fits = number < places.size() && offset <= places[number].size() &&
                      size <= places[number].size() - offset && size > 0 && size <= saved_bytes_max;
    if (!fits) return in.fail();
    in.bytes(add(places[number].data() + offset, size), size);
  }
}

}  // namespace vedette::detect
