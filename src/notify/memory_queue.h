// Owns: messages that wait in memory for one channel. Promises: bounded, and full means wait: `put`
// returns when there is room; nothing is dropped. At most one message an alert waits: what comes
// later is folded into it (newest state). An opening that was not sent takes updates and a closing
// in; with a withdrawal it goes unsent. Knows the first message of the last
// limits::sent_messages_max open alerts. What waits when the process ends is lost, and counted.
// Must not know: channels. `try_put` and `put` from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <unordered_map>

#include "base/limits.h"
#include "notify/message_queue.h"

namespace vedette::notify {

class MemoryQueue : public MessageQueue {
 public:
  explicit MemoryQueue(std::size_t messages_max = base::limits::outgoing_messages_max)
      : messages_max_(messages_max) {}

  // False when the queue is full. True: taken (or refused for good, and counted).
  [[nodiscard]] bool try_put(model::AlertChange change,
                             const std::shared_ptr<const model::Alert>& alert);
  void put(model::AlertChange change, const std::shared_ptr<const model::Alert>& alert);

  bool wait(const std::stop_token& stop) override;
  void wake() override {}
  base::Result<std::optional<Job>> take() override;
  base::Result<void> begin(const Job& job) override;
  void delivered(const Job& job, const std::string& remote_id) override;
  void refused(const Job& job, const std::string& reason) override;
  void again(Job job, const Retry& retry) override;
  void gone(Job job) override;
  BrokenDestination broken(const Job& job, const std::string& reason) override;
  void put_back(Job job) override;
  void close() override;
  std::uint64_t waiting() override;
  void add_to(ChannelCounters& counters) override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct SentMessage {
    std::uint64_t alert_id;
    std::string remote_id;
  };

  // All with mutex_ held.
  [[nodiscard]] bool take_in(model::AlertChange change,
                             const std::shared_ptr<const model::Alert>& alert);
  void fold(std::deque<Job>::iterator waiting, const Job& newer);
  void return_to_queue(Job job, bool behind_others);
  [[nodiscard]] std::deque<Job>::iterator find(std::uint64_t alert_id);
  void remember(std::uint64_t alert_id, const std::string& remote_id);
  void forget(std::uint64_t alert_id);

  const std::size_t messages_max_;
  std::mutex mutex_;
  std::condition_variable_any ready_;  // a job waits
  std::condition_variable space_;      // the queue has room, or takes nothing in any more
  // Guarded by mutex_.
  std::deque<Job> queue_;
  bool out_ = false;     // a job was taken and is not settled
  bool closed_ = false;  // what comes is refused
  std::uint64_t submitted_ = 0, coalesced_ = 0, unneeded_ = 0, failed_ = 0;
  std::list<SentMessage> sent_;  // the oldest first
  std::unordered_map<std::uint64_t, std::list<SentMessage>::iterator> sent_by_alert_;
};

}  // namespace vedette::notify
