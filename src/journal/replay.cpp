#include "journal/replay.h"

namespace vedette::journal {

base::Result<std::vector<ports::JournalRecord>> Replay::next(std::uint64_t after,
                                                             const std::stop_token& stop) {
  // Records that cannot be read back leave nothing to hand on; then more is waited for.
  for (std::uint64_t looked_at = after; durable_.wait_past(looked_at, stop);) {
    looked_at = durable_.get();
    auto records = VEDETTE_TRY(journal_.read(after, bite_bytes_));
    if (!records.empty()) return records;
  }
  return {};
}

}  // namespace vedette::journal
