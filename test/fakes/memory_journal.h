// A journal in memory. Body of ports::Journal; contract in test/contract/journal_contract.h. What
// was appended is "on the disk" when `append` has returned; a test can make the disk fail, and
// break a record that was written.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/limits.h"
#include "ports/journal.h"

namespace vedette::fakes {

class MemoryJournal final : public ports::Journal {
 public:
  [[nodiscard]] base::Result<std::uint64_t> append(
      std::span<const ports::RawRecord> records) override {
    const std::lock_guard lock(mutex_);
    if (records.empty() || std::ranges::any_of(records, [](const auto& record) {
          return record.payload.size() > base::limits::journal_record_bytes_max;
        }))
      return base::failure(base::ErrorCode::invalid_argument, "nothing, or too much at once");
    if (failures_ > 0 || failed_) {
      failures_ = std::max(0, failures_ - 1);
      failed_ = true;
      return base::failure(base::ErrorCode::unavailable, "the disk fails");
    }
    for (const ports::RawRecord& record : records) {
      records_[++last_] = record;
      if (!record.cursor.empty()) cursors_[record.source] = record.cursor;
    }
    group_sizes_.push_back(records.size());
    return last_;
  }

  [[nodiscard]] base::Result<std::vector<ports::JournalRecord>> read(
      std::uint64_t after, std::size_t bytes_max) override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::JournalRecord> found;
    std::size_t bytes = 0;
    for (auto at = records_.upper_bound(after); at != records_.end(); ++at) {
      const auto& [position, record] = *at;
      bytes += record.payload.size();
      if (!found.empty() && bytes > bytes_max) break;
      if (!damaged_.contains(position))
        found.push_back({position, record});
      else if (reported_.insert(position).second)
        broken_.push_back(position);
    }
    return found;
  }

  [[nodiscard]] base::Result<std::optional<std::string>> cursor(std::string_view source) override {
    const std::lock_guard lock(mutex_);
    const auto found = cursors_.find(source);
    if (found == cursors_.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] base::Result<std::uint64_t> last_position() override {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  [[nodiscard]] base::Result<std::uint64_t> first_position() override {
    const std::lock_guard lock(mutex_);
    return records_.empty() ? last_ + 1 : records_.begin()->first;
  }

  [[nodiscard]] base::Result<ports::TrimOutcome> trim(const ports::TrimPolicy& policy) override {
    const std::lock_guard lock(mutex_);
    std::uint64_t bytes = 0;
    for (const auto& [position, record] : records_) bytes += record.payload.size();
    ports::TrimOutcome outcome;
    while (!records_.empty()) {
      const auto& [position, record] = *records_.begin();
      const bool due = record.received < policy.received_before || bytes > policy.bytes_max;
      if (position > policy.consumed || !due) break;
      bytes -= record.payload.size();
      outcome.bytes += record.payload.size();
      ++outcome.records;
      records_.erase(records_.begin());
    }
    return outcome;
  }

  [[nodiscard]] base::Result<void> begin_after(std::uint64_t position) override {
    const std::lock_guard lock(mutex_);
    last_ = std::max(last_, position);
    return {};
  }
  [[nodiscard]] std::vector<std::uint64_t> take_broken_positions() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(broken_, {});
  }
  [[nodiscard]] base::Result<void> reopen() override {
    const std::lock_guard lock(mutex_);
    ++reopened_;
    failed_ = false;
    return {};
  }

  // The next appends fail; after each, nothing is written before `reopen`.
  void fail_appends(int count) {
    const std::lock_guard lock(mutex_);
    failures_ = count;
  }
  void damage(std::uint64_t position) {
    const std::lock_guard lock(mutex_);
    damaged_.insert(position);
  }
  [[nodiscard]] int reopened() const {
    const std::lock_guard lock(mutex_);
    return reopened_;
  }
  // How many records each successful append had.
  [[nodiscard]] std::vector<std::size_t> group_sizes() const {
    const std::lock_guard lock(mutex_);
    return group_sizes_;
  }

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, ports::RawRecord> records_;
  std::map<std::string, std::string, std::less<>> cursors_;
  std::set<std::uint64_t> damaged_, reported_;
  std::vector<std::uint64_t> broken_;
  std::vector<std::size_t> group_sizes_;
  int failures_ = 0, reopened_ = 0;
  bool failed_ = false;
};

}  // namespace vedette::fakes
