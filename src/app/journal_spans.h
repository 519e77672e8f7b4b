// Owns: the front of a bite of the journal that belongs together. Promises: pure; nothing is
// copied. Must not know: what records hold. Any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "ports/journal.h"

namespace vedette::app {

[[nodiscard]] constexpr std::int64_t day_of(base::Timestamp time) {
  return time.ticks / base::Duration::hours(24).ticks;
}

// The records at the front that were received on one day: the store keeps a file for each. Needs at
// least one.
[[nodiscard]] inline std::span<const ports::JournalRecord> of_one_day(
    std::span<const ports::JournalRecord> records) {
  const auto day = day_of(records.front().record.received);
  return {records.begin(), std::ranges::find_if(records, [day](const auto& each) {
            return day_of(each.record.received) != day;
          })};
}

// Those at the front up to that position.
[[nodiscard]] inline std::span<const ports::JournalRecord> up_to(
    std::uint64_t position, std::span<const ports::JournalRecord> records) {
  return {records.begin(), std::ranges::find_if(records, [position](const auto& each) {
            return each.position > position;
          })};
}

}  // namespace vedette::app
