// Owns: by connection, whether the statement that runs there is still waited for. The engine itself
// looks between two steps of 2,048 rows; a native function, which may take seconds for one row,
// looks here. Promises: what `watch` is given is read until `forget`. Must not know: why something
// is stopped. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

namespace vedette::store::duckdb {

class StatementStops {
 public:
  void watch(std::uint64_t connection, const std::atomic<bool>& stop) {
    const std::lock_guard lock(mutex_);
    stops_[connection] = &stop;
  }
  void forget(std::uint64_t connection) {
    const std::lock_guard lock(mutex_);
    stops_.erase(connection);
  }
  // Null for a connection that nobody stops.
  [[nodiscard]] const std::atomic<bool>* find(std::uint64_t connection) const {
    const std::lock_guard lock(mutex_);
    const auto found = stops_.find(connection);
    return found == stops_.end() ? nullptr : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, const std::atomic<bool>*> stops_;  // guarded by mutex_
};

}  // namespace vedette::store::duckdb
