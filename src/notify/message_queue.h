// Owns: what a channel's worker needs of the messages that wait for it. Two bodies: memory_queue.h
// (`watch`: lost when the process ends) and outbox_queue.h (`serve`: the store's outbox, which
// outlives it). Promises: a message that was taken is the queue's until one of delivered, refused,
// again, gone, broken or put_back is called with it; one is out at a time. What waits for one alert
// is folded into its newest state (fold_change). Must not know: services, pace, back-off. Called
// from the worker's thread, except `wake`, `close`, `waiting` and `add_to`: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "model/alert.h"
#include "model/notice.h"

namespace vedette::notify {

struct ChannelCounters {
  std::string name;
  std::uint64_t submitted = 0;  // to a queue in memory
  std::uint64_t sent = 0;
  std::uint64_t retried = 0;      // attempts that have to be made again
  std::uint64_t coalesced = 0;    // messages that were folded into a later one
  std::uint64_t unneeded = 0;     // openings withdrawn before they were sent
  std::uint64_t failed = 0;       // refused by the service, or the destination was broken
  std::uint64_t waiting = 0;      // in the queue or on their way
  std::uint64_t digests = 0;      // that were sent
  std::uint64_t fallen_back = 0;  // messages that another channel was given too
  bool is_resting = false;  // what waits is held by quiet hours, cool-down or a digest to come
  std::string broken;       // why nothing gets through until somebody repairs it; empty else
};

struct Job {
  model::AlertChange change = model::AlertChange::opened;
  std::shared_ptr<const model::Alert> alert;
  std::string key;        // the same at each attempt; empty: the channel makes one of the content
  std::string remote_id;  // of this alert's first message at the service; empty: none is known
  std::uint64_t incident = 0;  // its number; 0: there is none
  int attempts = 0;            // those that began
  bool maybe_delivered = false;
  std::shared_ptr<const model::Notice> notice = {};  // null: it tells the alert's change
  base::Secret acknowledge = {};                     // the link that does it; empty: there is none
};

// What follows from an answer that asks for another attempt.
struct Retry {
  base::Duration wait;
  bool behind_others = false;    // it has failed often: let others go first
  bool maybe_delivered = false;  // the service may have taken it
  std::string reason;
};

struct BrokenDestination {
  std::uint64_t lost = 0;                   // messages that will never be sent
  std::optional<base::Duration> try_again;  // when to look whether somebody repaired it
};

class MessageQueue {
 public:
  virtual ~MessageQueue() = default;
  // Waits until there may be something to take. False: a stop was asked for.
  [[nodiscard]] virtual bool wait(const std::stop_token& stop) = 0;
  // Something may have come that the queue does not see by itself: who waits looks.
  virtual void wake() = 0;
  // The message to be tried next; empty: none is ready. An error: the store does not answer.
  [[nodiscard]] virtual base::Result<std::optional<Job>> take() = 0;
  // Before each attempt, which is not made when this fails.
  [[nodiscard]] virtual base::Result<void> begin(const Job& job) = 0;

  virtual void delivered(const Job& job, const std::string& remote_id) = 0;
  virtual void refused(const Job& job, const std::string& reason) = 0;
  virtual void again(Job job, const Retry& retry) = 0;
  // The message that was to be updated is not there any more: it comes again without remote_id.
  virtual void gone(Job job) = 0;
  [[nodiscard]] virtual BrokenDestination broken(const Job& job, const std::string& reason) = 0;
  // The attempt was not made, or cut off by our own end.
  virtual void put_back(Job job) = 0;

  // What has to be done while the channel may not send; when to be called again. The worker's.
  [[nodiscard]] virtual base::Duration attend() { return {INT64_MAX}; }

  // Nothing is taken in any more; who waits for room is freed.
  virtual void close() = 0;
  // The one that is out included.
  [[nodiscard]] virtual std::uint64_t waiting() = 0;
  virtual void add_to(ChannelCounters& counters) = 0;
};

// What is told when `newer` comes while `waiting` was never sent. Empty: nothing has to be.
[[nodiscard]] std::optional<model::AlertChange> fold_change(
    std::optional<model::AlertChange> waiting, model::AlertChange newer);

}  // namespace vedette::notify
