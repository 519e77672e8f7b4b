#include "detect/undo_log.h"

#include <cassert>

namespace vedette::detect {

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

void UndoLog::clear() {
  forgotten_ += entries_.size();
  entries_.clear();
  saved_.clear();
}

}  // namespace vedette::detect
