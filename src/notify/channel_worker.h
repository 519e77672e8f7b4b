// Owns: one channel's pace, retries and attempts, on a thread of its own. What waits, in which
// order, and what is remembered of it, is the queue's: in memory (memory_queue.h) or in the store
// (outbox_queue.h).
// Promises:
// - A failure is tried again with exponential back-off and full jitter for as long as it takes; a
//   wait that the service asks for is kept. A message that the service keeps failing on goes behind
//   the others.
// - A broken destination is not pestered: it is given up, or looked at again after an hour, as the
//   queue says; the notice says which.
// - A store that does not answer is told once and tried again; nothing is sent unmarked meanwhile.
// Must not know: other channels. Its methods are called from any thread but the worker's own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/limits.h"
#include "notify/message_queue.h"
#include "notify/sender.h"
#include "ports/clock.h"
#include "ports/random.h"

namespace vedette::notify {

// One line for the user, safe to print. Called from the channels' threads.
using NoticeSink = std::function<void(const std::string&)>;

struct DeliverySettings {
  std::size_t queue_messages_max = base::limits::outgoing_messages_max;
  base::Duration backoff_first = base::Duration::milliseconds(500);
  base::Duration backoff_max = base::Duration::minutes(2);
};

// What a worker is given from outside; all of it outlives the worker.
struct DeliveryWorld {
  ports::Clock& clock;
  ports::Random& random;
  NoticeSink notice;
};

class ChannelWorker {
 public:
  ChannelWorker(std::unique_ptr<Sender> sender, std::unique_ptr<MessageQueue> queue,
                const DeliveryWorld& world, const DeliverySettings& settings);
  ~ChannelWorker();
  ChannelWorker(const ChannelWorker&) = delete;
  ChannelWorker& operator=(const ChannelWorker&) = delete;

  // The queue has changed: whoever waits for it to drain looks again.
  void notice_queue();
  // Something may have come that the queue does not see by itself.
  void wake() { queue_->wake(); }
  // Waits until nothing waits here, `expire_drain` is called, or it is certain that nothing more
  // will be sent by `deadline` (on the clock's monotonic time).
  void wait_drained(base::Duration deadline);
  void expire_drain();
  // Ends the thread, an exchange under way included.
  void stop();
  [[nodiscard]] ChannelCounters counters() const;

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] std::optional<Job> next(const std::stop_token& stop);
  [[nodiscard]] bool pause(const std::stop_token& stop);
  [[nodiscard]] Outcome attempt(const Job& job, const std::stop_token& stop);
  void settle(Job job, const Outcome& outcome);
  void settle_delivered(const Job& job, const Delivered& delivered);
  void settle_failed(const Job& job, const MessageRefused& refused);
  void settle_broken(const Job& job, const DestinationBroken& broken);
  void settle_again(Job job, const TryAgain& again);
  void store_failed(const base::Error& error);
  void store_answers();
  [[nodiscard]] base::Duration backoff(int failures);
  void pause_until(base::Duration moment);
  void count_against_pace();

  const std::unique_ptr<Sender> sender_;
  const std::unique_ptr<MessageQueue> queue_;
  const DeliveryWorld world_;
  const DeliverySettings settings_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;  // a job was settled
  // Guarded by mutex_.
  ChannelCounters counters_;
  base::Duration resume_at_;  // nothing is sent before this (monotonic)
  bool in_flight_ = false;
  bool drain_expired_ = false;
  bool stopped_ = false;

  // The worker thread's own.
  base::Duration pace_used_until_;  // each message moves it one interval on; a burst may run ahead
  int failures_ = 0;                // in a row, whatever the message
  int store_failures_ = 0;          // in a row

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace vedette::notify
