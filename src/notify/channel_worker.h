// Owns: one channel's waiting messages, their order, folding, pace and retries, on a thread of its
// own. Promises:
// - `submit` waits while the queue is full; nothing is dropped. Messages of one alert leave in
// their
//   order; alerts leave in the order they came, except that a message the service keeps failing on
//   goes behind the others.
// - At most one message an alert waits: what comes later is folded into it (newest state). An
// opening
//   that was not sent takes updates and a closing in; with a withdrawal it goes unsent.
// - A failure is tried again with exponential back-off and full jitter for as long as it takes; a
// wait
//   that the service asks for is kept. A broken destination stops the channel for good: what waits
//   is counted as failed and later messages are refused at once, so nobody waits for it.
// - A channel knows the first message of the last limits::sent_messages_max open alerts.
// There is no database yet: what was not delivered when the process ends is reported by `drain`,
// and lost. The durable outbox takes the place of the queue in this file. Must not know: other
// channels. Its methods are called from any thread but the worker's own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/limits.h"
#include "notify/channel.h"
#include "ports/clock.h"
#include "ports/http_client.h"
#include "ports/random.h"

namespace vedette::notify {

// One line for the user, safe to print. Called from the channels' threads.
using NoticeSink = std::function<void(const std::string&)>;

struct DeliverySettings {
  std::size_t queue_messages_max = base::limits::outgoing_messages_max;
  base::Duration backoff_first = base::Duration::milliseconds(500);
  base::Duration backoff_max = base::Duration::minutes(2);
};

struct ChannelCounters {
  std::string name;
  std::uint64_t submitted = 0;
  std::uint64_t sent = 0;
  std::uint64_t retried = 0;    // attempts that have to be made again
  std::uint64_t coalesced = 0;  // submissions that were folded into a waiting one
  std::uint64_t unneeded = 0;   // openings withdrawn before they were sent
  std::uint64_t failed = 0;     // refused by the service, or the destination was broken
  std::uint64_t waiting = 0;    // in the queue or on their way
  std::string broken;           // why the destination is given up; empty while it is not
};

// What a worker is given from outside; all of it outlives the worker.
struct DeliveryWorld {
  ports::Clock& clock;
  ports::Random& random;
  NoticeSink notice;
};

class ChannelWorker {
 public:
  ChannelWorker(std::unique_ptr<Channel> channel, std::unique_ptr<ports::HttpClient> client,
                const DeliveryWorld& world, const DeliverySettings& settings);
  ~ChannelWorker();
  ChannelWorker(const ChannelWorker&) = delete;
  ChannelWorker& operator=(const ChannelWorker&) = delete;

  // False when the queue is full. True: taken (or refused for good, and counted).
  [[nodiscard]] bool try_submit(model::AlertChange change,
                                const std::shared_ptr<const model::Alert>& alert);
  void submit(model::AlertChange change, const std::shared_ptr<const model::Alert>& alert);

  // Waits until nothing waits here, `expire_drain` is called, or it is certain that nothing more
  // will be sent by `deadline` (on the clock's monotonic time).
  void wait_drained(base::Duration deadline);
  void expire_drain();
  // Ends the thread, an exchange under way included.
  void stop();
  [[nodiscard]] ChannelCounters counters() const;

 private:
  struct Job {
    model::AlertChange change = model::AlertChange::opened;
    std::shared_ptr<const model::Alert> alert;
    int attempts = 0;
    bool maybe_delivered = false;
  };
  using Lock = std::unique_lock<std::mutex>;

  void run(const std::stop_token& stop);
  [[nodiscard]] std::optional<Job> next(const std::stop_token& stop);
  [[nodiscard]] Outcome attempt(const Job& job, const std::stop_token& stop);
  void settle(Job job, const Outcome& outcome);
  void settle_delivered(const Job& job, const Delivered& delivered);
  void settle_failed(const Job& job, const MessageRefused& refused);
  void settle_broken(const DestinationBroken& broken);
  void settle_again(Job job, const TryAgain& again);
  void put_back(Job job, bool behind_others);
  [[nodiscard]] bool take_in(Lock& lock, model::AlertChange change,
                             const std::shared_ptr<const model::Alert>& alert);
  void fold(std::deque<Job>::iterator waiting, const Job& newer);
  [[nodiscard]] std::deque<Job>::iterator find(std::uint64_t alert_id);
  [[nodiscard]] base::Duration backoff(int failures);
  void pause_until(base::Duration moment);
  void count_against_pace();
  void remember(std::uint64_t alert_id, const std::string& remote_id);
  void forget(std::uint64_t alert_id);

  const std::unique_ptr<Channel> channel_;
  const std::unique_ptr<ports::HttpClient> client_;
  const DeliveryWorld world_;
  const DeliverySettings settings_;

  mutable std::mutex mutex_;
  std::condition_variable_any ready_;     // a job waits
  std::condition_variable space_, idle_;  // the queue has room; a job was settled
  // Guarded by mutex_.
  std::deque<Job> queue_;
  ChannelCounters counters_;
  base::Duration resume_at_;  // nothing is sent before this (monotonic)
  bool in_flight_ = false;
  bool drain_expired_ = false;
  bool stopped_ = false;

  // The worker thread's own.
  struct SentMessage {
    std::uint64_t alert_id;
    std::string remote_id;
  };
  std::list<SentMessage> sent_;  // the oldest first
  std::unordered_map<std::uint64_t, std::list<SentMessage>::iterator> sent_by_alert_;
  base::Duration pace_used_until_;  // each message moves it one interval on; a burst may run ahead
  int failures_ = 0;                // in a row, whatever the message

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace vedette::notify
