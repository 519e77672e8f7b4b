#include "detect/undo_log.h"

#include <algorithm>
#include <cassert>
#include <functional>

namespace vedette::detect {

void UndoLog::keep(void* bytes, std::size_t size) {
  const auto* from = static_cast<const std::byte*>(bytes);
  entries_.push_back({bytes, size, saved_.size()});
  saved_.insert(saved_.end(), from, from + size);
}

void UndoLog::roll_back(std::uint64_t mark) {
  assert(is_valid(mark));
  while (this->mark() > mark) {
    const Entry& entry = entries_.back();
    std::memcpy(entry.bytes, saved_.data() + entry.offset, entry.size);
    saved_.resize(entry.offset);
    entries_.pop_back();
  }
}

void UndoLog::forget_before(std::uint64_t mark) {
  if (!is_valid(mark)) return;  // `clear` came after it
  const auto settled = static_cast<std::size_t>(mark - forgotten_);
  // Moving the rest to the front costs; wait until at least half is settled.
  if (settled * 2 < entries_.size() || settled == 0) return;
  const std::size_t offset = settled < entries_.size() ? entries_[settled].offset : saved_.size();
  saved_.erase(saved_.begin(), saved_.begin() + static_cast<std::ptrdiff_t>(offset));
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(settled));
  for (auto& entry : entries_) entry.offset -= offset;
  forgotten_ += settled;
}

void UndoLog::save(BlobWriter& out, std::span<const std::span<std::byte>> places) const {
  out.put(forgotten_);
  out.put(static_cast<std::uint64_t>(entries_.size()));
  for (const Entry& entry : entries_) {
    const auto* bytes = static_cast<const std::byte*>(entry.bytes);
    const std::less_equal<const std::byte*> up_to;
    const auto place = std::ranges::find_if(places, [&](std::span<const std::byte> whole) {
      return up_to(whole.data(), bytes) && up_to(bytes + entry.size, whole.data() + whole.size());
    });
    assert(place != places.end());
    out.put(static_cast<std::uint32_t>(place - places.begin()));
    out.put(static_cast<std::uint32_t>(entry.size));
    out.put(static_cast<std::uint64_t>(bytes - place->data()));
    out.bytes(saved_.data() + entry.offset, entry.size);
  }
}

void UndoLog::restore(BlobReader& in, std::span<const std::span<std::byte>> places) {
  clear();
  forgotten_ = in.take<std::uint64_t>();
  const auto count = in.count(16);
  for (std::uint64_t i = 0; i < count && in.good(); ++i) {
    const auto number = in.take<std::uint32_t>();
    const auto size = in.take<std::uint32_t>();
    const auto offset = in.take<std::uint64_t>();
    const bool fits = number < places.size() && offset <= places[number].size() &&
                      size <= places[number].size() - offset;
    if (!fits) return in.fail();
    entries_.push_back({places[number].data() + offset, size, saved_.size()});
    saved_.resize(saved_.size() + size);
    in.bytes(saved_.data() + saved_.size() - size, size);
  }
}

void UndoLog::clear() {
  forgotten_ += entries_.size();
  entries_.clear();
  saved_.clear();
}

}  // namespace vedette::detect
