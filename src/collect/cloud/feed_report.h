// Owns: what a feed tells of itself: its last pull, its counts, its trouble. Promises: who asks
// from another thread sees each change whole; trouble is dated from its first failure until a pull
// comes through. Must not know: what is pulled. The feed's thread but for `status` and
// `has_pulled`.
#pragma once

#include <mutex>
#include <string>

#include "base/time.h"
#include "collect/cloud/feed.h"
#include "collect/cloud/trouble.h"

namespace vedette::collect::cloud {

class FeedReport {
 public:
  FeedReport(std::string source, std::string title);

  // All there was, so it is read until the pull's end.
  void pulled(const PullStatus& pull, std::string state, std::string remedy = {});
  // One window of many; one of the back-fill is counted, and is not the last pull.
  void pulled_window(const PullStatus& pull, bool is_back);
  // `passes`: it goes by itself. `is_tried`: that is often enough to say that it fails.
  void failed(const Trouble& trouble, std::string remedy, bool passes, bool is_tried,
              base::Timestamp now);
  template <typename Change>
  void change(const Change& change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }

  // It has pulled once, or was tried often enough.
  [[nodiscard]] bool has_pulled() const;
  [[nodiscard]] FeedStatus status() const;

 private:
  void count(const PullStatus& pull, bool is_back);  // with the lock held

  mutable std::mutex mutex_;
  FeedStatus status_;       // guarded by mutex_
  bool was_tried_ = false;  // guarded by mutex_
};

}  // namespace vedette::collect::cloud
