// Owns: the feeds that share one service's budget, and whose turn it is. Promises: what is live
// goes before back-fill, the longest due first; back-fill leaves room in the budget for what is
// live; a lane with nothing to do sleeps until something is due. Must not know: what feeds do. The
// thread that runs it, but for `status` and `hurry`.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "collect/cloud/feed.h"
#include "collect/cloud/service_client.h"

namespace vedette::collect::cloud {

class Lane {
 public:
  // Both outlive it.
  Lane(ServiceClient& client, ports::Clock& clock) : client_(client), clock_(clock) {}

  void add(std::unique_ptr<Feed> feed) { feeds_.push_back(std::move(feed)); }
  // One turn of one feed; how long nothing is due now.
  [[nodiscard]] base::Duration turn(const std::stop_token& stop);
  // All its feeds pull now. From any thread.
  void hurry();
  // Until a stop; or, for `once`, until everything was pulled once.
  void run(bool once, const std::stop_token& stop);

  [[nodiscard]] std::vector<FeedStatus> status() const;

 private:
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool doze(base::Duration wait, const std::stop_token& stop);
  void note_pace();

  ServiceClient& client_;
  ports::Clock& clock_;
  std::vector<std::unique_ptr<Feed>> feeds_;
  std::deque<base::Duration> back_turns_;     // when the last turns of back-fill ended
  std::atomic<std::int64_t> pace_ticks_ = 0;  // from one to the next; 0: not known yet
  std::mutex mutex_;
  std::stop_source doze_;    // guarded by mutex_; ends the doze that there is
  bool is_hurried_ = false;  // guarded by mutex_; since the last doze
};

}  // namespace vedette::collect::cloud
