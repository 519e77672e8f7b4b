// Owns: how far the journal is on the disk, for those who wait for more. Promises: never goes back;
// a waiter wakes when there is more, at a stop, and when no more will come. Must not know: records.
// Any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace vedette::journal {

class DurablePosition {
 public:
  explicit DurablePosition(std::uint64_t position = 0) : position_(position) {}

  [[nodiscard]] std::uint64_t get() const;
  void publish(std::uint64_t position);
  // No more will come.
  void close();
  // True: there is something after `position`. False: there is not, and no use in waiting (a stop
  // was asked for, or no more will come).
  [[nodiscard]] bool wait_past(std::uint64_t position, const std::stop_token& stop);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t position_;
  bool closed_ = false;
};

}  // namespace vedette::journal
