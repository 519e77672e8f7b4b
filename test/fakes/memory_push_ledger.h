// What was pushed, in memory. Body of ports::PushLedger; contract in
// test/contract/push_ledger_contract.h. A test may say that it fails. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "ports/push_ledger.h"

namespace vedette::fakes {

class MemoryPushLedger : public ports::PushLedger {
 public:
  template <typename T>
  using Result = base::Result<T>;

  Result<std::optional<ports::PushedIndicator>> find(std::string_view push, std::string_view source,
                                                     std::string_view id) override {
    const std::lock_guard lock(mutex_);
    const auto found = rows_.find({std::string(push), std::string(source), std::string(id)});
    if (found == rows_.end()) return std::nullopt;
    return found->second;
  }
  Result<void> save(std::string_view push, std::span<const ports::PushedIndicator> rows) override {
    const std::lock_guard lock(mutex_);
    for (const auto& row : rows) rows_[{std::string(push), row.source, row.id}] = row;
    return {};
  }
  Result<std::string> cursor(std::string_view push) override {
    const std::lock_guard lock(mutex_);
    return cursors_[std::string(push)];
  }
  Result<void> save_cursor(std::string_view push, std::string_view cursor) override {
    const std::lock_guard lock(mutex_);
    cursors_[std::string(push)] = cursor;
    return {};
  }
  Result<ports::PushCounts> counts(std::string_view push) override {
    const std::lock_guard lock(mutex_);
    ports::PushCounts counts;
    for (const auto& [key, row] : rows_) {
      if (std::get<0>(key) != push) continue;
      counts.held += row.state == ports::PushState::held ? 1 : 0;
      counts.withdrawn += row.state == ports::PushState::withdrawn ? 1 : 0;
      counts.refused += row.state == ports::PushState::refused ? 1 : 0;
    }
    return counts;
  }

 private:
  std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::tuple<std::string, std::string, std::string>, ports::PushedIndicator> rows_;
  std::map<std::string, std::string> cursors_;
};

}  // namespace vedette::fakes
